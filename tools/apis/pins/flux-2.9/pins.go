// Package pins names the types of Flux 2.9, of the controller that test/crds does not pin, so that go.mod and go.sum hold all that they need. Nothing runs it.
package pins

import _ "github.com/fluxcd/source-watcher/api/v2/v1beta1"
