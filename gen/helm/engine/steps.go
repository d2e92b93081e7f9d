package engine

import (
	"fmt"
	"strings"
	"text/template"
	"text/template/parse"
)

// The functions that count puts into templates. A text that holds ours is no template: it could give itself a new budget.
const (
	ours          = "lvsgenBudget"
	stepFunction  = ours + "Step"
	enterFunction = ours + "Enter"
	leaveFunction = ours + "Leave"
)

// parseText is Template.Parse without those functions.
func parseText(t *template.Template, text string) (*template.Template, error) {
	if strings.Contains(text, ours) {
		return nil, fmt.Errorf("template: %s:1: function names with %q are not defined", t.Name(), ours)
	}
	return t.Parse(text)
}

// rendering is one run of the engine.
type rendering struct {
	budget *Budget
	// counted are the parse trees that count steps already.
	counted map[any]bool
	// included is how often each name is being included.
	included map[string]int
}

// count makes every template that does not count its steps yet do so: at its beginning and in every turn of a loop. text/template
// has no other way to be stopped.
func (r *rendering) count(t *template.Template) {
	for _, each := range t.Templates() {
		tree := each.Tree
		if tree == nil || tree.Root == nil || r.counted[tree] {
			continue
		}
		r.counted[tree] = true
		weight, depth := weigh(tree.Root)
		tree.Root.Nodes = append([]parse.Node{action(enterFunction, weight, depth, tree.Root.Pos)}, tree.Root.Nodes...)
		tree.Root.Nodes = append(tree.Root.Nodes, action(leaveFunction, 0, depth, tree.Root.Pos))
	}
}

// weigh counts the nodes that one pass over a list walks, without the bodies of its loops, which count themselves, and how
// deep its blocks lie in each other.
func weigh(list *parse.ListNode) (weight, depth int) {
	if list == nil {
		return 0, 0
	}
	for _, n := range list.Nodes {
		weight++
		var below int
		switch n := n.(type) {
		case *parse.IfNode:
			below = branches(&n.BranchNode, &weight)
		case *parse.WithNode:
			below = branches(&n.BranchNode, &weight)
		case *parse.RangeNode:
			turn, inner := weigh(n.List)
			n.List.Nodes = append([]parse.Node{action(stepFunction, turn, 0, n.Pos)}, n.List.Nodes...)
			other, deeper := weigh(n.ElseList)
			weight, below = weight+other, max(inner, deeper)
		}
		depth = max(depth, below+1)
	}
	return weight, depth
}

func branches(n *parse.BranchNode, weight *int) int {
	one, depth := weigh(n.List)
	other, deeper := weigh(n.ElseList)
	*weight += one + other
	return max(depth, deeper)
}

// action is {{name weight depth}} at a place of the template.
func action(name string, weight, depth int, at parse.Pos) parse.Node {
	number := func(n int) parse.Node {
		return &parse.NumberNode{NodeType: parse.NodeNumber, Pos: at, IsInt: true, Int64: int64(n), IsFloat: true, Float64: float64(n), Text: "0"}
	}
	command := &parse.CommandNode{NodeType: parse.NodeCommand, Pos: at, Args: []parse.Node{
		parse.NewIdentifier(name).SetPos(at), number(weight), number(depth),
	}}
	return &parse.ActionNode{NodeType: parse.NodeAction, Pos: at, Pipe: &parse.PipeNode{NodeType: parse.NodePipe, Pos: at, Cmds: []*parse.CommandNode{command}}}
}

func (r *rendering) step(weight, _ int) (string, error) {
	return "", r.budget.turn(float64(1 + weight))
}

func (r *rendering) enter(weight, depth int) (string, error) {
	if err := r.budget.deeper(depth + 10); err != nil {
		return "", err
	}
	return "", r.budget.turn(float64(1 + weight))
}

func (r *rendering) leave(_, depth int) (string, error) {
	r.budget.depth -= depth + 10
	return "", nil
}
