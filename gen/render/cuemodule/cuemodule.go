// Package cuemodule renders the copy of the schema that CUE's own tools find in a user's repository: with it, cue vet
// and editors know the same fields as lvsgen.
package cuemodule

import (
	"io/fs"
	"path"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/tree"
	"github.com/lvs-cloud/lvsgen/schema"
)

// Files gives cue.mod/pkg/<schema>. The repository that has the schema itself gets none.
func Files(in *model.Inputs) ([]tree.File, error) {
	if in.Module == schema.ImportPath || strings.HasPrefix(schema.ImportPath, in.Module+"/") {
		return nil, nil
	}
	var files []tree.File
	err := fs.WalkDir(schema.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := schema.Files.ReadFile(name)
		if err != nil {
			return err
		}
		files = append(files, tree.File{
			Path:    path.Join("cue.mod/pkg", schema.ImportPath, name),
			Content: content,
			Source:  "its own schema",
		})
		return nil
	})
	return files, err
}
