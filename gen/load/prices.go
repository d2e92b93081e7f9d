package load

import (
	"fmt"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/token"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/schema"
)

// PriceList reads the prices that the schema knows, but for those of the machines, which the model has. They are no part of the inputs: render has no use for
// them. An error is a mistake in the schema.
func PriceList() (*model.PriceList, error) {
	imports := &importer{sources: &sources{}, loading: map[string]token.Pos{}}
	imports.context = build.NewContext(build.Loader(imports.load))
	value := cuecontext.New().BuildInstance(imports.instance(token.NoPos, schema.ImportPath, schema.Files, ".", false, "schema"))
	var list model.PriceList
	for path, target := range map[string]any{"prices": &list.Prices, "included": &list.Included} {
		if err := value.LookupPath(cue.ParsePath(path)).Decode(target); err != nil {
			return nil, fmt.Errorf("the schema's %s: %w", path, err)
		}
	}
	return &list, nil
}
