// Package generate is the way through the house: inputs -> model -> checks -> tree. The command, the golden tests and
// the benchmarks all go this way.
package generate

import (
	"errors"
	"io/fs"

	"github.com/lvs-cloud/lvsgen/gen/capacity"
	"github.com/lvs-cloud/lvsgen/gen/check"
	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/render"
	"github.com/lvs-cloud/lvsgen/gen/tree"
	"github.com/lvs-cloud/lvsgen/gen/unit"
)

// Tree reads the inputs below root and renders them. Findings say what is wrong with the inputs; when one of them is an
// error there is no tree. An error is a mistake of lvsgen itself.
func Tree(root fs.FS, opts load.Options) (*tree.Tree, *model.Inputs, diag.Findings, error) {
	in, findings := Inputs(root, opts)
	if findings.Count(diag.Error) > 0 {
		return nil, in, findings, nil
	}
	t, err := render.Render(in)
	if refused, ok := errors.AsType[diag.Findings](err); ok {
		return nil, in, append(findings, refused...).Sorted(), nil
	}
	return t, in, findings, err
}

// Inputs reads the inputs below root and judges them. They are nil when they cannot be read, which a finding says.
func Inputs(root fs.FS, opts load.Options) (*model.Inputs, diag.Findings) {
	in, findings := load.Load(root, opts)
	if in == nil {
		return nil, findings
	}
	findings = append(findings, check.Inputs(in)...)
	_, ordering := unit.Units(in)
	findings = append(findings, ordering...)
	// Sums over inputs with errors would only add to the noise.
	if findings.Count(diag.Error) == 0 {
		findings = append(findings, capacity.Findings(in)...)
	}
	return in, findings.Sorted()
}

// Seeds gives the versions that the inputs start from, by image policy, for the carry of tags.
func Seeds(in *model.Inputs) map[string]string {
	seeds := map[string]string{}
	for i := range in.Apps {
		if a := &in.Apps[i]; !a.Image.Pin {
			seeds["flux-system:"+a.Name] = a.Image.Version
		}
	}
	return seeds
}
