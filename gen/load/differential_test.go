package load

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lvs-cloud/lvsgen/test/inputs"
)

// TestBatchesEqualOneInstance is the promise of batches: whatever the inputs do with CUE, the result is that of
// evaluating them all as one instance.
func TestBatchesEqualOneInstance(t *testing.T) {
	clouds := 150
	if testing.Short() {
		clouds = 20
	}
	batched, legal := 0, 0
	for seed := range clouds {
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		files := randomCloud(r)
		one, oneFindings := Load(files, Options{OneInstance: true})
		many, manyFindings := Load(files, Options{})
		src, _ := read(files)
		if len(src.batches()) > 1 {
			batched++
		}
		if (one == nil) != (many == nil) {
			t.Fatalf("seed %d: one instance: %v\nbatches: %v\n%s", seed, oneFindings, manyFindings, show(files))
		}
		if one == nil {
			if a, b := oneFindings.Error(), manyFindings.Error(); a != b {
				t.Fatalf("seed %d: one instance says\n%s\nbatches say\n%s\n%s", seed, a, b, show(files))
			}
			continue
		}
		legal++
		if a, b := dump(t, one), dump(t, many); a != b {
			t.Fatalf("seed %d: one instance gives\n%s\nbatches give\n%s\n%s", seed, a, b, show(files))
		}
	}
	if batched < clouds/4 || legal < clouds/4 {
		t.Fatalf("of %d clouds only %d were evaluated in batches and %d were legal: the test tests too little", clouds, batched, legal)
	}
}

func dump(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func show(files fstest.MapFS) string {
	var b strings.Builder
	for name, f := range files {
		fmt.Fprintf(&b, "-- %s --\n%s", name, f.Data)
	}
	return b.String()
}

// randomCloud makes inputs that use CUE's features across files: references to the cloud, to hidden fields of shared
// files, imports, comprehensions, constraints on all apps, apps in several files, mistakes.
func randomCloud(r *rand.Rand) fstest.MapFS {
	files := inputs.Cloud(&txtar.Archive{})
	add := func(name, content string) { files[name] = &fstest.MapFile{Data: []byte(content)} }
	chance := func(percent int) bool { return r.IntN(100) < percent }
	header := "package cloud\n\n"
	if chance(50) {
		add("platform/defaults/service.cue", header+"_defaults: {replicas: 2, level: \"info\"}\n_unused: {broken: 1}\n")
	}
	hasDefaults := files["platform/defaults/service.cue"] != nil
	if chance(15) {
		add("platform/all/service.cue", header+"apps: [string]: metrics: path: \"/stats\"\n")
	}
	if chance(30) {
		add("lib/names/names.cue", "package names\n\nprefix: \"shop-\"\n")
	}
	hasLib := files["lib/names/names.cue"] != nil
	n := 1 + r.IntN(130)
	for i := range n {
		name := fmt.Sprintf("app%d", i)
		var b strings.Builder
		b.WriteString(header)
		useLib := hasLib && chance(10)
		if useLib {
			b.WriteString("import \"example.org/cloud/lib/names\"\n\n")
		}
		fmt.Fprintf(&b, "apps: %q: {\n\tport: 8080\n\timage: version: \"1.0.%d\"\n", name, i)
		switch {
		case useLib:
			fmt.Fprintf(&b, "\tenv: PREFIX: names.prefix + \"x\"\n")
		case chance(20):
			fmt.Fprintf(&b, "\thost: \"%s.\" + cloud.domain\n", name)
		case hasDefaults && chance(20):
			b.WriteString("\treplicas: _defaults.replicas\n\tenv: LEVEL: _defaults.level\n")
		case chance(10):
			b.WriteString("\tenv: {\n\t\tfor k in [\"A\", \"B\"] {\"\\(k)\": k}\n\t}\n")
		case chance(5):
			b.WriteString("\tenv: SERVERS: \"\\(len(clusters.prod.servers))\"\n")
		case chance(1):
			b.WriteString("\tprot: 1\n")
		case chance(1):
			b.WriteString("\treplicas: 99\n")
		}
		b.WriteString("}\n")
		if chance(3) {
			fmt.Fprintf(&b, "let x = \"%d\"\napps: %q: env: LET: x\n", i, name)
		}
		add("applications/"+name+"/app.cue", b.String())
		if chance(5) {
			add("applications/"+name+"/extra.cue", fmt.Sprintf("%sapps: %q: replicas: 3\n", header, name))
		}
	}
	if chance(20) {
		add("applications/zz/defs.cue", header+"_size: clusters.prod.volume.size\n")
		if chance(50) {
			add("applications/sized/app.cue", header+"apps: sized: {image: version: \"1.0.\\(_size)\"}\n")
		}
	}
	if chance(10) {
		add("applications/more/more.cue", header+"for n in [\"x1\", \"x2\"] {apps: \"\\(n)\": {image: version: \"1.0.0\"}}\n")
	}
	if chance(10) {
		add("applications/peer/app.cue", header+"apps: peer: {image: version: apps.app0.image.version}\n")
	}
	if chance(5) {
		add("applications/shape/app.cue", header+"_own: 5\napps: shape: {image: version: \"1.0.\\(_own)\"}\n")
	}
	return files
}
