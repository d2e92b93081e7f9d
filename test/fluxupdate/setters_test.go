package fluxupdate

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/fluxcd/image-automation-controller/internal/update"
	reflectorv1 "github.com/fluxcd/image-reflector-controller/api/v1"
	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// The reference that the policies take in this test. No tree has it.
const (
	newTag    = "99.98.97"
	newDigest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
)

// marker is a comment by which image automation finds a field: the policy's
// namespace and name, and the part of the reference that the field holds, or
// nothing for all of it.
var marker = regexp.MustCompile(`\{"\$imagepolicy": "([^":]+):([^":]+)(?::([a-z]+))?"\}`)

// checkSetters lets image automation edit each file with markers that it would
// find in the cluster: to a new tag, which must change the lines with markers
// alone, and back, which must restore the file byte for byte.
func checkSetters(tr *tree) []error {
	automations := tr.find("ImageUpdateAutomation")
	if len(automations) == 0 {
		return []error{errors.New("no ImageUpdateAutomation, so nothing would ever edit a tag")}
	}
	var problems []error
	checked := map[string]bool{}
	for _, automation := range automations {
		files, err := markedFiles(tr.root, field(automation, "spec", "update", "path"))
		if err != nil {
			problems = append(problems, fmt.Errorf("ImageUpdateAutomation %q: %w", automation.GetName(), err))
		}
		for _, file := range files {
			if checked[file] {
				continue
			}
			checked[file] = true
			if err := checkFile(tr, file); err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", file, err))
			}
		}
	}
	if len(checked) == 0 {
		problems = append(problems, errors.New("no file with a marker in the paths that the ImageUpdateAutomations edit"))
	}
	return problems
}

// markedFiles returns the files below a directory that hold a marker and that
// image automation reads: YAML files.
func markedFiles(root, dir string) ([]string, error) {
	dir = path.Join("/", dir)[1:]
	if dir == "" {
		dir = "."
	}
	var files []string
	err := fs.WalkDir(os.DirFS(root), dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || (path.Ext(name) != ".yaml" && path.Ext(name) != ".yml") {
			return err
		}
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err == nil && marker.Match(data) {
			files = append(files, name)
		}
		return err
	})
	return files, err
}

func checkFile(tr *tree, file string) error {
	original, err := os.ReadFile(filepath.Join(tr.root, filepath.FromSlash(file)))
	if err != nil {
		return err
	}
	policies, err := tr.policies(original)
	if err != nil {
		return err
	}
	edited, changes, err := apply(file, original, policies)
	if err != nil {
		return err
	}
	if err := onlyMarkedLines(original, edited); err != nil {
		return err
	}
	restored, _, err := apply(file, edited, previous(policies, changes))
	if err != nil {
		return err
	}
	if !bytes.Equal(restored, original) {
		return fmt.Errorf("a new tag and the old one again leave\n%s\ninstead of\n%s", restored, original)
	}
	// The tags of now are what the controller finds nearly every time.
	same, changes, err := apply(file, original, previous(policies, changes))
	if err != nil {
		return err
	}
	if len(changes) > 0 || !bytes.Equal(same, original) {
		return fmt.Errorf("policies equal to the tags in the file change it: %v", changes)
	}
	return nil
}

// policies returns the policy of each marker in the file, with the new
// reference.
func (tr *tree) policies(content []byte) ([]reflectorv1.ImagePolicy, error) {
	var policies []reflectorv1.ImagePolicy
	seen := map[string]bool{}
	for _, match := range marker.FindAllStringSubmatch(string(content), -1) {
		namespace, name := match[1], match[2]
		if seen[namespace+"/"+name] {
			continue
		}
		seen[namespace+"/"+name] = true
		image, err := tr.image(namespace, name)
		if err != nil {
			return nil, err
		}
		policies = append(policies, reflectorv1.ImagePolicy{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
			Status:     reflectorv1.ImagePolicyStatus{LatestRef: &reflectorv1.ImageRef{Name: image, Tag: newTag, Digest: newDigest}},
		})
	}
	return policies, nil
}

// image returns the image that a policy chooses from.
func (tr *tree) image(namespace, name string) (string, error) {
	get := func(kind, namespace, name string) (unstructured.Unstructured, error) {
		for _, object := range tr.find(kind) {
			if object.GetNamespace() == namespace && object.GetName() == name {
				return object, nil
			}
		}
		return unstructured.Unstructured{}, fmt.Errorf("marker of %q: no %s %s/%s in the tree", namespace+":"+name, kind, namespace, name)
	}
	policy, err := get("ImagePolicy", namespace, name)
	if err != nil {
		return "", err
	}
	from := field(policy, "spec", "imageRepositoryRef", "namespace")
	if from == "" {
		from = namespace
	}
	repository, err := get("ImageRepository", from, field(policy, "spec", "imageRepositoryRef", "name"))
	return field(repository, "spec", "image"), err
}

// apply lets image automation edit one file. It returns the content afterwards
// and the old value of each setter that changed something.
func apply(file string, content []byte, policies []reflectorv1.ImagePolicy) (after []byte, old map[string]string, err error) {
	// Without digests a reference to a policy is name:tag, as it is in lvsgen's
	// trees, where no marker asks for a digest.
	if !bytes.Contains(content, []byte(`:digest"}`)) {
		for i := range policies {
			policies[i].Status.LatestRef.Digest = ""
		}
	}
	dir, err := os.MkdirTemp("", "lvsgen-setters-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	at := filepath.Join(dir, path.Base(file))
	if err := os.WriteFile(at, content, 0o644); err != nil {
		return nil, nil, err
	}
	result, err := update.UpdateWithSetters(logr.Discard(), dir, dir, policies)
	if err != nil {
		return nil, nil, err
	}
	old = map[string]string{}
	for _, objects := range result.FileChanges {
		for _, changes := range objects {
			for _, change := range changes {
				if before, ok := old[change.Setter]; ok && before != change.OldValue {
					return nil, nil, fmt.Errorf("two fields of marker %q hold %q and %q", change.Setter, before, change.OldValue)
				}
				old[change.Setter] = change.OldValue
			}
		}
	}
	after, err = os.ReadFile(at)
	return after, old, err
}

// previous returns the policies with the references that the setters' old
// values tell.
func previous(policies []reflectorv1.ImagePolicy, old map[string]string) []reflectorv1.ImagePolicy {
	var result []reflectorv1.ImagePolicy
	for _, policy := range policies {
		policy := *policy.DeepCopy()
		setter, ref := policy.Namespace+":"+policy.Name, policy.Status.LatestRef
		if whole, ok := old[setter]; ok {
			whole, ref.Digest, _ = strings.Cut(whole, "@")
			colon := strings.LastIndex(whole, ":")
			if colon > strings.LastIndex(whole, "/") {
				ref.Name, ref.Tag = whole[:colon], whole[colon+1:]
			} else {
				ref.Name, ref.Tag = whole, ""
			}
		}
		for part, value := range map[string]*string{"name": &ref.Name, "tag": &ref.Tag, "digest": &ref.Digest} {
			if before, ok := old[setter+":"+part]; ok {
				*value = before
			}
		}
		result = append(result, policy)
	}
	return result
}

// onlyMarkedLines says whether the edit changed every line with a marker, other
// than one of the image's name, and no other line.
func onlyMarkedLines(original, edited []byte) error {
	before, after := strings.SplitAfter(string(original), "\n"), strings.SplitAfter(string(edited), "\n")
	if len(before) != len(after) {
		return fmt.Errorf("a new tag changes the number of lines from %d to %d:\n%s", len(before), len(after), edited)
	}
	for i := range before {
		match := marker.FindStringSubmatch(before[i])
		mayChange := match != nil && match[3] != "name"
		if changed := before[i] != after[i]; changed != mayChange {
			return fmt.Errorf("line %d: a new tag makes %q of %q", i+1, after[i], before[i])
		}
	}
	return nil
}
