package app

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/kube"
)

//go:embed chart/values.yaml chart/values.schema.json chart/templates/*.yaml chart/templates/_helpers.tpl
var chartFS embed.FS

// chartFile is one file of the chart that is the same text for every app that has it.
type chartFile struct {
	// name is relative to the app's folder.
	name    string
	content []byte
	digest  [sha256.Size]byte
	// needed tells whether an app with these values has the file.
	needed func(kube.Map) bool
}

// optional are the templates that not every app has, with what asks for them.
var optional = map[string]func(kube.Map) bool{
	"chart/templates/service.yaml":    serves,
	"chart/templates/ingress.yaml":    func(v kube.Map) bool { return filled(v, "ingress", "hosts") },
	"chart/templates/middleware.yaml": func(v kube.Map) bool { return filled(v, "ingress", "hosts") },
	"chart/templates/pdb.yaml":        func(v kube.Map) bool { return number(v, "replicas") > 1 },
	"chart/templates/configmap.yaml":  func(v kube.Map) bool { return filled(v, "files") },
	"chart/templates/pvc.yaml":        func(v kube.Map) bool { return filled(v, "storage") },
	"chart/templates/workers.yaml":    func(v kube.Map) bool { return filled(v, "workers") },
	"chart/templates/cronjobs.yaml":   func(v kube.Map) bool { return filled(v, "cronJobs") },
}

func serves(v kube.Map) bool { return number(v, "port") > 0 }

func always(kube.Map) bool { return true }

// chartFiles are the files of the chart but Chart.yaml, sorted by name.
var chartFiles = readChart()

func readChart() []chartFile {
	var files []chartFile
	err := fs.WalkDir(chartFS, "chart", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := chartFS.ReadFile(name)
		if err != nil {
			return err
		}
		needed := optional[name]
		if needed == nil {
			needed = always
		}
		files = append(files, chartFile{name: name, content: content, digest: sha256.Sum256(content), needed: needed})
		return nil
	})
	if err != nil {
		panic("app: the embedded chart: " + err.Error())
	}
	slices.SortFunc(files, func(a, b chartFile) int { return strings.Compare(a.name, b.name) })
	return files
}

// chart adds the chart's files. Its version carries a digest of them: Flux releases a chart in git anew only when the
// version is another text (https://fluxcd.io/flux/components/source/helmcharts/#reconcile-strategy), and nothing that is
// rendered holds the version, so that an upgrade to the same manifests restarts no pod.
func (f *folder) chart(values kube.Map) {
	sum := sha256.New()
	for i := range chartFiles {
		file := &chartFiles[i]
		if !file.needed(values) {
			continue
		}
		sum.Write([]byte(file.name))
		sum.Write([]byte{0})
		sum.Write(file.digest[:])
		f.add(file.name, slices.Clip(file.content))
	}
	f.encode("chart/Chart.yaml", "", kube.M(
		"apiVersion", "v2",
		"name", f.app.Name,
		"type", "application",
		"description", "Deploys one program of this cloud",
		"version", "0.1.0+"+hex.EncodeToString(sum.Sum(nil))[:12],
	))
}
