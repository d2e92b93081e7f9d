module github.com/lvs-cloud/lvsgen/tools/apis/pins/kubernetes-1.35

go 1.26.0
require k8s.io/kubernetes v1.35.4
require k8s.io/api v0.35.4
