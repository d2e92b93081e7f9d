package secret_test

import (
	"slices"
	"testing"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/secret"
	"github.com/lvs-cloud/lvsgen/gen/unit/cloudtest"
)

func inputs(change func(*model.Inputs)) *model.Inputs {
	in := &model.Inputs{}
	in.Cloud.At = cloudtest.File("cloud.cue")
	in.Cluster.At = cloudtest.File("cluster.cue")
	in.Cloud.Git.URL = "ssh://git@git.example.org/cloud"
	in.Cloud.Secrets.Mode = model.SecretsTerraform
	in.Cluster.Services = []model.Service{
		cloudtest.Service("dumps", func(s *model.Service) {
			s.Secrets = map[string]model.ServiceSecret{secret.S3AccessKey: {What: "The access key of the object storage"}}
		}),
		cloudtest.Service("grafana", func(s *model.Service) {
			s.Secrets = map[string]model.ServiceSecret{"grafana_admin_password": {What: "Password of Grafana's admin"}}
		}),
	}
	in.Apps = []model.App{cloudtest.App("shop", func(a *model.App) {
		a.Secrets = map[string]model.AppSecret{"mail": {Keys: []string{"PASSWORD", "PASSWORD"}}}
	})}
	if change != nil {
		change(in)
	}
	return in
}

func names(values []secret.Value, keep func(*secret.Value) bool) []string {
	var out []string
	for i := range values {
		if keep(&values[i]) {
			out = append(out, values[i].Name)
		}
	}
	return out
}

func all(*secret.Value) bool { return true }

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\ngot  %q\nwant %q", what, got, want)
	}
}

func TestValuesOfModeTerraform(t *testing.T) {
	values := secret.Values(inputs(nil))
	expect(t, "all", names(values, all),
		"git_private_key", "grafana_admin_password", "hcloud_token", "registry_password", "s3_access_key", "s3_secret_key", "shop_mail_password", "ssh_private_key")
	expect(t, "keys of cloud-secrets", names(values, func(v *secret.Value) bool { return v.Cluster }),
		"grafana_admin_password", "s3_access_key", "shop_mail_password")
	expect(t, "delivered", names(values, func(v *secret.Value) bool { return v.Delivered }),
		"git_private_key", "grafana_admin_password", "registry_password", "s3_access_key", "shop_mail_password")
	for i := range values {
		if values[i].Name == secret.S3AccessKey {
			expect(t, "a shared value is one value with all that need it", values[i].NeededBy, "Terraform", "service dumps")
			expect(t, "Terraform's backend reads it", values[i].Environment, "AWS_ACCESS_KEY_ID")
		}
	}
}

func TestValuesOfModeSOPS(t *testing.T) {
	values := secret.Values(inputs(func(in *model.Inputs) {
		in.Cloud.Secrets.Mode = model.SecretsSOPS
		in.Cloud.Git.URL = "https://git.example.org/cloud.git"
	}))
	expect(t, "all", names(values, all),
		"git_password", "hcloud_token", "registry_password", "s3_access_key", "s3_secret_key", "sops_age_key", "ssh_private_key")
	expect(t, "keys of cloud-secrets", names(values, func(v *secret.Value) bool { return v.Cluster }))
}

func TestGitHubName(t *testing.T) {
	v := secret.Value{Name: "shop_mail_password"}
	if got := v.GitHubName(); got != "SHOP_MAIL_PASSWORD" {
		t.Error(got)
	}
}
