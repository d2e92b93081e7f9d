package load

import (
	"net/url"
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// gitHubHostKey is GitHub's ed25519 host key (docs.github.com, "GitHub's SSH key fingerprints", 2023-03).
const gitHubHostKey = "github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"

// complete fills in the defaults that depend on other parts of the inputs.
func complete(in *model.Inputs) {
	if git := &in.Cloud.Git; git.KnownHosts == "" {
		if u, err := url.Parse(git.URL); err == nil && u.Scheme == "ssh" && u.Hostname() == "github.com" {
			git.KnownHosts = gitHubHostKey
		}
	}
	if in.Cloud.DNS.Zone == "" {
		in.Cloud.DNS.Zone = in.Cloud.Domain
	}
	completeGitHub(&in.Cloud)
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

// completeGitHub turns on what is written for GitHub when the repository is there, and the inputs do not say otherwise.
func completeGitHub(cloud *model.Cloud) {
	u, err := url.Parse(cloud.Git.URL)
	hosted := err == nil && strings.EqualFold(u.Hostname(), "github.com")
	w := &cloud.GitHub.Workflows
	for _, field := range []**bool{&w.Build, &w.Infrastructure, &w.Rebuild, &w.Validate, &cloud.GitHub.Renovate} {
		if *field == nil {
			*field = &hosted
		}
	}
}
