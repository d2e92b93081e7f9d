// Package pins names the types of k3s, so that go.mod and go.sum hold all that they need. Nothing runs it.
package pins

import _ "github.com/k3s-io/api/k3s.cattle.io/v1"
