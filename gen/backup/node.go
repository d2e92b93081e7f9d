package backup

import "github.com/lvs-cloud/lvsgen/gen/model"

// node gives what is kept outside of Kubernetes' claims: on the block volume beside them, and in the object storage. All
// of it can be made anew from what is elsewhere.
func node(in *model.Inputs) []Row {
	return []Row{
		{
			Owner: "node", Of: "k3s's database", By: None,
			Restore: "Flux makes the cluster anew from " + in.Cloud.Git.URL,
		},
		{
			Owner: "node", Of: "images of the registry " + in.Cloud.Registry.Host, By: None,
			Restore: "built anew: push the tags again",
		},
		{
			Owner: "Terraform", Of: "its state in s3://" + in.Cloud.S3.Buckets.State, By: None,
			Restore: "an earlier version of the object, where the bucket keeps versions; or terraform import",
		},
	}
}
