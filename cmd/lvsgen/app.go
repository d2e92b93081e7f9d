package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/lvs-cloud/lvsgen/gen/diag"
	"github.com/lvs-cloud/lvsgen/gen/generate"
	"github.com/lvs-cloud/lvsgen/gen/load"
	"github.com/lvs-cloud/lvsgen/gen/report"
)

// appFlags are what app new writes into the file.
type appFlags struct {
	host, version, repository string
	port                      int
	storage, path             string
	database                  bool
}

func appCommand(dir *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "app",
		Short: "Work with the apps of the cloud",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var flags appFlags
	create := &cobra.Command{
		Use:     "new NAME",
		Short:   "Write applications/NAME/app.cue, the one file of a new app",
		Long:    "New writes the one file that a new app needs. It is checked as render would check it; nothing is written when it is not right.",
		Example: "  lvsgen app new shop --host shop.example.org --port 8080",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return hinted{fmt.Errorf("app new takes the name of one app, not %d", len(args)), "such as: lvsgen app new shop --host shop.example.org --port 8080"}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root, err := findRoot(*dir)
			if err != nil {
				return err
			}
			return newApp(cmd.Context(), cmd.OutOrStdout(), root, args[0], flags)
		},
	}
	create.Flags().StringVar(&flags.host, "host", "", "public host `name`; TLS comes with it")
	create.Flags().IntVar(&flags.port, "port", 0, "the port that the program listens on")
	create.Flags().StringVar(&flags.version, "version", "1.0.0", "the image's `version` to start from")
	create.Flags().StringVar(&flags.repository, "image", "", "the `image` without tag (default: <registry>/NAME)")
	create.Flags().StringVar(&flags.storage, "storage", "", "the `size` of a volume, such as 1Gi; needs --path")
	create.Flags().StringVar(&flags.path, "path", "", "the `directory` that the volume is mounted at")
	create.Flags().BoolVar(&flags.database, "database", false, "a database of its own")
	cmd.AddCommand(create)
	return cmd
}

// newApp is the verb app new.
func newApp(_ context.Context, stdout io.Writer, dir, name string, flags appFlags) error {
	if (flags.storage == "") != (flags.path == "") {
		return hinted{errors.New("--storage and --path go together"), "such as: --storage 1Gi --path /data"}
	}
	file := path.Join("applications", name, "app.cue")
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\") || !filepath.IsLocal(file) {
		return hinted{fmt.Errorf("%q cannot be the name of an app", name), "lower-case letters, digits and '-', starting with a letter"}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if _, err := root.Lstat(file); err == nil {
		return hinted{fmt.Errorf("%s exists already", file), "edit it, or choose another name"}
	}
	if strings.ContainsFunc(flags.host+flags.version+flags.repository+flags.storage+flags.path, unicode.IsControl) {
		return errors.New("a flag holds a control character")
	}
	content := appFile(name, flags)
	if err := checkNew(stdout, root.FS(), name, file, content); err != nil {
		return err
	}
	if err := root.MkdirAll(path.Dir(file), 0o755); err != nil {
		return err
	}
	if err := root.WriteFile(file, content, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "wrote %s\nnext: lvsgen render\n", file)
	return nil
}

// checkNew judges the new file in its place before it is there. What was wrong before does not count: it is not about
// the new file.
func checkNew(stdout io.Writer, root fs.FS, name, file string, content []byte) error {
	bounds, err := limits()
	if err != nil {
		return err
	}
	_, before, _, err := generate.Tree(root, load.Options{Limits: bounds})
	if err != nil {
		return err
	}
	if before != nil {
		for i := range before.Apps {
			if before.Apps[i].Name == name {
				return hinted{fmt.Errorf("app %q exists already: %s declares it", name, before.Apps[i].Source), "edit it there, or choose another name"}
			}
		}
	}
	with := withFile{FS: root, name: file, content: content}
	_, model, findings, err := generate.Tree(with, load.Options{Limits: bounds})
	if err != nil {
		return err
	}
	own := slices.DeleteFunc(slices.Clone(findings.Sorted()), func(f diag.Finding) bool {
		return f.Severity != diag.Error || f.File != file && !slices.ContainsFunc(f.Related, func(r diag.Related) bool { return r.File == file })
	})
	if len(own) == 0 {
		if model != nil {
			return nil
		}
		own = findings.Sorted() // nothing can be said of the new file while the others cannot be read
	}
	report.Text(stdout, own, with, colored(stdout))
	fmt.Fprintln(stdout, "nothing was written")
	return exitCode(exitFindings)
}

// appFile is the text of a new app.cue.
func appFile(name string, flags appFlags) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "package cloud\n\napps: %s: {\n", strconv.Quote(name))
	if flags.host != "" {
		fmt.Fprintf(&b, "\thost: %s\n", strconv.Quote(flags.host))
	}
	if flags.port != 0 {
		fmt.Fprintf(&b, "\tport: %d\n", flags.port)
	}
	if flags.repository != "" {
		fmt.Fprintf(&b, "\timage: {\n\t\trepository: %s\n\t\tversion:    %s\n\t}\n", strconv.Quote(flags.repository), strconv.Quote(flags.version))
	} else {
		fmt.Fprintf(&b, "\timage: version: %s\n", strconv.Quote(flags.version))
	}
	if flags.storage != "" {
		fmt.Fprintf(&b, "\tstorage: {\n\t\tsize: %s\n\t\tpath: %s\n\t}\n", strconv.Quote(flags.storage), strconv.Quote(flags.path))
	}
	if flags.database {
		b.WriteString("\tdatabase: {}\n")
	}
	b.WriteString("}\n")
	return []byte(b.String())
}
