// Package files sorts the files of a repository by what they are, for rules about files that are no Kubernetes objects. One
// walk serves all rules.
package files

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/checkout"
	"github.com/lvs-cloud/lvsgen/gen/lint"
)

// Index has the files of each kind, in the order of a walk. Left out are the files of other clouds inside the repository,
// of others' code, and of folders that hold examples, archives and tests.
type Index struct {
	// HCL are Terraform's files in its own syntax and in JSON.
	HCL []string
	CUE []string
	// CloudInit are what cloud-init reads as user data.
	CloudInit   []string
	Workflows   []string
	Dockerfiles []string
	// Settings are YAML and JSON files of tools in the repository's root.
	Settings []string
	// Text are all whose content somebody reads as it is: conflict markers break each of them.
	Text []string

	// terraform are the folders with files of Terraform.
	terraform map[string]bool
}

type key struct{}

// Of gives the index of the repository.
func Of(p *lint.Pass) *Index {
	return lint.Compute(p, key{}, func(key) *Index { return index(p.Tree) })
}

func index(tree *checkout.Tree) *Index {
	x := &Index{terraform: map[string]bool{}}
	for _, name := range tree.Files() {
		if path.Ext(name) == ".tf" {
			x.terraform[path.Dir(name)] = true
		}
	}
	places := map[string]place{}
	for _, name := range tree.Files() {
		dir := path.Dir(name)
		in, known := places[dir]
		if !known {
			in = look(tree, dir)
			places[dir] = in
		}
		if in != foreign {
			x.add(tree, name, in)
		}
	}
	return x
}

func (x *Index) add(tree *checkout.Tree, name string, in place) {
	base, ext := path.Base(name), path.Ext(name)
	if slices.Contains(textual, ext) || isDockerfile(base) || strings.HasPrefix(base, ".") && ext == base {
		x.Text = append(x.Text, name)
	}
	switch {
	case path.Dir(name) == ".github/workflows" && isYAML(ext):
		x.Workflows = append(x.Workflows, name)
	case slices.Contains(settings, name):
		x.Settings = append(x.Settings, name)
	case in == parked:
	case isHCL(base):
		x.HCL = append(x.HCL, name)
	case ext == ".cue":
		x.CUE = append(x.CUE, name)
	case isDockerfile(base):
		x.Dockerfiles = append(x.Dockerfiles, name)
	case x.isCloudInit(tree, name):
		x.CloudInit = append(x.CloudInit, name)
	}
}

// textual are the extensions of files that belong to a cloud: manifests, templates, scripts, inputs. Source code of apps and
// prose are others' to judge.
var textual = []string{".cfg", ".conf", ".cue", ".hcl", ".ini", ".json", ".properties", ".service", ".sh", ".sql", ".tf", ".tfvars", ".tftpl", ".timer", ".toml", ".tpl", ".yaml", ".yml"}

// settings are files of tools, in the one place where each is looked for.
var settings = []string{".github/dependabot.yml", ".pre-commit-config.yaml", ".sops.yaml", "lvsgen.yaml", "renovate.json"}

// place is what a folder is.
type place int

const (
	// live folders are what a cloud is made of.
	live place = iota
	// parked folders hold what nobody reads today: examples, archives, templates of other programs.
	parked
	// foreign folders are of others.
	foreign
)

var (
	othersFolders = []string{"node_modules", "testdata", "third_party", "vendor"}
	parkedFolders = []string{"archive", "archived", "disabled", "docs", "example", "examples", "template", "templates", "test", "tests", "unused"}
	// openFolders begin with a dot and are read all the same.
	openFolders = []string{".devcontainer", ".github"}
)

func look(tree *checkout.Tree, dir string) place {
	is := live
	for ; dir != "."; dir = path.Dir(dir) {
		base := path.Base(dir)
		switch {
		case slices.Contains(othersFolders, base), tree.Has(path.Join(dir, "lvsgen.lock")),
			strings.HasPrefix(base, ".") && !slices.Contains(openFolders, base),
			path.Base(path.Dir(dir)) == "cue.mod":
			return foreign
		case slices.Contains(parkedFolders, base):
			is = parked
		}
	}
	return is
}

func isYAML(ext string) bool { return ext == ".yaml" || ext == ".yml" }

func isHCL(base string) bool {
	for _, suffix := range []string{".tf", ".tfvars", ".tf.json", ".tfvars.json", ".tftest.hcl"} {
		if strings.HasSuffix(base, suffix) {
			return true
		}
	}
	return base == ".terraform.lock.hcl"
}

// templates are extensions of files that become a Dockerfile later.
var templates = []string{".dockerignore", ".erb", ".in", ".j2", ".jinja", ".jinja2", ".template", ".tmpl", ".tpl"}

func isDockerfile(base string) bool {
	return base == "Dockerfile" || base == "Containerfile" || strings.HasSuffix(base, ".Dockerfile") || strings.HasPrefix(base, "Dockerfile.") && !slices.Contains(templates, path.Ext(base))
}

// Header is the first line by which cloud-init knows its user data.
const Header = "#cloud-config"

// isCloudInit tells whether a file is user data by its name, or by its first line when it lies beside Terraform's files or
// below them: to read all files only for that would cost more than all rules.
func (x *Index) isCloudInit(tree *checkout.Tree, name string) bool {
	base := path.Base(name)
	switch path.Ext(base) {
	case ".yaml", ".yml", ".tftpl", ".tpl", ".cfg", "":
	default:
		return false
	}
	for _, prefix := range []string{"cloud-init", "cloud_init", "cloudinit", "cloud-config", "user-data", "user_data", "userdata"} {
		if strings.HasPrefix(base, prefix) {
			return true
		}
	}
	if !x.besideTerraform(name) {
		return false
	}
	content, err := tree.Read(name)
	return err == nil && bytes.HasPrefix(content, []byte(Header))
}

func (x *Index) besideTerraform(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if x.terraform[dir] {
			return true
		}
	}
	return false
}
