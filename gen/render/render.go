// Package render turns the model into the tree: pure functions from values to files, one folder per kind of output.
package render

import (
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/render/app"
	"github.com/lvs-cloud/lvsgen/gen/render/cloudinit"
	"github.com/lvs-cloud/lvsgen/gen/render/cuemodule"
	"github.com/lvs-cloud/lvsgen/gen/render/entry"
	"github.com/lvs-cloud/lvsgen/gen/render/imageautomation"
	"github.com/lvs-cloud/lvsgen/gen/render/service"
	"github.com/lvs-cloud/lvsgen/gen/render/sops"
	"github.com/lvs-cloud/lvsgen/gen/render/terraform"
	"github.com/lvs-cloud/lvsgen/gen/render/workflow"
	"github.com/lvs-cloud/lvsgen/gen/tree"
)

// PerApp renders one app without seeing any other.
type PerApp struct {
	Name  string
	Files func(*model.Shared, *model.App) ([]tree.File, error)
}

// Whole renders what needs to see the whole cloud.
type Whole struct {
	Name  string
	Files func(*model.Inputs) ([]tree.File, error)
}

// The renderers. A new kind of output is one more folder and one more line here.
var (
	perApp = []PerApp{
		{"app", app.Files},
	}
	whole = []Whole{
		{"entry", entry.Files},
		{"service", service.Files},
		{"imageautomation", imageautomation.Files},
		{"cloudinit", cloudinit.Files},
		{"cuemodule", cuemodule.Files},
		{"terraform", terraform.Files},
		{"sops", sops.Files},
		{"workflow", workflow.Files},
	}
)

// Render gives all files of the cloud. An error is a mistake of a renderer or two writers of one path.
func Render(in *model.Inputs) (*tree.Tree, error) {
	return render(in, func(string) bool { return true })
}

// By gives the files of one renderer, the writer of a tree.File.
func By(in *model.Inputs, writer string) (*tree.Tree, error) {
	return render(in, func(name string) bool { return name == writer })
}

// IsPerApp tells whether a writer renders each app without seeing any other.
func IsPerApp(writer string) bool {
	return slices.ContainsFunc(perApp, func(r PerApp) bool { return r.Name == writer })
}

func render(in *model.Inputs, wanted func(writer string) bool) (*tree.Tree, error) {
	t := &tree.Tree{}
	add := func(writer string, files []tree.File, err error) error {
		if err != nil {
			return err
		}
		for _, f := range files {
			f.Writer = writer
			if err := t.Add(f); err != nil {
				return err
			}
		}
		return nil
	}
	shared := &model.Shared{Cloud: &in.Cloud, Cluster: &in.Cluster}
	for _, r := range perApp {
		for i := range in.Apps {
			if !wanted(r.Name) {
				break
			}
			files, err := r.Files(shared, &in.Apps[i])
			if err := add(r.Name, files, err); err != nil {
				return nil, err
			}
		}
	}
	for _, r := range whole {
		if !wanted(r.Name) {
			continue
		}
		files, err := r.Files(in)
		if err := add(r.Name, files, err); err != nil {
			return nil, err
		}
	}
	return t, nil
}
