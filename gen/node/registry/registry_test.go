package registry_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/node"
	"github.com/lvs-cloud/lvsgen/gen/node/registry"
	"github.com/lvs-cloud/lvsgen/gen/tree"
	"github.com/lvs-cloud/lvsgen/gen/unit/cloudtest"
)

func inputs(change func(options map[string]any)) *model.Inputs {
	options := map[string]any{
		"keepTags": 3, "size": "10Gi",
		"garbageCollection": map[string]any{"day": "saturday", "at": "02:30", "timeZone": "Europe/London"},
	}
	if change != nil {
		change(options)
	}
	in := cloudtest.Inputs([]model.Service{cloudtest.Service("registry", func(s *model.Service) { s.Options = options })}, nil)
	in.Cluster.Network.Address = "10.0.1.10"
	return in
}

func part(t *testing.T, in *model.Inputs) *node.Part {
	t.Helper()
	p, err := registry.Part(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func content(t *testing.T, p *node.Part, path string) string {
	t.Helper()
	i := slices.IndexFunc(p.Files, func(f node.File) bool { return f.Path == path })
	if i < 0 {
		t.Fatalf("no file %s", path)
	}
	return p.Files[i].Content
}

// TestGolden keeps what the node gets as a file; test/registry starts the real programs from it.
func TestGolden(t *testing.T) {
	p := part(t, inputs(nil))
	files := []tree.File{
		{Path: "packages", Content: []byte(node.Lines(p.Packages))},
		{Path: "units", Content: []byte(node.Lines(p.Units))},
		{Path: "setup.sh", Content: []byte(p.Setup)},
	}
	for _, f := range p.Files {
		files = append(files, tree.File{Path: strings.TrimPrefix(f.Path, "/"), Content: []byte(f.Content), Source: "clusters/prod/cluster.cue"})
	}
	cloudtest.Golden(t, "node", files)
}

func TestNothingWithoutTheService(t *testing.T) {
	if p := part(t, cloudtest.Inputs(nil, nil)); p != nil {
		t.Errorf("got %+v", p)
	}
}

func TestTimer(t *testing.T) {
	for day, want := range map[string]string{
		"daily": "OnCalendar=*-*-* 23:45:00 Europe/Berlin\n", "sunday": "OnCalendar=Sun *-*-* 23:45:00 Europe/Berlin\n",
	} {
		p := part(t, inputs(func(o map[string]any) {
			o["garbageCollection"] = map[string]any{"day": day, "at": "23:45", "timeZone": "Europe/Berlin"}
		}))
		if got := content(t, p, "/etc/systemd/system/lvsgen-registry-collect.timer"); !strings.Contains(got, want) {
			t.Errorf("%s: got\n%s", day, got)
		}
	}
}

func TestPinOfCaddy(t *testing.T) {
	p := part(t, inputs(func(o map[string]any) { o["caddySHA512"] = strings.Repeat("a", 128) }))
	if got := content(t, p, "/etc/lvsgen/registry.env"); !strings.Contains(got, "CADDY_SUM='"+strings.Repeat("a", 128)+"'") {
		t.Error(got)
	}
}

// TestConfigIsClosed: the registry ignores what it does not know, so here it is refused.
func TestConfigIsClosed(t *testing.T) {
	text := content(t, part(t, inputs(nil)), "/etc/distribution/config.yml")
	if _, err := registry.Decode([]byte(text)); err != nil {
		t.Error(err)
	}
	for _, change := range [][2]string{
		{"  addr: 127.0.0.1:5000", "  adr: 127.0.0.1:5000"},
		{"rootdirectory:", "rootDirectory:"},
		{"  delete:", "  deletion:"},
		{"http:\n", "https:\n"},
	} {
		broken := strings.Replace(text, change[0], change[1], 1)
		if broken == text {
			t.Fatalf("%q is not in the configuration", change[0])
		}
		if _, err := registry.Decode([]byte(broken)); err == nil || !strings.Contains(err.Error(), "not found") {
			t.Errorf("%q was taken: %v", change[1], err)
		}
	}
}
