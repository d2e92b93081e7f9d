// Package lint judges the tree of a cloud on disk, without a cluster and without a network. What it must find is fixed in
// testdata/mutants: ways to break a cloud that is right, each with the finding that should come.
package lint
