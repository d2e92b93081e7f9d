package node

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"testing"
)

// released are the programs that the node downloads as archives of a release.
var released = []string{"registry", "caddy"}

// release is an archive as the projects publish them, with a program that does nothing.
func release(t *testing.T, program string) []byte {
	t.Helper()
	var buf bytes.Buffer
	zip := gzip.NewWriter(&buf)
	archive := tar.NewWriter(zip)
	for name, content := range map[string]string{program: "#!/bin/sh\n"} {
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// packed is the size of user data after Terraform's base64gzip.
func packed(t *testing.T, text []byte) int {
	t.Helper()
	var buf bytes.Buffer
	zip := gzip.NewWriter(&buf)
	if _, err := zip.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodedLen(buf.Len())
}

// pinned is a checksum in the user data, SHA-256 or SHA-512 by its length.
var pinned = regexp.MustCompile(`(?m)^( *(REGISTRY|CADDY)_SUM=["']?)([0-9a-f]{64}(?:[0-9a-f]{64})?)`)

// withReleases puts the checksums of this test's archives in the place of the real ones.
func withReleases(t *testing.T, text []byte) []byte {
	t.Helper()
	return pinned.ReplaceAllFunc(text, func(line []byte) []byte {
		m := pinned.FindSubmatch(line)
		archive := release(t, map[string]string{"REGISTRY": "registry", "CADDY": "caddy"}[string(m[2])])
		sum256, sum512 := sha256.Sum256(archive), sha512.Sum512(archive)
		sum := sum256[:]
		if len(m[3]) == 2*sha512.Size {
			sum = sum512[:]
		}
		return fmt.Appendf(nil, "%s%s", m[1], hex.EncodeToString(sum))
	})
}

// TestDamagedRelease is an archive that is not the pinned one: nothing of it is installed.
func TestDamagedRelease(t *testing.T) {
	m := written(t)
	m.attach(t.TempDir(), "mkfs.ext4")
	m.write("/stubs/registry.tar.gz", 0o644, "something else")
	out, err := m.run("", "/usr/local/sbin/lvsgen-node")
	if err == nil || !bytes.Contains([]byte(out), []byte("the archive has not the checksum")) {
		t.Errorf("got %v\n%s", err, out)
	}
	if _, err := os.Stat(m.path("/usr/local/bin/registry")); err == nil {
		t.Error("it was installed all the same")
	}
}
