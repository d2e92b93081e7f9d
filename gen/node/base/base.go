// Package base is what every node has, whatever runs on it: keys instead of passwords, security updates and the restart
// that they need, a journal that survives the restart, swap, and a closed metadata address.
package base

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/lvs-cloud/lvsgen/gen/model"
	"github.com/lvs-cloud/lvsgen/gen/node"
)

//go:embed files
var files embed.FS

//go:embed setup.sh
var setup string

// Part is what every node has.
func Part(in *model.Inputs) (*node.Part, error) {
	root, err := fs.Sub(files, "files")
	if err != nil {
		return nil, err
	}
	part := &node.Part{
		Name:     "base",
		Packages: []string{"ca-certificates", "curl", "needrestart", "nftables", "unattended-upgrades"},
		Setup:    setup,
		Units:    []string{"lvsgen-metadata.service", "swapfile.swap", "lvsgen-reboot.timer"},
	}
	if part.Files, err = node.Files(root); err != nil {
		return nil, err
	}
	when, err := reboot(in)
	if err != nil {
		return nil, err
	}
	part.Files = append(part.Files, node.File{
		Path: "/etc/systemd/system/lvsgen-reboot.timer", Mode: 0o644, Content: fmt.Sprintf(timer, when),
	})
	return part, nil
}

const timer = `[Unit]
Description=Look whether an update asks for a restart

[Timer]
OnCalendar=%s

[Install]
WantedBy=timers.target
`

// reboot is the middle of the upgrade window, as systemd writes times: the upgrade of k3s, which starts with the window,
// has come first.
func reboot(in *model.Inputs) (string, error) {
	w := in.Cluster.UpgradeWindow
	from, err := minutes(w.From)
	if err != nil {
		return "", err
	}
	to, err := minutes(w.To)
	if err != nil {
		return "", err
	}
	if len(w.Day) < 3 {
		return "", fmt.Errorf("upgrade window: %q is not a day", w.Day)
	}
	at := (from + to) / 2
	// systemd knows days by their first three letters.
	return fmt.Sprintf("%s *-*-* %02d:%02d:00 %s", w.Day[:3], at/60, at%60, w.TimeZone), nil
}

// minutes is a clock such as "03:30" in minutes since midnight.
func minutes(clock string) (int, error) {
	var h, m int
	if _, err := fmt.Sscanf(clock, "%d:%d", &h, &m); err != nil {
		return 0, fmt.Errorf("upgrade window: %q is not a time of the day", clock)
	}
	return h*60 + m, nil
}
