// Package version says which lvsgen this is.
package version

import "runtime/debug"

// Release is the version of this source tree.
const Release = "0.1.0"

// Schema is the newest generation of the inputs (schemaVersion) that this lvsgen reads.
const Schema = 1

// Commit gives the commit that the binary was built from, as far as the Go tool recorded it.
func Commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
