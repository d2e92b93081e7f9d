// Package sshnode is a node that one can log in to: an SSH server on a loopback port that runs what it is told with the
// machine's own shell. Paths of a node (/run, /usr/local/sbin ...) lead into a folder.
package sshnode

import (
	"bufio"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

// paths are what of a node's file system lies in the folder.
var paths = []string{"/run/", "/usr/local/sbin/", "/root/", "/tmp/terraform_"}

// Node is a running server.
type Node struct {
	// Folder stands for /. Programs in its folder "bin" come first.
	Folder string
	Port   int
	// HostKey is the line of its public key; ClientKey is the private key, in OpenSSH's form, that may log in.
	HostKey, ClientKey string

	listener net.Listener
	config   *ssh.ServerConfig
	running  sync.WaitGroup
}

// Start starts a node in folder.
func Start(folder string) (*Node, error) {
	host, hostLine, _, err := NewKey()
	if err != nil {
		return nil, err
	}
	client, _, clientPEM, err := NewKey()
	if err != nil {
		return nil, err
	}
	n := &Node{Folder: folder, HostKey: hostLine, ClientKey: clientPEM}
	n.config = &ssh.ServerConfig{PublicKeyCallback: func(meta ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if meta.User() != "root" || string(key.Marshal()) != string(client.PublicKey().Marshal()) {
			return nil, errors.New("not the key of root")
		}
		return nil, nil
	}}
	n.config.AddHostKey(host)
	for _, p := range append(paths, "/bin/", "/root/.ssh/", "/tmp/") {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, p, "x")), 0o700); err != nil {
			return nil, err
		}
	}
	if n.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	n.Port = n.listener.Addr().(*net.TCPAddr).Port
	n.running.Go(n.accept)
	return n, nil
}

// Close stops the node and waits for what it runs.
func (n *Node) Close() {
	n.listener.Close()
	n.running.Wait()
}

// NewKey makes a key pair: to use, as a line of authorized_keys, and as a private key file.
func NewKey() (ssh.Signer, string, string, error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, "", "", err
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		return nil, "", "", err
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		return nil, "", "", err
	}
	line, err := ssh.NewPublicKey(public)
	if err != nil {
		return nil, "", "", err
	}
	return signer, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(line))), string(pem.EncodeToMemory(block)), nil
}

func (n *Node) accept() {
	for {
		c, err := n.listener.Accept()
		if err != nil {
			return // closed
		}
		n.running.Go(func() {
			defer c.Close()
			conn, channels, requests, err := ssh.NewServerConn(c, n.config)
			if err != nil {
				return // a client that did not get in
			}
			defer conn.Close()
			go ssh.DiscardRequests(requests)
			for channel := range channels {
				n.session(channel)
			}
		})
	}
}

func (n *Node) session(nc ssh.NewChannel) {
	if nc.ChannelType() != "session" {
		_ = nc.Reject(ssh.UnknownChannelType, "only sessions") // the client sees it or is gone
		return
	}
	channel, requests, err := nc.Accept()
	if err != nil {
		return
	}
	n.running.Go(func() {
		defer channel.Close()
		for r := range requests {
			if r.Type != "exec" {
				_ = r.Reply(r.Type == "env" || r.Type == "pty-req", nil) // as above
				continue
			}
			_ = r.Reply(true, nil) // as above
			var command struct{ Line string }
			status := 255
			if ssh.Unmarshal(r.Payload, &command) == nil {
				status = n.run(command.Line, channel)
			}
			_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status)})) // as above
			return
		}
	})
}

func (n *Node) run(line string, channel ssh.Channel) int {
	if words := strings.Fields(line); strings.Trim(words[0], "'") == "scp" {
		if err := n.receive(n.inside(strings.Trim(words[len(words)-1], "'")), channel); err != nil {
			fmt.Fprintln(channel.Stderr(), err)
			return 1
		}
		return 0
	}
	c := exec.Command("/bin/sh", "-c", n.inside(line))
	c.Env = []string{"PATH=" + filepath.Join(n.Folder, "bin") + ":/usr/bin:/bin", "NODE=" + n.Folder}
	c.Stdout, c.Stderr = channel, channel.Stderr()
	err := c.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		return 127
	}
	return 0
}

// inside leads the paths of a node into the folder.
func (n *Node) inside(s string) string {
	var pairs []string
	for _, p := range paths {
		pairs = append(pairs, p, filepath.Join(n.Folder, p)+strings.Repeat("/", strings.Count(p[len(p)-1:], "/")))
	}
	if s == "/tmp" {
		return filepath.Join(n.Folder, s)
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// receive is the receiving half of scp for one file. A script's paths are led into the folder; other files arrive as
// they are.
func (n *Node) receive(folder string, c io.ReadWriter) error {
	in := bufio.NewReader(c)
	ack := func() error {
		_, err := c.Write([]byte{0})
		return err
	}
	if err := ack(); err != nil {
		return err
	}
	line, err := in.ReadString('\n')
	if err != nil {
		return err
	}
	words := strings.Fields(line)
	if len(words) != 3 || !strings.HasPrefix(words[0], "C") {
		return fmt.Errorf("scp: %q is not the start of a file", line)
	}
	size, err := strconv.Atoi(words[1])
	if err != nil {
		return err
	}
	if err := ack(); err != nil {
		return err
	}
	content := make([]byte, size+1) // and the byte that ends it
	if _, err := io.ReadFull(in, content); err != nil {
		return err
	}
	text := string(content[:size])
	if strings.HasPrefix(text, "#!") {
		text = n.inside(text)
	}
	if err := os.WriteFile(filepath.Join(folder, filepath.Base(words[2])), []byte(text), 0o644); err != nil {
		return err
	}
	return ack()
}
