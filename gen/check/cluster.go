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
	c.privateNetwork(whole, subnet)
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
	if cl.SSHHostKey != "" && !validSSHKey(cl.SSHHostKey) {
		hint(c.errorf(ruleFormat, cl.At.Position("sshHostKey"), "the node's host key is damaged: its body is not the key that its type says"), "copy the line of /etc/ssh/ssh_host_ed25519_key.pub again")
	}
	if len(cl.SSHKeys) == 0 {
		hint(c.errorf(ruleFormat, cl.At.Position("sshKeys"), "cluster %q has no ssh key: nobody could log in", cl.Name), "add the line of a .pub file")
	}
}

// private are the networks that Hetzner takes for a private one (RFC 1918).
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
}

// k3sNetworks are those of pods and Services (docs.k3s.io/cli/server, --cluster-cidr and --service-cidr).
var k3sNetworks = map[string]netip.Prefix{
	"pods": netip.MustParsePrefix("10.42.0.0/16"), "Services": netip.MustParsePrefix("10.43.0.0/16"),
}

// privateNetwork checks what Hetzner refuses only when Terraform has begun, and what breaks the cluster's own network.
func (c *checker) privateNetwork(whole, subnet netip.Prefix) {
	at := c.in.Cluster.At
	inside := func(p netip.Prefix) bool { return p.Contains(whole.Addr()) && p.Bits() <= whole.Bits() }
	if whole.IsValid() && !slices.ContainsFunc(private, inside) {
		hint(c.errorf(ruleNetwork, at.Position("network", "range"), "range %s is not a private network: Hetzner refuses it", whole),
			"choose one inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")
	}
	for _, whose := range slices.Sorted(maps.Keys(k3sNetworks)) {
		if subnet.IsValid() && subnet.Overlaps(k3sNetworks[whose]) {
			hint(c.errorf(ruleNetwork, at.Position("network", "subnet"), "subnet %s overlaps %s, the network of k3s's %s", subnet, k3sNetworks[whose], whose),
				"choose another subnet, such as 10.0.1.0/24")
		}
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
