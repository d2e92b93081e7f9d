package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/apply"
	"github.com/lvs-cloud/lvsgen/gen/validate"
	"github.com/lvs-cloud/lvsgen/gen/vendored"
	"github.com/lvs-cloud/lvsgen/gen/vendored/pull"
)

// pulls is how many charts are fetched at a time: registries answer slowly, and refuse those who ask too much at once.
const pulls = 4

func chartsCommand(dir *string) *cobra.Command {
	cmd := &cobra.Command{Use: "charts", Short: "Keep the charts of third parties in the repository"}
	cmd.AddCommand(chartsPullCommand(dir), chartsListCommand(dir))
	return cmd
}

type pullFlags struct{ update, plainHTTP bool }

func chartsPullCommand(dir *string) *cobra.Command {
	var flags pullFlags
	cmd := &cobra.Command{
		Use:   "pull [DIR]",
		Short: "Fetch the charts that the releases use, so that validate can render them",
		Long: "Pull fetches the charts of all HelmReleases from their Helm repositories and OCI registries into vendor/charts, and\n" +
			"writes down their digests. Validate then renders those releases without a network. What is there stays; what no\n" +
			"release uses any more is removed. It uses Helm's credentials (helm repo add, helm registry login) and the proxies\n" +
			"of the environment. This is the only command that asks a network.\n\n" +
			"Exit codes: 0 all charts are there, 2 some are not, wrong usage or an error.",
		Example: "  lvsgen charts pull\n  lvsgen charts pull --update",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			at := *dir
			if len(args) == 1 {
				at = args[0]
			}
			return runChartsPull(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), repositoryRoot(at), flags)
		},
	}
	cmd.Flags().BoolVar(&flags.update, "update", false, "look again for the newest version in each range, and fetch every chart anew")
	cmd.Flags().BoolVar(&flags.plainHTTP, "plain-http", false, "ask OCI registries without TLS")
	return cmd
}

func chartsListCommand(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:     "list [DIR]",
		Short:   "Say which charts of third parties the releases use, and which of them are in the repository",
		Example: "  lvsgen charts list",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			at := *dir
			if len(args) == 1 {
				at = args[0]
			}
			all, err := thirdParty(repositoryRoot(at))
			if err != nil {
				return err
			}
			return listCharts(cmd.OutOrStdout(), all)
		},
	}
}

func thirdParty(dir string) (*validate.ThirdParty, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, hinted{fmt.Errorf("cannot read the repository: %w", err), "name a folder: lvsgen charts pull DIR"}
	}
	defer root.Close()
	return validate.Charts(root.FS())
}

func listCharts(w io.Writer, all *validate.ThirdParty) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CHART\tVERSION\tVENDORED\tREPOSITORY\tRELEASES")
	for _, u := range all.Uses {
		var names []string
		for _, r := range u.Releases {
			names = append(names, strings.TrimPrefix(r.Name, "HelmRelease "))
		}
		version, have, repository := "", "no", ""
		if u.Source == nil {
			have = "cannot be"
		} else {
			version, repository = u.Source.Version, u.Source.Repository
			if c, _, ok := all.Lock.Find(*u.Source); ok {
				have = c.Resolved
			}
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", u.Chart, dash(version), have, dash(repository), strings.Join(names, " "))
	}
	return table.Flush()
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// puller fetches the charts of one repository and keeps them there.
type puller struct {
	*pull.Puller
	dir            string
	all            *validate.ThirdParty
	stdout, stderr io.Writer
	mu             sync.Mutex
	failed         int
}

func runChartsPull(ctx context.Context, stdout, stderr io.Writer, dir string, flags pullFlags) error {
	all, err := thirdParty(dir)
	if err != nil {
		return err
	}
	if all.GoModule && strings.HasPrefix(all.Lock.Dir+"/", "vendor/") {
		return hinted{
			fmt.Errorf("%s would break this repository's Go module: the go command takes a folder vendor for its own", all.Lock.Dir),
			"name another folder in lvsgen.yaml, such as: charts: third-party/charts",
		}
	}
	fetcher, err := pull.New()
	if err != nil {
		return err
	}
	fetcher.PlainHTTP = flags.plainHTTP
	wanted := all.Missing()
	if flags.update {
		wanted = nil
		for _, u := range all.Uses {
			if u.Source != nil {
				wanted = append(wanted, *u.Source)
			}
		}
	}
	p := &puller{Puller: fetcher, dir: dir, all: all, stdout: stdout, stderr: stderr}
	p.fetch(ctx, wanted)
	if err := p.prune(ctx); err != nil {
		return err
	}
	p.unknown()
	if p.failed > 0 {
		return exitCode(exitUsage)
	}
	there := 0
	for _, u := range all.Uses {
		if u.Source != nil {
			there++
		}
	}
	fmt.Fprintf(stdout, "%s in %s, %d fetched now\n", count(there, "chart"), all.Lock.Dir, len(wanted))
	return nil
}

// fetch pulls charts side by side. Each is kept as soon as it came: what is interrupted goes on where it was.
func (p *puller) fetch(ctx context.Context, wanted []vendored.Source) {
	var group sync.WaitGroup
	turns := make(chan struct{}, pulls)
	for _, source := range wanted {
		group.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			chart, archive, err := p.Pull(ctx, source)
			if err == nil {
				err = p.keep(ctx, chart, archive)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			if err != nil {
				p.failed++
				p.tell(source, err)
				return
			}
			fmt.Fprintf(p.stdout, "%s %s from %s (%d KiB)\n", chart.Name, chart.Resolved, source.Repository, (len(archive)+1023)>>10)
		})
	}
	group.Wait()
}

// tell says why a chart did not come, at the release that asks for it.
func (p *puller) tell(source vendored.Source, err error) {
	for _, u := range p.all.Uses {
		if u.Source != nil && *u.Source == source {
			fmt.Fprintf(p.stderr, "%s: ", u.Releases[0].At)
			break
		}
	}
	fmt.Fprintln(p.stderr, err)
	if h, ok := errors.AsType[hintError](err); ok && h.Hint() != "" {
		fmt.Fprintln(p.stderr, "  hint:", h.Hint())
	}
}

// keep writes an archive and names it in the lock.
func (p *puller) keep(ctx context.Context, chart vendored.Chart, archive []byte) error {
	return p.locked(ctx, func(repository *apply.Repository, lock *vendored.Lock) error {
		if err := repository.WriteFile(path.Join(lock.Dir, chart.File), archive); err != nil {
			return err
		}
		before, _, _ := lock.Find(chart.Source)
		lock.Charts = slices.DeleteFunc(lock.Charts, func(c vendored.Chart) bool { return c.Source == chart.Source })
		lock.Charts = append(lock.Charts, chart)
		if err := repository.WriteFile(p.all.LockFile(), lock.Encode()); err != nil {
			return err
		}
		return drop(repository, lock, before.File)
	})
}

// locked changes the lock as it is now, while no other lvsgen does.
func (p *puller) locked(ctx context.Context, do func(*apply.Repository, *vendored.Lock) error) error {
	return apply.Locked(ctx, p.dir, true, nil, func(repository *apply.Repository) error {
		lock, _ := vendored.Read(written{repository}, p.all.Lock.Dir)
		return do(repository, lock)
	})
}

// written is the repository as it is on disk now.
type written struct{ *apply.Repository }

func (w written) Has(name string) bool {
	_, err := w.ReadFile(name)
	return !errors.Is(err, fs.ErrNotExist)
}

func (w written) Read(name string) ([]byte, error) { return w.ReadFile(name) }

// prune removes the charts that no release uses any more, and what an older lock left behind.
func (p *puller) prune(ctx context.Context) error {
	return p.locked(ctx, func(repository *apply.Repository, lock *vendored.Lock) error {
		used := *p.all
		used.Lock = lock
		unused := used.Unused()
		if len(unused) == 0 {
			return nil
		}
		lock.Charts = slices.DeleteFunc(lock.Charts, func(c vendored.Chart) bool { return slices.Contains(unused, c) })
		if err := repository.WriteFile(p.all.LockFile(), lock.Encode()); err != nil {
			return err
		}
		for _, c := range unused {
			if err := drop(repository, lock, c.File); err != nil {
				return err
			}
			fmt.Fprintf(p.stdout, "%s %s removed: no release uses it\n", c.Name, c.Resolved)
		}
		return nil
	})
}

// drop removes an archive that no chart of the lock has any more.
func drop(repository *apply.Repository, lock *vendored.Lock, file string) error {
	if file == "" || slices.ContainsFunc(lock.Charts, func(c vendored.Chart) bool { return c.File == file }) {
		return nil
	}
	return repository.RemoveFile(path.Join(lock.Dir, file))
}

// unknown names the charts that cannot be had.
func (p *puller) unknown() {
	for _, u := range p.all.Uses {
		if u.Source != nil {
			continue
		}
		for _, r := range u.Releases {
			fmt.Fprintf(p.stderr, "%s: the chart of %s is not fetched: it comes from no Helm repository or OCI registry that the files name\n", r.At, r.Name)
		}
	}
}
