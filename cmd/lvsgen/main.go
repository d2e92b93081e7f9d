// Command lvsgen renders a private cloud from CUE to a Flux monorepo, and checks what is committed.
//
// This folder holds one file per verb: flags, exit codes and nothing else. The work is in gen.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// Exit codes.
const (
	exitClean    = 0
	exitFindings = 1 // findings, drift, or, as a hook, files that were written
	exitUsage    = 2 // wrong usage, or an error of lvsgen or of the machine
)

func main() {
	tuneGC()
	os.Exit(run(os.Args[1:]))
}

// tuneGC trades memory for time: the process is short, and CUE allocates much that lives as long as a batch
// (docs/performance.md). Above the soft limit the collector works as hard as ever. GOGC in the environment wins.
func tuneGC() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(1 << 30)
	}
}

// run is the command without the process around it.
func run(args []string) int {
	root := rootCommand()
	root.SetArgs(args)
	// Signals are left alone: an evaluation cannot be cancelled, and a kill at any moment is safe (gen/apply).
	err := root.ExecuteContext(context.Background())
	if code := exitCode(0); errors.As(err, &code) {
		return int(code)
	}
	if err != nil {
		fmt.Fprintf(root.ErrOrStderr(), "error: %v\n", err)
		if h := hintError(nil); errors.As(err, &h) {
			fmt.Fprintf(root.ErrOrStderr(), "hint: %s\n", h.Hint())
		}
		return exitUsage
	}
	return exitClean
}

// hintError is an error that knows the way out.
type hintError interface {
	error
	Hint() string
}

// hinted adds the way out to an error.
type hinted struct {
	error
	hint string
}

func (h hinted) Hint() string  { return h.hint }
func (h hinted) Unwrap() error { return h.error }

// exitCode ends the process with a code when everything has been said already.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

func rootCommand() *cobra.Command {
	var dir string
	root := &cobra.Command{
		Use:   "lvsgen",
		Short: "Render a private cloud from CUE to a Flux monorepo",
		Long: "lvsgen renders a private cloud (k3s on Hetzner, Flux) from a few CUE files to the whole GitOps repository.\n\n" +
			"Exit codes: 0 nothing to do, 1 findings or drift, 2 wrong usage or an error.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().StringVarP(&dir, "dir", "C", "", "the cloud's repository (default: the nearest folder above that has a cloud.cue)")
	_ = root.MarkPersistentFlagDirname("dir")
	root.AddCommand(renderCommand(&dir), capacityCommand(&dir), initCommand(), appCommand(&dir), costCommand(&dir), backupsCommand(&dir), versionCommand(), validateCommand(&dir), rulesCommand(), explainCommand(), secretsCommand(&dir), imageCommand(&dir), chartsCommand(&dir), schemaCommand(&dir))
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return hinted{err, fmt.Sprintf("see: %s --help", cmd.CommandPath())}
	})
	return root
}

// terminal tells whether a stream is a terminal.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// colored tells whether to color what is written to w (https://no-color.org).
func colored(w io.Writer) bool { return os.Getenv("NO_COLOR") == "" && terminal(w) }
