module github.com/lvs-cloud/lvsgen/tools/apis/pins/kubernetes-1.36

go 1.26.0
require k8s.io/kubernetes v1.36.3
require k8s.io/api v0.36.3
