package check

import (
	"encoding/base64"
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// cluster checks the machine, its network and its keys.
func (c *checker) cluster() {
	cl := &c.in.Cluster
	if len(cl.Servers) != 1 {
		hint(c.errorf(ruleNetwork, cl.At.Position("servers"), "cluster %q has %d servers: one node is what lvsgen renders", cl.Name, len(cl.Servers)),
			"write one server; a larger type is the way to grow")
	}
	subnet := c.prefix(cl.Network.Subnet, cl.At.Position("network", "subnet"))
	whole := c.prefix(cl.Network.Range, cl.At.Position("network", "range"))
	if subnet.IsValid() && whole.IsValid() && (!whole.Contains(subnet.Addr()) || subnet.Bits() < whole.Bits()) {
		hint(c.errorf(ruleNetwork, cl.At.Position("network", "subnet"), "subnet %s is not inside range %s", subnet, whole), "choose a subnet of the range")
	}
	address, err := netip.ParseAddr(cl.Network.Address)
	switch {
	case err != nil:
		hint(c.errorf(ruleNetwork, cl.At.Position("network", "address"), "address %q is not an IP address", cl.Network.Address), "write an address inside subnet %s", cl.Network.Subnet)
	case subnet.IsValid() && (!subnet.Contains(address) || address == subnet.Addr() || address == subnet.Addr().Next()):
		hint(c.errorf(ruleNetwork, cl.At.Position("network", "address"), "address %s cannot be the node's in subnet %s", address, subnet),
			"choose one inside it; the first two belong to the network and to Hetzner's gateway")
	}
	if cl.UpgradeWindow.From >= cl.UpgradeWindow.To {
		hint(c.errorf(ruleFormat, cl.At.Position("upgradeWindow"), "the upgrade window ends (%s) before it begins (%s)", cl.UpgradeWindow.To, cl.UpgradeWindow.From),
			"a window lies within one day; choose from and to accordingly")
	}
	if _, err := time.LoadLocation(cl.UpgradeWindow.TimeZone); err != nil {
		hint(c.errorf(ruleFormat, cl.At.Position("upgradeWindow", "timeZone"), "time zone %q does not exist", cl.UpgradeWindow.TimeZone), "write a name of the IANA database such as \"Europe/London\"")
	}
	for _, name := range slices.Sorted(maps.Keys(cl.SSHKeys)) {
		if !validSSHKey(cl.SSHKeys[name]) {
			hint(c.errorf(ruleFormat, cl.At.Position("sshKeys", name), "ssh key %q is damaged: its body is not the key that its type says", name), "copy the line of the .pub file again")
		}
	}
	if len(cl.SSHKeys) == 0 {
		hint(c.errorf(ruleFormat, cl.At.Position("sshKeys"), "cluster %q has no ssh key: nobody could log in", cl.Name), "add the line of a .pub file")
	}
}

// validSSHKey compares the type in clear with the one inside the body (RFC 4253, section 6.6: a length and a name).
func validSSHKey(line string) bool {
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return false
	}
	body, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil || len(body) < 4 {
		return false
	}
	n := binary.BigEndian.Uint32(body)
	return uint64(len(body)) > 4+uint64(n) && string(body[4:4+n]) == fields[0]
}
