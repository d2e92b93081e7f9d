package load

import (
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// complete fills in the defaults that depend on other parts of the inputs.
func complete(in *model.Inputs) {
	for i := range in.Apps {
		a := &in.Apps[i]
		a.Source = a.At.Position().File
		if a.Namespace == "" {
			a.Namespace = a.Name
		}
		if a.Image.Repository == "" {
			a.Image.Repository = in.Cloud.Registry.Host + "/" + a.Name
		}
		if a.Image.Range == "" {
			a.Image.Range = ">=" + a.Image.Version
		}
		if a.Database != nil && a.Database.Name == "" {
			a.Database.Name = strings.ReplaceAll(a.Name, "-", "_")
		}
		if a.Metrics != nil && a.Metrics.Port == 0 {
			a.Metrics.Port = a.Port
		}
	}
}
