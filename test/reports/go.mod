// The schemas of report formats, as others publish them: the judges of what gen/report writes. A module of its own: it only
// reads files of these modules.
module github.com/lvs-cloud/lvsgen/test/reports

go 1.26.0

require (
	github.com/lvs-cloud/lvsgen v0.0.0
	github.com/owenrumney/go-sarif/v3 v3.3.1 // carries the schema of SARIF 2.1.0 (OASIS, errata 01)
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3
	github.com/yannh/kubeconform v0.8.0 // carries the schema of JUnit XML that Jenkins uses
)

require (
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	github.com/xeipuuv/gojsonpointer v0.0.0-20180127040702-4e3ac2762d5f // indirect
	github.com/xeipuuv/gojsonreference v0.0.0-20180127040603-bd5ef7bd5415 // indirect
	github.com/xeipuuv/gojsonschema v1.2.0 // indirect
	go.yaml.in/yaml/v2 v2.4.4 // indirect
	golang.org/x/text v0.41.0 // indirect
	k8s.io/kube-openapi v0.0.0-20260721132016-d427ff9ee9ad // indirect
	k8s.io/utils v0.0.0-20260626114624-be93311217bd // indirect
	sigs.k8s.io/yaml v1.6.0 // indirect
)

replace github.com/lvs-cloud/lvsgen => ../..
