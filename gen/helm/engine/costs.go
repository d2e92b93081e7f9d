package engine

import (
	"math"
	"reflect"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
)

// before takes what a call costs from the budget, before it is made: a single call may ask for all memory.
func (b *Budget) before(name string, args []reflect.Value) {
	cost := 1.0
	for _, arg := range args {
		cost += shallow(arg)
	}
	must(b.steps(cost))
	if walks[name] {
		whole := size{}
		for _, arg := range args {
			s, err := b.measure(arg, 0)
			must(err)
			whole.nodes, whole.text = whole.nodes+s.nodes, whole.text+s.text
		}
		cost := float64(whole.nodes)/2 + float64(whole.text)/256
		if converts[name] {
			cost = 50 + 16*cost
		}
		must(b.steps(cost))
	}
	if special := costs[name]; special != nil {
		steps, text := special(b, args)
		must(b.steps(steps))
		if text > float64(b.Text) {
			must(b.text(math.MaxInt))
		}
	}
}

// after takes what a call made.
func (b *Budget) after(name string, args, out []reflect.Value) {
	if changes[name] {
		b.changed()
	}
	for _, v := range out {
		if v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		switch v.Kind() {
		case reflect.String:
			if name != "include" && name != "tpl" {
				must(b.text(v.Len()))
			}
		case reflect.Map, reflect.Slice:
			must(b.steps(float64(v.Len()) / 16))
			if builds[name] {
				_, err := b.measure(v, 0)
				must(err)
			}
		}
	}
	if changes[name] && len(args) > 0 {
		_, err := b.measure(args[0], 0)
		must(err)
	}
}

// shallow is the cost of taking up an argument, without what lies in it.
func shallow(v reflect.Value) float64 {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.String:
		return float64(v.Len()) / 256
	case reflect.Slice, reflect.Map:
		return float64(v.Len()) / 16
	}
	return 0
}

func set(names string) map[string]bool {
	out := map[string]bool{}
	for _, name := range strings.Fields(names) {
		out[name] = true
	}
	return out
}

var (
	// walks are functions that look at everything in their arguments, or print it.
	walks = set(`print printf println html js urlquery toYaml toYamlPretty toJson toPrettyJson toRawJson mustToJson mustToPrettyJson
		mustToRawJson toToml deepCopy mustDeepCopy deepEqual toString toStrings quote squote cat join sortAlpha merge mergeOverwrite mustMerge
		mustMergeOverwrite uniq mustUniq without mustWithout has mustHas plural trimAll contains append push prepend`)
	// converts are those of them that write a format, which is slow.
	converts = set(`toYaml toYamlPretty toToml toJson toPrettyJson toRawJson mustToJson mustToPrettyJson mustToRawJson deepCopy mustDeepCopy
		merge mergeOverwrite mustMerge mustMergeOverwrite`)
	// builds are functions that put values together, so that the result may hold the same several times.
	builds = set(`dict list tuple set merge mergeOverwrite mustMerge mustMergeOverwrite append push mustAppend mustPush prepend
		mustPrepend concat pluck values chunk mustChunk fromYaml fromYamlArray fromJson fromJsonArray fromToml mustFromJson deepCopy mustDeepCopy`)
	// changes are functions that change their first argument in place.
	changes = set(`set unset merge mergeOverwrite mustMerge mustMergeOverwrite`)
)

// The cost of functions that compute for a tenth of a second (slow hashes) or more (keys and certificates).
func slow(*Budget, []reflect.Value) (steps, text float64)      { return 800_000, 0 }
func expensive(*Budget, []reflect.Value) (steps, text float64) { return 1_600_000, 0 }

// costs are the functions whose work or result grows faster than their arguments: how many steps they take, and how many
// bytes they make.
var costs = map[string]func(b *Budget, args []reflect.Value) (steps, text float64){
	"repeat":  func(_ *Budget, a []reflect.Value) (float64, float64) { return 0, whole(a, 0) * length(a, 1) },
	"indent":  func(_ *Budget, a []reflect.Value) (float64, float64) { return indents(a) },
	"nindent": func(_ *Budget, a []reflect.Value) (float64, float64) { return indents(a) },
	"until":   func(_ *Budget, a []reflect.Value) (float64, float64) { return math.Abs(whole(a, 0)), 0 },
	"untilStep": func(_ *Budget, a []reflect.Value) (float64, float64) {
		return steps(whole(a, 0), whole(a, 1), whole(a, 2))
	},
	"seq":          func(_ *Budget, a []reflect.Value) (float64, float64) { return sequenceCost(a) },
	"randAlphaNum": random, "randAlpha": random, "randAscii": random, "randNumeric": random, "randBytes": random,
	"replace": func(_ *Budget, a []reflect.Value) (float64, float64) {
		return 0, length(a, 2) / max(length(a, 0), 1) * length(a, 1)
	},
	"join":     func(_ *Budget, a []reflect.Value) (float64, float64) { return 0, items(a, 1) * length(a, 0) },
	"wrapWith": func(_ *Budget, a []reflect.Value) (float64, float64) { return 0, length(a, 2) * (1 + length(a, 1)) },
	"printf":   func(_ *Budget, a []reflect.Value) (float64, float64) { return 0, formatted(a) },
	"split":    func(_ *Budget, a []reflect.Value) (float64, float64) { return 4 * length(a, 1), 0 },
	"splitn":   func(_ *Budget, a []reflect.Value) (float64, float64) { return 4 * length(a, 2), 0 },
	"splitList": func(_ *Budget, a []reflect.Value) (float64, float64) {
		return length(a, 1) / max(length(a, 0), 1), 0
	},
	"uniq": pairs, "mustUniq": pairs,
	"without":     func(_ *Budget, a []reflect.Value) (float64, float64) { return items(a, 0) * items(a, 1), 0 },
	"mustWithout": func(_ *Budget, a []reflect.Value) (float64, float64) { return items(a, 0) * items(a, 1), 0 },
	"fromYaml":    reads, "fromYamlArray": reads, "fromJson": reads, "fromJsonArray": reads, "fromToml": reads, "mustFromJson": reads,
	"regexMatch": matches, "mustRegexMatch": matches, "regexFind": matches, "mustRegexFind": matches,
	"regexFindAll": matches, "mustRegexFindAll": matches, "regexSplit": matches, "mustRegexSplit": matches,
	"regexReplaceAll": replaces, "mustRegexReplaceAll": replaces, "regexReplaceAllLiteral": replaces, "mustRegexReplaceAllLiteral": replaces,
	"semver":        func(_ *Budget, a []reflect.Value) (float64, float64) { return length(a, 0), 0 },
	"semverCompare": func(_ *Budget, a []reflect.Value) (float64, float64) { return length(a, 0) + length(a, 1), 0 },
	"genPrivateKey": expensive, "genCA": expensive, "genCAWithKey": expensive, "genSelfSignedCert": expensive,
	"genSelfSignedCertWithKey": expensive, "genSignedCert": expensive, "genSignedCertWithKey": expensive, "buildCustomCert": expensive,
	"bcrypt": slow, "htpasswd": slow, "derivePassword": slow,
	"addf": decimals, "add1f": decimals, "subf": decimals, "divf": decimals, "mulf": decimals, "maxf": decimals, "minf": decimals,
}

func whole(args []reflect.Value, i int) float64 {
	if i < len(args) && args[i].CanInt() {
		return float64(args[i].Int())
	}
	return 0
}

func length(args []reflect.Value, i int) float64 {
	if i < len(args) && args[i].Kind() == reflect.String {
		return float64(args[i].Len())
	}
	return 0
}

func items(args []reflect.Value, i int) float64 {
	if i >= len(args) {
		return 0
	}
	v := args[i]
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map:
		return float64(v.Len())
	}
	return 0
}

func indents(args []reflect.Value) (float64, float64) {
	if len(args) < 2 || args[1].Kind() != reflect.String {
		return 0, 0
	}
	return 0, whole(args, 0)*float64(1+strings.Count(args[1].String(), "\n")) + length(args, 1)
}

func steps(from, to, by float64) (float64, float64) {
	if by == 0 {
		return 0, 0
	}
	return math.Abs((to - from) / by), 0
}

// sequenceCost is that of seq, which takes an end, a beginning and an end, or a step between them.
func sequenceCost(args []reflect.Value) (float64, float64) {
	var n []float64
	if len(args) > 0 && args[0].Kind() == reflect.Slice {
		for i := range args[0].Len() {
			n = append(n, float64(args[0].Index(i).Int()))
		}
	}
	count := 0.0
	switch len(n) {
	case 1:
		count = math.Abs(n[0])
	case 2:
		count = math.Abs(n[1] - n[0])
	case 3:
		count, _ = steps(n[0], n[2], n[1])
	}
	return count, 20 * count
}

func random(_ *Budget, args []reflect.Value) (float64, float64) {
	return whole(args, 0) / 8, whole(args, 0)
}

func pairs(_ *Budget, args []reflect.Value) (float64, float64) {
	return items(args, 0) * items(args, 0) / 2, 0
}

// reads is the cost of parsing a text, of which each byte may become a value.
func reads(_ *Budget, args []reflect.Value) (float64, float64) { return 50 + length(args, 0), 0 }

var width = regexp.MustCompile(`\d+`)

// formatted bounds what printf makes: numbers in a format are widths, of at most a million in fmt, and each verb may print
// the longest argument.
func formatted(args []reflect.Value) float64 {
	if len(args) == 0 || args[0].Kind() != reflect.String {
		return 0
	}
	format, total := args[0].String(), 0.0
	for _, digits := range width.FindAllString(format, -1) {
		n, err := strconv.Atoi(digits)
		if err != nil || n > 1_000_000 {
			n = 1_000_000
		}
		total += float64(n)
	}
	longest := 0.0
	if len(args) > 1 && args[1].Kind() == reflect.Slice {
		for i := range args[1].Len() {
			if v := args[1].Index(i); v.Kind() == reflect.Interface && v.Elem().Kind() == reflect.String {
				longest = max(longest, float64(v.Elem().Len()))
			}
		}
	}
	return total + 1_000_000*float64(strings.Count(format, "*")) + longest*float64(strings.Count(format, "%"))
}

// decimals is the cost of exact arithmetic, whose numbers may have many digits.
func decimals(_ *Budget, args []reflect.Value) (float64, float64) {
	n := 0.0
	for i := range args {
		n += 1 + items(args, i)
	}
	return n * n, 0
}

// matches is the cost of a regular expression: its instructions times the text.
func matches(b *Budget, args []reflect.Value) (float64, float64) {
	n := b.instructions(args)
	return 5 + n/2 + n*length(args, 1)/64, 0
}

func replaces(b *Budget, args []reflect.Value) (float64, float64) {
	n, _ := matches(b, args)
	return n, (length(args, 1) + 1) * (length(args, 2) + 1) // each character may be a match
}

func (b *Budget) instructions(args []reflect.Value) float64 {
	if len(args) == 0 || args[0].Kind() != reflect.String {
		return 0
	}
	pattern := args[0].String()
	if n, ok := b.insts[pattern]; ok {
		return float64(n)
	}
	must(b.steps(float64(len(pattern))))
	n := 0
	if parsed, err := syntax.Parse(pattern, syntax.Perl); err == nil {
		if prog, err := syntax.Compile(parsed.Simplify()); err == nil {
			n = len(prog.Inst)
		}
	}
	if b.insts == nil {
		b.insts = map[string]int{}
	}
	b.insts[pattern] = n
	return float64(n)
}
