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

// chartFile is one file of the chart, the same text for every app.
type chartFile struct {
	// name is relative to the app's folder.
	name    string
	content []byte
	digest  [sha256.Size]byte
}

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
		files = append(files, chartFile{name: name, content: content, digest: sha256.Sum256(content)})
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
//
// Every app has all templates, and each is guarded by the values that it needs. So the chart changes with lvsgen's
// version only, and an edit of an app changes its values alone: Flux upgrades with a new chart as soon as it sees one,
// before the new values have arrived.
func (f *folder) chart() {
	sum := sha256.New()
	for i := range chartFiles {
		file := &chartFiles[i]
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
