package conflict

import "testing"

func TestSides(t *testing.T) {
	for name, c := range map[string]struct {
		content, ours, theirs string
		ok                    bool
	}{
		"none":      {"a\n=======\nb\n", "", "", false},
		"merge":     {"a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> other\nd\n", "a\nb\nd\n", "a\nc\nd\n", true},
		"diff3":     {"<<<<<<< HEAD\nb\n||||||| base\nx\n=======\nc\n>>>>>>> other\n", "b\n", "c\n", true},
		"two":       {"<<<<<<<\nb\n=======\n>>>>>>>\nm\n<<<<<<<\n=======\nc\n>>>>>>>\n", "b\nm\n", "m\nc\n", true},
		"CRLF":      {"<<<<<<< HEAD\r\nb\r\n=======\r\nc\r\n>>>>>>> o\r\n", "b\r\n", "c\r\n", true},
		"no end":    {"<<<<<<< HEAD\nb\n=======\nc\n", "", "", false},
		"nested":    {"<<<<<<< a\n<<<<<<< b\n=======\n>>>>>>> b\n", "", "", false},
		"in a word": {"x <<<<<<< HEAD\n=======\n>>>>>>> o\n", "", "", false},
		"longer":    {"<<<<<<<<< HEAD\n=======\n>>>>>>> o\n", "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			ours, theirs, ok := Sides([]byte(c.content))
			if ok != c.ok || ok && (string(ours) != c.ours || string(theirs) != c.theirs) {
				t.Errorf("got %q, %q, %v", ours, theirs, ok)
			}
			if ok && !Has([]byte(c.content)) {
				t.Error("Has says no")
			}
		})
	}
}

func TestFinding(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		line    int
		inside  bool
	}{
		"none":             {"a\n=======\nb\n", 0, false},
		"whole":            {"a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> other\nd\n", 2, false},
		"half solved":      {"a\nb\n>>>>>>> other\n", 3, false},
		"indented":         {"a: |\n  <<<<<<< HEAD\n  b\n  =======\n  c\n  >>>>>>> other\n", 2, true},
		"indented half":    {"a: |\n  <<<<<<< HEAD\n  b\n", 0, false},
		"indented apart":   {"a: |\n  <<<<<<< HEAD\n    =======\n >>>>>>> other\n", 0, false},
		"indented, bare":   {"\t<<<<<<<\n\t=======\n\t>>>>>>>\n", 1, true},
		"in a command":     {"grep '^<<<<<<< ' f\ngrep '^>>>>>>> ' f\n", 0, false},
		"inside, then not": {" <<<<<<<\n =======\n >>>>>>>\n<<<<<<< HEAD\n", 4, false},
	} {
		t.Run(name, func(t *testing.T) {
			f, inside, found := Finding("f", []byte(c.content))
			if f.Line != c.line || inside != c.inside || found != (c.line > 0) {
				t.Errorf("got line %d, inside %v, found %v", f.Line, inside, found)
			}
		})
	}
}
