package registry

import (
	"strings"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// pods is k3s's default range of pods (docs.k3s.io, "cluster-cidr"). Traefik comes from there.
const pods = "10.42.0.0/16"

// caddy is the Caddyfile. The ports are those of the Service and of Alloy's scrape in schema/catalog.
func caddy(in *model.Inputs) string {
	return strings.NewReplacer(
		"@ADDRESS@", in.Cluster.Network.Address,
		"@EMAIL@", in.Cloud.ACMEEmail,
		"@HOST@", in.Cloud.Registry.Host,
		"@PODS@", pods,
		"@USERS@", users,
	).Replace(caddyTemplate)
}

const caddyTemplate = `{
	admin unix//run/caddy/admin.sock
	persist_config off
	storage file_system /srv/data/caddy
	email @EMAIL@
	# Never the public address: what comes from outside comes through Traefik, which has 80 and 443.
	default_bind @ADDRESS@
	http_port 8080
	https_port 8443
	# A large layer may be on its way when the configuration is read again.
	grace_period 30s
	servers @ADDRESS@:8443 {
		protocols h1 h2
		listener_wrappers {
			# Traefik tells the client's address. Who else says one is refused.
			proxy_protocol {
				timeout 5s
				allow @PODS@ @ADDRESS@/32
				fallback_policy reject
			}
			tls
		}
		timeouts {
			# A body has no limit, in size and time.
			read_header 30s
			idle 5m
		}
	}
	servers @ADDRESS@:8080 {
		protocols h1
	}
	servers @ADDRESS@:8081 {
		protocols h1
	}
}

@HOST@ {
	tls {
		issuer acme {
			# The challenge that Traefik passes on is HTTP-01.
			disable_tlsalpn_challenge
		}
	}
	log {
		output stderr
		format filter {
			request>headers>Authorization delete
			request>tls delete
			resp_headers delete
			wrap json
		}
	}
	basic_auth bcrypt registry {
		import @USERS@
	}
	reverse_proxy 127.0.0.1:5000 {
		header_up -Authorization
		# The registry is away for a moment when it restarts.
		lb_try_duration 20s
		lb_try_interval 250ms
	}
}

# The registry's metrics for Alloy, without the rest of its debug server.
http://:8081 {
	@alloy {
		path /metrics
		remote_ip @PODS@ @ADDRESS@
	}
	handle @alloy {
		reverse_proxy 127.0.0.1:5001
	}
	handle {
		respond 404
	}
}
`
