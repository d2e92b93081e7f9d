package lint

import (
	"regexp"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/world"
)

// KindPosition is where to look at the first of some objects of one kind: at its kind, or at its name when its file holds
// more of them. Of an object that a chart renders it is the line of the template, when only one line names the kind.
func KindPosition(p *Pass, objects []*world.Object) diag.Position {
	o := objects[0]
	if o.Doc == nil {
		return templateLine(p, o)
	}
	for _, other := range objects[1:] {
		if other.Doc != nil && other.Doc.File == o.Doc.File {
			return o.Position("metadata", "name")
		}
	}
	return o.Position("kind")
}

func templateLine(p *Pass, o *world.Object) diag.Position {
	at := o.Position()
	content, err := p.Tree.Read(at.File)
	if err != nil || at.Line != 0 {
		return at
	}
	found := regexp.MustCompile(`(?m)^kind: *["']?`+regexp.QuoteMeta(o.Kind)+`["']?\s*$`).FindAllIndex(content, 2)
	if len(found) == 1 {
		at.Line = 1 + strings.Count(string(content[:found[0][0]]), "\n")
	}
	return at
}
