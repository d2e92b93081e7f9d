package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// body is a file or a block that is being written. Values of the inputs go through set, which escapes them; expr takes
// expressions that this package writes itself.
type body struct{ *hclwrite.Body }

// block appends a block, with an empty line in front of it when something is there.
func (b body) block(kind string, labels ...string) body {
	if len(b.Attributes())+len(b.Blocks()) > 0 {
		b.AppendNewline()
	}
	return b.next(kind, labels...)
}

// next appends a block right behind what is there.
func (b body) next(kind string, labels ...string) body {
	return body{b.AppendNewBlock(kind, labels).Body()}
}

func (b body) set(name string, value any) body {
	b.SetAttributeValue(name, toCty(value))
	return b
}

// expr sets an attribute to an expression. One that does not parse is a mistake of this package: it panics, as
// regexp.MustCompile does, and a test renders every expression.
func (b body) expr(name, expression string) body {
	b.SetAttributeRaw(name, tokens(expression))
	return b
}

// comment appends lines of comment in front of what follows.
func (b body) comment(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		b.AppendUnstructuredTokens(hclwrite.Tokens{{Type: hclsyntax.TokenComment, Bytes: []byte("# " + line + "\n")}})
	}
}

// section starts a part of the file with a comment above it.
func (b body) section(text string) {
	if len(b.Attributes())+len(b.Blocks()) > 0 {
		b.AppendNewline()
	}
	b.comment(text)
}

func tokens(expression string) hclwrite.Tokens {
	f, diags := hclwrite.ParseConfig([]byte("x = "+expression+"\n"), "", hcl.InitialPos)
	if diags.HasErrors() {
		panic("terraform: " + diags.Error() + " in " + expression)
	}
	return f.Body().GetAttribute("x").Expr().BuildTokens(nil)
}

// quoted gives a text as it stands in an expression.
func quoted(s string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes())
}

func toCty(value any) cty.Value {
	switch v := value.(type) {
	case string:
		return cty.StringVal(v)
	case bool:
		return cty.BoolVal(v)
	case int:
		return cty.NumberIntVal(int64(v))
	case []string:
		out := make([]cty.Value, len(v))
		for i, s := range v {
			out[i] = cty.StringVal(s)
		}
		if len(out) == 0 {
			return cty.EmptyTupleVal
		}
		return cty.TupleVal(out)
	}
	panic("terraform: a value of a type that is not rendered")
}
