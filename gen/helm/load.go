package helm

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"

	"github.com/lvs-cloud/lvsgen/gen/conflict"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/yamlfile"
)

// The bounds of one chart, with the charts in it. Helm keeps a release in a Secret of at most 1 MiB, so that no chart that
// can be installed comes near.
const (
	// MaxChartSize is of all files, in bytes, when archives are unpacked.
	MaxChartSize = 64 << 20
	// MaxChartFiles is how many they are.
	MaxChartFiles = 20_000
	// maxArchives is how deep archives of charts may lie in each other.
	maxArchives = 5
)

// errTooLarge is the error of a chart beyond the bounds.
var errTooLarge = fmt.Errorf("it has more than %d MiB or %d files, with its archives unpacked", MaxChartSize>>20, MaxChartFiles)

// gathered are the files of a chart, as its loader takes them.
type gathered struct {
	files []*loader.BufferedFile
	size  int
	// at is the file of the repository that is being read: an archive may hold many.
	at string
	// conflicts are the marks that git left in them.
	conflicts diag.Findings
}

// add takes a file of the chart; an archive in charts/ gives the files in it.
func (g *gathered) add(name string, content []byte, archives int) error {
	if isArchive(name) {
		return g.archive(name, content, archives+1)
	}
	if g.size += len(content); g.size > MaxChartSize || len(g.files) >= MaxChartFiles {
		return errTooLarge
	}
	switch path.Base(name) {
	case "Chart.yaml", "Chart.lock", "values.yaml", "requirements.yaml", "requirements.lock":
		if err := yamlfile.Bounded(content); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	g.files = append(g.files, &loader.BufferedFile{Name: name, Data: content})
	return nil
}

// isArchive tells whether Helm unpacks a file: one directly in a folder charts/ of a chart or of one in it.
func isArchive(name string) bool {
	dir := path.Dir(name)
	if path.Ext(name) != ".tgz" || strings.ContainsAny(path.Base(name)[:1], "._") {
		return false
	}
	for path.Base(dir) == "charts" {
		if dir = path.Dir(dir); dir == "." {
			return true
		}
		dir = path.Dir(dir)
	}
	return false
}

// archive unpacks a chart into a folder of the archive's name.
func (g *gathered) archive(name string, content []byte, archives int) error {
	if archives > maxArchives {
		return fmt.Errorf("%s: archives of charts lie in each other more than %d deep", name, maxArchives)
	}
	if err := fits(content); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	files, err := loader.LoadArchiveFiles(bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, f := range files {
		// The name has no dot or underscore in front, and no ending, at which the loader would take it for something else.
		if err := g.add(path.Join(path.Dir(name), strings.TrimSuffix(path.Base(name), ".tgz"), f.Name), f.Data, archives); err != nil {
			return err
		}
	}
	return nil
}

// fits tells whether an archive unpacks to no more than a chart may have: Helm bounds the files in it, not what is between.
func fits(archive []byte) error {
	unzipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return err
	}
	n, err := io.Copy(io.Discard, io.LimitReader(unzipped, MaxChartSize+1))
	if n > MaxChartSize {
		return errTooLarge
	}
	return err
}

// gather reads the files of a chart in a folder of the repository.
func (c *Charts) gather(base, dir string, g *gathered) error {
	for _, name := range c.tree.Dir(dir) {
		full := path.Join(dir, name)
		if c.tree.IsDir(full) {
			if err := c.gather(base, full, g); err != nil {
				return err
			}
			continue
		}
		g.at = full
		content, err := c.tree.Read(full)
		if err != nil {
			return err
		}
		if f, _, found := conflict.Finding(full, content); found && path.Ext(full) != ".md" {
			g.conflicts = append(g.conflicts, f)
		}
		if err := g.add(strings.TrimPrefix(full, base+"/"), content, 0); err != nil {
			return err
		}
	}
	return nil
}

// overBounds is the finding of a chart whose files cannot be read or are too many.
func overBounds(dir string, g *gathered, err error) diag.Finding {
	if errors.Is(err, errTooLarge) {
		return diag.Errorf(RuleChart, diag.Position{File: g.at}, "chart %q is not read to its end: %v", dir, err).
			WithHint("Helm cannot store a release above 1 MiB: move what is no part of the chart out of its folder")
	}
	return diag.Errorf(RuleChart, diag.Position{File: g.at}, "the chart cannot be read: %v", err)
}

// isPackage tells whether a path is that of a packaged chart, not of a folder.
func isPackage(name string) bool { return path.Ext(name) == ".tgz" }

// unpack reads a packaged chart. What its archive lacks, Helm fetches when it packages a chart, not when it installs one.
func (c *Charts) unpack(file string) (*chart.Chart, diag.Findings) {
	content, err := c.tree.Read(file)
	var g gathered
	if err == nil {
		err = fits(content)
	}
	var files []*loader.BufferedFile
	if err == nil {
		files, err = loader.LoadArchiveFiles(bytes.NewReader(content))
	}
	for i := 0; err == nil && i < len(files); i++ {
		err = g.add(files[i].Name, files[i].Data, 0)
	}
	var loaded *chart.Chart
	if err == nil {
		loaded, err = loader.LoadFiles(g.files)
	}
	if err != nil {
		return nil, diag.Findings{diag.Errorf(RuleChart, diag.Position{File: file}, "the archive of the chart cannot be read: %s", oneLine(err)).
			WithHint("pull it again: lvsgen charts pull")}
	}
	return loaded, nil
}
