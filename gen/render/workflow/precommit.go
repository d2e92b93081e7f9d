package workflow

import (
	"maps"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
)

// preCommit gives the configuration of pre-commit: lvsgen's hook last, since other hooks may edit the inputs. The program
// is the one on the PATH, so that the hook and the person at the keyboard use the same.
func preCommit(p model.PreCommit) ([]byte, error) {
	repos := make([]any, 0, len(p.Repos)+1)
	for _, repo := range p.Repos {
		repos = append(repos, inOrder(repo, "repo", "rev", "hooks"))
	}
	repos = append(repos, kube.M("repo", "local", "hooks", []kube.Map{kube.M(
		"id", "lvsgen-render",
		"name", "lvsgen render",
		"entry", "lvsgen render --hook",
		"language", "system",
		"pass_filenames", false,
		"always_run", true,
	)}))
	return kube.Encode(kube.M("repos", repos))
}

// inOrder puts the keys first in front of the others, as pre-commit's documentation writes them, also in the hooks.
func inOrder(m map[string]any, first ...string) kube.Map {
	var out kube.Map
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(m)), func(key string) bool { return slices.Contains(first, key) })
	for _, key := range append(slices.Clone(first), keys...) {
		value, ok := m[key]
		if hooks, is := value.([]any); is && key == "hooks" {
			value = orderedHooks(hooks)
		}
		out = out.SetIf(ok, key, value)
	}
	return out
}

func orderedHooks(hooks []any) []any {
	out := make([]any, len(hooks))
	for i, hook := range hooks {
		out[i] = hook
		if fields, is := hook.(map[string]any); is {
			out[i] = inOrder(fields, "id", "name", "entry", "language")
		}
	}
	return out
}
