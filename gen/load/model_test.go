package load

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// TestModelHasEveryField: what the schema lets a user write, the model holds. A field that it lacked would be accepted
// and do nothing.
func TestModelHasEveryField(t *testing.T) {
	definitions, err := Reference()
	if err != nil {
		t.Fatal(err)
	}
	// Read in another way than by a field of the struct, or meant for people only.
	elsewhere := []string{"Cluster.services"}
	for name, value := range map[string]any{
		"Cloud": model.Cloud{}, "Cluster": model.Cluster{}, "Server": model.Server{}, "Flux": model.Flux{}, "App": model.App{}, "AppImage": model.AppImage{},
		"Resources": model.Resources{}, "Service": model.Service{}, "SecretValue": model.ServiceSecret{}, "DatabaseServer": model.DatabaseServer{},
		"Capacity": model.Capacity{}, "NodePart": model.NodePart{},
		"GitHub": model.GitHub{}, "PreCommit": model.PreCommit{},
		"Prices": model.Prices{}, "Expect": model.Expect{},
	} {
		i := slices.IndexFunc(definitions, func(d Definition) bool { return d.Name == name })
		if i < 0 {
			t.Fatalf("the schema has no #%s", name)
		}
		for _, f := range definitions[i].Fields {
			if !slices.Contains(elsewhere, name+"."+f.Name) && !hasField(reflect.TypeOf(value), strings.Split(f.Name, ".")) {
				t.Errorf("the model has no place for #%s.%s", name, f.Name)
			}
		}
	}
}

// hasField follows a path of JSON names through structs, maps, slices and pointers.
func hasField(at reflect.Type, path []string) bool {
	for at.Kind() == reflect.Pointer || at.Kind() == reflect.Slice {
		at = at.Elem()
	}
	if len(path) == 0 || at.Kind() == reflect.Interface {
		return true
	}
	switch at.Kind() {
	case reflect.Map:
		return hasField(at.Elem(), path[1:])
	case reflect.Struct:
		for i := range at.NumField() {
			if name, _, _ := strings.Cut(at.Field(i).Tag.Get("json"), ","); name == path[0] {
				return hasField(at.Field(i).Type, path[1:])
			}
		}
	}
	return false
}
