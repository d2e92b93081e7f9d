package kustomize

import (
	"strings"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// The bounds of one build. Folders and documents count each time they are included: folders that include two others, which
// include the same two, double at every level.
const (
	MaxFolders   = 10_000
	MaxDocuments = 100_000
	// MaxLibraryWork bounds what kustomize's library is asked for: objects times patches and replacements. It takes some
	// 10 microseconds for each.
	MaxLibraryWork = 2_000_000
	// MaxLibraryObjects bounds the objects of a build by the library, whose time grows with their square: 3000 take some 13
	// seconds.
	MaxLibraryObjects = 5_000
	// MaxCopied is what the copy operations of one JSON patch may copy, in bytes: each can double an object. Kubernetes
	// takes requests of up to 3 MiB (k8s.io/apiserver, MaxRequestBodyBytes).
	MaxCopied = 3 << 20
)

// The library keeps the bound of JSON patches in a global.
func init() { jsonpatch.AccumulatedCopySizeLimit = MaxCopied }

// tooMany reports a bound, once in a build.
func (w *walk) tooMany(at diag.Position, what string, bound int) {
	if !w.full {
		w.hint(w.errorf(RuleBuild, at, "the build includes more than %d %s, which is not followed", bound, what),
			"split it into several Flux Kustomizations, or look for folders that are included many times")
	}
	w.full = true
}

// work reports a build that would keep the library busy for minutes.
func (w *walk) work(root *folder) {
	objects, changes := len(root.objects()), changes(root)
	at := diag.Position{File: root.file}
	if root.file == "" {
		at.File = root.dir
	}
	switch {
	case objects > MaxLibraryObjects:
		w.tooMany(at, "objects for a build with patches or generators", MaxLibraryObjects)
	case objects*changes > MaxLibraryWork:
		w.tooMany(at, "changes, objects times patches and replacements", MaxLibraryWork)
	}
}

// changes counts what a folder and those below change objects by.
func changes(f *folder) int {
	n := 0
	if f.doc != nil {
		for _, field := range []string{"patches", "patchesJson6902", "patchesStrategicMerge", "transformers", "images", "vars"} {
			n += len(list(f.doc.Fields()[field]))
		}
		for _, item := range list(f.doc.Fields()["replacements"]) {
			m, _ := item.(map[string]any)
			n++
			for _, target := range list(m["targets"]) {
				t, _ := target.(map[string]any)
				n += 1 + len(list(t["fieldPaths"]))
			}
		}
	}
	for _, sub := range f.below {
		n += changes(sub)
	}
	return n
}

// isRemote tells whether kustomize could fetch ref from elsewhere: by HTTP, or by starting git. It looks at the text alone,
// since a folder of that name may lie in the repository too, and kustomize asks the network all the same.
func isRemote(ref string) bool {
	return strings.ContainsAny(ref, ":@?") || strings.Contains(strings.ToLower(ref), "github.com") || strings.Contains(ref, "_git/") || strings.Contains(ref, ".git/")
}

// plugin looks for addresses in the configuration of a builtin generator or transformer, whose paths kustomize loads.
func (w *walk) plugin(docs []*yamlfile.Document, at diag.Position) {
	for _, doc := range docs {
		doc.Texts(func(_ []any, value string, _ diag.Position) {
			if scheme, _, ok := strings.Cut(strings.ToLower(value), ":"); ok && (strings.HasSuffix(scheme, "http") || strings.HasSuffix(scheme, "https")) && !strings.ContainsAny(value, " \n") {
				w.remote = append(w.remote, at)
			}
		})
	}
}
