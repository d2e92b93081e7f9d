package unit

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"path"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// folderApps is the most apps whose image objects one folder holds: the time of a kustomize build grows with the square
// of the number of its objects.
const folderApps = 100

// automation cuts image automation into units: one up to folderApps apps, and above that one of what all share and one
// per folder. An app's objects may change their folder when the number of apps passes a border. That is harmless: they
// hold no data, Flux prunes only what still carries the label of the unit that lost it, and an object that is made
// anew finds the same tags again.
func (c *cutter) automation() {
	var followed []*model.App
	for _, a := range sortedApps(c.in) {
		if !a.Image.Pin {
			followed = append(followed, a)
		}
	}
	if len(followed) == 0 {
		return
	}
	base := Unit{Kind: ImageAutomation, Name: imageAutomationName, Path: imageAutomationPath, Secrets: true}
	if len(followed) <= folderApps {
		base.Apps = followed
		c.units = append(c.units, base)
		return
	}
	c.units = append(c.units, base)
	for i, apps := range shards(followed) {
		if len(apps) == 0 {
			continue
		}
		c.units = append(c.units, Unit{
			Kind: ImageShard, Name: fmt.Sprintf("%s-%02x", imageAutomationName, i),
			Path: path.Join(imageAutomationPath, fmt.Sprintf("%02x", i)), Apps: apps,
		})
	}
}

// shards parts the apps by the hash of their name modulo the smallest power of two that leaves no part with more than
// folderApps. It depends on nothing but the names.
func shards(apps []*model.App) [][]*model.App {
	hashes := make([]uint64, len(apps))
	for i, a := range apps {
		sum := sha256.Sum256([]byte(a.Name))
		hashes[i] = binary.BigEndian.Uint64(sum[:])
	}
	for n := uint64(2); ; n *= 2 {
		parts, fits := make([][]*model.App, n), true
		for i, a := range apps {
			at := hashes[i] % n
			parts[at] = append(parts[at], a)
			fits = fits && len(parts[at]) <= folderApps
		}
		if fits {
			return parts
		}
	}
}
