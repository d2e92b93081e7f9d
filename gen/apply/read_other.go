//go:build !linux

package apply

import (
	"os"

	"github.com/lvs-cloud/lvsgen/gen/plan"
)

// openDir opens the directory name, whose last part is part.
func (d *Dir) openDir(_ *handle, _, name string) (*os.File, error) { return d.open[0].root.Open(name) }

// read gives the content of the file base of h.
func (d *Dir) read(h *handle, base string) ([]byte, error) {
	root, err := d.write(h.name)
	if err != nil {
		return nil, err
	}
	return root.ReadFile(base)
}

// list gives the entries of h.
func (d *Dir) list(h *handle) ([]plan.Entry, error) {
	entries, err := h.dir.ReadDir(-1)
	out := make([]plan.Entry, len(entries))
	for i, e := range entries {
		out[i] = plan.Entry{Name: e.Name(), Kind: kindOf(e.Type())}
	}
	return out, err
}
