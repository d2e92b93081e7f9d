// Package schema carries the CUE schema inside the binary.
package schema

import "embed"

// Files are the schema's CUE files: the packages schema, schema/catalog, what the catalog is made of (alerting, dashboards) and
// schema/format.
//
//go:embed *.cue alerting/*.cue catalog/*.cue dashboards/*.cue format/*.cue
var Files embed.FS

// ImportPath is where user files import the schema from.
const ImportPath = "github.com/lvs-cloud/lvsgen/schema"
