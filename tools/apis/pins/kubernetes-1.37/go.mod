module github.com/lvs-cloud/lvsgen/tools/apis/pins/kubernetes-1.37

go 1.26.0
require k8s.io/kubernetes v1.37.2
require k8s.io/api v0.37.2
