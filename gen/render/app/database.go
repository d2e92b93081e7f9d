package app

import (
	_ "embed"
	"strconv"

	"github.com/lvs-cloud/lvsgen/gen/kube"
	"github.com/lvs-cloud/lvsgen/gen/model"
)

// The images of the database Job. psql must not be much older than the server; kubectl applies nothing but Secrets, so
// its version need not follow the cluster's.
const (
	psqlImage    = "docker.io/library/postgres:18.6-alpine3.24"
	kubectlImage = "registry.k8s.io/kubectl:v1.36.4"
)

// postgresUser is the numeric user "postgres" of the image's Alpine variants
// (https://github.com/docker-library/postgres, Dockerfile-alpine.template). Both containers run as it: what psql writes
// for the user alone, kubectl must read.
const postgresUser = 70

//go:embed database.sh
var databaseScript string

const databaseComment = `# A Job that makes the app's role and database where they are absent and writes their password to the Secrets of the
# same name in the namespaces of the database and of the app. Flux runs it anew when this file changes; delete the Job to
# have it run once more, and the Secret in the database's namespace before it to change the password.
`

// databaseObjects are the Job and what it may do. It runs in the namespace of the database, next to the password of the
// server's administrator, and reaches into the app's namespace for one Secret only.
func databaseObjects(s *model.Shared, a *model.App) ([]any, error) {
	service := s.Cluster.Provider(model.CapabilityDatabase)
	if service == nil || service.Database == nil {
		return nil, refuse(a, []string{"database"}, "app %q has a database, but no service of the cluster names a database server", a.Name)
	}
	own := service.Namespace
	account := kube.Object("v1", "ServiceAccount", own, a.DatabaseName()).
		Set("automountServiceAccountToken", false)
	docs := append([]any{account}, secretAccess(a, own, own)...)
	if a.Namespace != own {
		docs = append(docs, secretAccess(a, a.Namespace, own)...)
	}
	return append(docs, databaseJob(a, service)), nil
}

// secretAccess lets the Job write its Secret in namespace. Server-side apply asks for create by name too, so one name is
// enough (k8s.io/apiserver v0.36, endpoints/handlers/patch.go).
func secretAccess(a *model.App, namespace, own string) []any {
	name := a.DatabaseName()
	role := kube.Object("rbac.authorization.k8s.io/v1", "Role", namespace, name).
		Set("rules", []kube.Map{kube.M(
			"apiGroups", []string{""},
			"resources", []string{"secrets"},
			"resourceNames", []string{name},
			"verbs", []string{"get", "create", "patch"},
		)})
	binding := kube.Object("rbac.authorization.k8s.io/v1", "RoleBinding", namespace, name).
		Set("roleRef", kube.M("apiGroup", "rbac.authorization.k8s.io", "kind", "Role", "name", name)).
		Set("subjects", []kube.Map{kube.M("kind", "ServiceAccount", "name", name, "namespace", own)})
	return []any{role, binding}
}

func databaseJob(a *model.App, service *model.Service) kube.Map {
	name := a.DatabaseName()
	labels := kube.M("app.kubernetes.io/name", name)
	pod := kube.M(
		"serviceAccountName", name,
		"automountServiceAccountToken", false,
		"enableServiceLinks", false,
		"restartPolicy", "OnFailure",
		"securityContext", kube.M(
			"runAsNonRoot", true,
			"runAsUser", postgresUser,
			"runAsGroup", postgresUser,
			"fsGroup", postgresUser,
			"seccompProfile", kube.M("type", "RuntimeDefault"),
		),
		"initContainers", []kube.Map{psqlContainer(a, service)},
		"containers", []kube.Map{kubectlContainer()},
		"volumes", jobVolumes(name),
	)
	return kube.M(
		"apiVersion", "batch/v1",
		"kind", "Job",
		"metadata", kube.M(
			"name", name,
			"namespace", service.Namespace,
			"labels", labels,
			"annotations", kube.M(
				neverSubstitute, "disabled", // the shell's variables are not Flux's
				"kustomize.toolkit.fluxcd.io/force", "Enabled",
			),
		),
		"spec", kube.M(
			"backoffLimit", 30,
			"template", kube.M("metadata", kube.M("labels", labels), "spec", pod),
		),
	)
}

// psqlContainer has no token for the API server, and kubectlContainer has no password of the administrator.
func psqlContainer(a *model.App, service *model.Service) kube.Map {
	admin := service.Database.AdminSecret
	value := func(name, value string) kube.Map { return kube.M("name", name, "value", value) }
	return kube.M(
		"name", "psql",
		"image", psqlImage,
		"command", []string{"sh", "-c", databaseScript},
		"env", []kube.Map{
			value("PGHOST", service.Database.Host),
			value("PGPORT", strconv.Itoa(service.Database.Port)),
			value("PGUSER", "postgres"),
			kube.M("name", "PGPASSWORD", "valueFrom", kube.M("secretKeyRef", kube.M("name", admin.Name, "key", admin.Key))),
			value("PGCONNECT_TIMEOUT", "5"),
			value("APP_NAME", a.Name),
			value("APP_DATABASE", a.Database.Name),
			value("APP_NAMESPACE", a.Namespace),
			value("OWN_NAMESPACE", service.Namespace),
			value("SECRET_NAME", a.DatabaseName()),
			value("CURRENT_DIR", "/current"),
			value("WORK_DIR", "/work"),
			value("WAIT_SECONDS", "300"),
		},
		"resources", jobResources("32Mi"),
		"securityContext", jobConfinement(),
		"volumeMounts", []kube.Map{
			kube.M("name", "current", "mountPath", "/current", "readOnly", true),
			kube.M("name", "work", "mountPath", "/work"),
			kube.M("name", "tmp", "mountPath", "/tmp"),
		},
	)
}

// kubectlContainer applies with kubectl's default field manager, which Flux knows how to take fields over from.
func kubectlContainer() kube.Map {
	return kube.M(
		"name", "kubectl",
		"image", kubectlImage,
		"args", []string{"apply", "--server-side", "--force-conflicts", "-f", "/work"},
		"env", []kube.Map{kube.M("name", "HOME", "value", "/tmp")},
		"resources", jobResources("64Mi"),
		"securityContext", jobConfinement(),
		"volumeMounts", []kube.Map{
			kube.M("name", "work", "mountPath", "/work", "readOnly", true),
			kube.M("name", "tmp", "mountPath", "/tmp"),
			kube.M("name", "token", "mountPath", "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly", true),
		},
	)
}

func jobResources(memory string) kube.Map {
	return kube.M(
		"requests", kube.M("cpu", "10m", "memory", memory),
		"limits", kube.M("memory", "128Mi"),
	)
}

func jobConfinement() kube.Map {
	return kube.M(
		"allowPrivilegeEscalation", false,
		"readOnlyRootFilesystem", true,
		"capabilities", kube.M("drop", []string{"ALL"}),
	)
}

// jobVolumes are the password of an earlier run, the way from one container to the other, which never touches a disk,
// and the token that a pod is otherwise given in all its containers.
func jobVolumes(secret string) []kube.Map {
	return []kube.Map{
		kube.M("name", "current", "secret", kube.Map{}.
			Set("secretName", secret).
			Set("optional", true).
			Marked("defaultMode", 0o440, "0440")),
		kube.M("name", "work", "emptyDir", kube.M("medium", "Memory", "sizeLimit", "1Mi")),
		kube.M("name", "tmp", "emptyDir", kube.M()),
		kube.M("name", "token", "projected", kube.M(
			"sources", []kube.Map{
				kube.M("serviceAccountToken", kube.M("path", "token", "expirationSeconds", 3600)),
				kube.M("configMap", kube.M("name", "kube-root-ca.crt",
					"items", []kube.Map{kube.M("key", "ca.crt", "path", "ca.crt")})),
				kube.M("downwardAPI", kube.M("items", []kube.Map{
					kube.M("path", "namespace", "fieldRef", kube.M("fieldPath", "metadata.namespace")),
				})),
			},
		)),
	}
}
