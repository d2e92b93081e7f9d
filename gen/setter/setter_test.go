package setter

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
)

const tagMark = `# {"$imagepolicy": "apps:shop:tag"}`

func TestFind(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		want    []string // KEY=TOKEN=VALUE
	}{
		"plain":               {"tag: 1.2.3 " + tagMark + "\n", []string{"apps:shop:tag=1.2.3=1.2.3"}},
		"double quoted":       {"tag: \"1.2\\x2e3\" " + tagMark + "\n", []string{`apps:shop:tag="1.2\x2e3"=1.2.3`}},
		"double with escapes": {`tag: "a\"b\\" ` + tagMark + "\n", []string{`apps:shop:tag="a\"b\\"=a"b\`}},
		"single quoted":       {"tag: 'it''s' " + tagMark + "\n", []string{"apps:shop:tag='it''s'=it's"}},
		"tab before comment":  {"tag: 1.2.3\t" + tagMark + "\n", []string{"apps:shop:tag=1.2.3=1.2.3"}},
		"no final newline":    {"tag: 1.2.3 " + tagMark, []string{"apps:shop:tag=1.2.3=1.2.3"}},
		"CRLF":                {"a: b\r\ntag: '1' " + tagMark + "\r\nc: d\r\n", []string{"apps:shop:tag='1'=1"}},
		"old Mac lines":       {"a: b\rtag: '1' " + tagMark + "\rc: d\r", []string{"apps:shop:tag='1'=1"}},
		"byte order mark":     {"\uFEFFtag: v1 " + tagMark + "\n", []string{"apps:shop:tag=v1=v1"}},
		"flow map": {
			"image: {name: r/shop, # {\"$imagepolicy\": \"apps:shop:name\"}\n  tag: \"1\" " + tagMark + "\n}\n",
			[]string{"apps:shop:name=r/shop=r/shop", `apps:shop:tag="1"=1`},
		},
		"flow sequence":        {"a: [x, # {\"$imagepolicy\": \"n:p\"}\n  y]\n", []string{"n:p=x=x"}},
		"block sequence":       {"- x " + tagMark + "\n- y\n", []string{"apps:shop:tag=x=x"}},
		"comment above item":   {tagMark + "\n- x\n", []string{"apps:shop:tag=x=x"}},
		"several documents":    {"a: 1 " + tagMark + "\n---\nb: 2\n---\n# c\nc: 'x' # {\"$imagepolicy\":\"n:p:digest\"}\n", []string{"apps:shop:tag=1=1", "n:p:digest='x'=x"}},
		"anchor and tag":       {"a: !!str &x  1.2 " + tagMark + "\nb: *x\n", []string{"apps:shop:tag=1.2=1.2"}},
		"multi-byte text":      {"# größe 日本\nä: {ö: \"日本\", t: v1 " + tagMark + "\n}\n", []string{"apps:shop:tag=v1=v1"}},
		"YAML 1.1 line breaks": {"a: \"x\u2028 y\"\nb: v1 " + tagMark + "\n", []string{"apps:shop:tag=v1=v1"}},
		"quoted over lines":    {"a: \"x\n  y\" " + tagMark + "\n", []string{"apps:shop:tag=\"x\n  y\"=x y"}},
		"very long line":       {"a: " + strings.Repeat("x", 100_000) + " " + tagMark + "\n", []string{"apps:shop:tag=" + strings.Repeat("x", 100_000) + "=" + strings.Repeat("x", 100_000)}},
		"comment is longer":    {"tag: 1 # {\"$imagepolicy\": \"n:p\", \"why\": \"x\"}\n", []string{"n:p=1=1"}},
		// What Flux does not set is not Flux's.
		"key":                 {"tag: " + tagMark + "\n  x\n", nil},
		"text in the comment": {"tag: 1 # see {\"$imagepolicy\": \"n:p\"}\n", nil},
		"unknown part":        {"tag: 1 # {\"$imagepolicy\": \"n:p:size\"}\n", nil},
		"no policy":           {"tag: 1 # {\"$imagepolicy\": \"shop\"}\n", nil},
		"collection":          {"a: {b: c} " + tagMark + "\n", nil},
		"alias":               {"a: &x y\nb: *x " + tagMark + "\n", nil},
		"in a block scalar":   {"a: |\n  tag: 1 " + tagMark + "\n", nil},
		"in a string":         {"a: 'tag: 1 " + strings.ReplaceAll(tagMark, "'", "") + "'\n", nil},
		"tag without value":   {"a: !!str " + tagMark + "\n", nil},
		"null":                {"a: " + tagMark + "\nb: c\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			markers, err := Find([]byte(c.content))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range markers {
				got = append(got, m.Key+"="+c.content[m.Start:m.End]+"="+m.Value)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestFindRefuses(t *testing.T) {
	for name, content := range map[string]string{
		"not YAML":         "a: [ " + tagMark + "\n",
		"template":         "a: {{ .Values.tag }} " + tagMark + "\nb: {{ x\n",
		"conflict":         "<<<<<<< ours\na: 1 " + tagMark + "\n=======\na: 2 " + tagMark + "\n>>>>>>> theirs\n",
		"not UTF-8":        "a: \"\xff\" " + tagMark + "\n",
		"block scalar":     "a: | " + tagMark + "\n  x\n",
		"plain over lines": "a: x\n  y " + tagMark + "\n",
		"deep":             strings.Repeat("[", 20_000) + tagMark,
	} {
		t.Run(name, func(t *testing.T) {
			if markers, err := Find([]byte(content)); err == nil {
				t.Errorf("found %+v in %.80q", markers, content)
			}
			if got := Blank([]byte(content)); string(got) != content {
				t.Errorf("blanked to %.80q", got)
			}
			if _, err := Set([]byte(content), map[string]string{"apps:shop:tag": "2"}); err == nil {
				t.Error("was set")
			}
		})
	}
}

func TestSet(t *testing.T) {
	for name, c := range map[string]struct{ before, value, after string }{
		"plain":                  {"1.2.3", "1.2.4", "1.2.4"},
		"double":                 {`"1.2.3"`, "1.2.4", `"1.2.4"`},
		"single":                 {`'1.2.3'`, "1.2.4", `'1.2.4'`},
		"same value, kept as is": {`"1\x2e2"`, "1.2", `"1\x2e2"`},
		"float":                  {"1.2.3", "1.10", `"1.10"`},
		"integer":                {"1.2.3", "20240101", `"20240101"`},
		"exponent":               {"1.2.3", "1e3", `"1e3"`},
		"hexadecimal":            {"1.2.3", "0x1f", `"0x1f"`},
		"old boolean":            {"1.2.3", "yes", `"yes"`},
		"sexagesimal":            {"1.2.3", "12:30:45", `"12:30:45"`},
		"null":                   {"1.2.3", "null", `"null"`},
		"empty":                  {"1.2.3", "", `""`},
		"date":                   {"1.2.3", "2026-01-02", `"2026-01-02"`},
		"comment":                {"1.2.3", "a #b", `"a #b"`},
		"flow indicator":         {"1.2.3", "a,b", `"a,b"`},
		"quotes, plain":          {"1.2.3", `"x"`, `"\"x\""`},
		"quote, single":          {"'x'", "it's", "'it''s'"},
		"newline, single":        {"'x'", "a\nb", `"a\u000Ab"`},
		"reference":              {"r/shop:1", "r.example.org:5000/shop:1.2.3@sha256:abc", "r.example.org:5000/shop:1.2.3@sha256:abc"},
		"anchor":                 {"&x y", "z", "&x z"},
	} {
		t.Run(name, func(t *testing.T) {
			frame := func(token string) string {
				return "# 日本\r\na:  1\ntag:  " + token + "\t " + tagMark + "\r\nb: [x , y]   # c\n"
			}
			got, err := Set([]byte(frame(c.before)), map[string]string{"apps:shop:tag": c.value, "other:key": "x"})
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != frame(c.after) {
				t.Errorf("got  %q\nwant %q", got, frame(c.after))
			}
			m, err := Find(got)
			if err != nil || len(m) != 1 || m[0].Value != c.value || !m[0].IsString {
				t.Errorf("reads back as %+v, %v", m, err)
			}
		})
	}
}

func TestBlankLeavesOutOnlyTokens(t *testing.T) {
	blank := func(token string) string {
		return string(Blank([]byte("a: b\ntag: " + token + " " + tagMark + "\nc: d\n")))
	}
	want := "a: b\ntag:  " + tagMark + "\nc: d\n"
	for _, token := range []string{"1.2.3", `"1.2.3"`, `'2'`, "9.9.9-rc.1"} {
		if got := blank(token); got != want {
			t.Errorf("token %s: got %q", token, got)
		}
	}
	if other := string(Blank([]byte("a: B\ntag: 1 " + tagMark + "\nc: d\n"))); other == want {
		t.Error("a change beside the token is lost")
	}
}

func TestPolicy(t *testing.T) {
	for key, want := range map[string]struct {
		policy string
		part   Part
	}{
		"n:p": {"n:p", Image}, "n:p:tag": {"n:p", Tag}, "n:p:name": {"n:p", Name}, "n:p:digest": {"n:p", Digest},
	} {
		if policy, part := Policy(key); policy != want.policy || part != want.part {
			t.Errorf("%s: got %q, %q", key, policy, part)
		}
	}
}

// FuzzSet: what is set is found again, and no byte outside the tokens is touched.
func FuzzSet(f *testing.F) {
	for _, seed := range []string{
		"tag: 1.2.3 " + tagMark + "\n",
		"a: {b: \"x\", # {\"$imagepolicy\": \"n:p:name\"}\n c: 'y' " + tagMark + "\n}\n---\n- z\t" + tagMark + "\r\n",
		"a: !!str &x 1 " + tagMark + "\n", "\uFEFF# ü\na: 'ü' " + tagMark + "\n",
		"? a\n: b " + tagMark + "\n", "a: \"x\n y\" " + tagMark + "\n",
	} {
		f.Add([]byte(seed), "1.2.4")
	}
	f.Fuzz(func(t *testing.T, content []byte, value string) {
		before, err := Find(content)
		if err != nil || len(before) == 0 {
			if !bytes.Equal(Blank(content), content) {
				t.Error("blanked without markers")
			}
			return
		}
		values := map[string]string{}
		for _, m := range before {
			values[m.Key] = value
		}
		out, err := Set(content, values)
		if err != nil {
			return // refused, not damaged
		}
		after, err := Find(out)
		if err != nil {
			t.Fatalf("unreadable after Set: %v\n%q", err, out)
		}
		if len(after) != len(before) {
			t.Fatalf("%d markers before, %d after", len(before), len(after))
		}
		for _, m := range after {
			if m.Value != value {
				t.Errorf("marker %s has %q, not %q", m.Key, m.Value, value)
			}
		}
		if !bytes.Equal(Blank(out), Blank(content)) {
			t.Errorf("changed beside the tokens:\n%q\n%q", content, out)
		}
		if again, err := Set(out, maps.Clone(values)); err != nil || !bytes.Equal(again, out) {
			t.Errorf("setting twice: %v\n%q\n%q", err, out, again)
		}
	})
}
