// Package imageautomation rewrites a file as Flux's image automation does, for
// tests that have no Flux (test/fluxupdate runs Flux's own code).
package imageautomation

import (
	"bytes"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/kio/kioutil"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// Rewrite reads and writes a file as image-automation-controller v1.2.4
// (internal/update) does, and puts tag, unless it is empty, where a marker is.
func Rewrite(file []byte, tag string) ([]byte, error) {
	nodes, err := (&kio.ByteReader{
		Reader:            bytes.NewReader(file),
		SetAnnotations:    map[string]string{kioutil.PathAnnotation: "file.yaml"},
		PreserveSeqIndent: true,
	}).Read()
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		if tag != "" {
			setTag(n.YNode(), tag)
		}
	}
	if err := kioutil.DefaultPathAndIndexAnnotation("", nodes); err != nil {
		return nil, err
	}
	if err := kioutil.SortNodes(nodes); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = kio.ByteWriter{
		Writer: &out,
		//lint:ignore SA1019 Flux clears the deprecated annotation too
		ClearAnnotations: []string{kioutil.PathAnnotation, kioutil.LegacyPathAnnotation},
	}.Write(nodes)
	return out.Bytes(), err
}

func setTag(n *yaml.Node, tag string) {
	if n.Kind == yaml.ScalarNode && strings.Contains(n.LineComment, `{"$imagepolicy"`) {
		n.Value = tag
	}
	for _, child := range n.Content {
		setTag(child, tag)
	}
}
