// Command controlplane is a Kubernetes control plane in one binary: its first
// argument names the program to be (etcd, kube-apiserver,
// kube-controller-manager, kube-scheduler), the others are that program's own.
package main

import (
	"fmt"
	"os"
	"strings"
	_ "time/tzdata" // CronJob.spec.timeZone on hosts without a zone database

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

var commands = map[string]func() *cobra.Command{
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllermanager.NewControllerManagerCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
}

func main() {
	if len(os.Args) < 2 {
		usage("no program named")
	}
	program, args := os.Args[1], os.Args[2:]
	// The programs read os.Args and name themselves by its first element.
	os.Args = append([]string{program}, args...)
	if program == "etcd" {
		etcdmain.Main(os.Args)
		return
	}
	command, ok := commands[program]
	if !ok {
		usage(fmt.Sprintf("unknown program %q", program))
	}
	os.Exit(cli.Run(command()))
}

func usage(problem string) {
	names := []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"}
	fmt.Fprintf(os.Stderr, "controlplane: %s, expected one of %s\n", problem, strings.Join(names, ", "))
	os.Exit(2)
}
