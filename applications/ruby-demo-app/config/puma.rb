# frozen_string_literal: true

require "rack/utils"

require_relative "../lib/ruby_demo_app/json_log"
require_relative "../lib/ruby_demo_app/json_response"

environment "production"
bind "tcp://0.0.0.0:#{Integer(ENV.fetch("PORT", "4567"), 10)}"

# One process: the metrics live in its memory. More load means more replicas.
workers 0
threads 1, 5

# On SIGTERM Puma stops listening and finishes what is in flight. Kubernetes
# kills after 30 s (terminationGracePeriodSeconds), so give up a little earlier.
force_shutdown_after 25
raise_exception_on_sigterm false

# Longer than Traefik keeps an idle connection (90 s), else it may send a
# request down one that Puma is just closing, and answers 502.
persistent_timeout 95

# No endpoint reads a body; Puma would spool a large one to /tmp. In bytes;
# older versions of Puma have no such limit.
http_content_length_limit 64 * 1024 if respond_to?(:http_content_length_limit)

log_formatter { |text| RubyDemoApp::JSONLog.line("info", text) }

# For what fails outside the app, such as a request that cannot be parsed. The
# leading :: is needed, since a plain Rack would be Puma::Rack in this file.
lowlevel_error_handler do |_error, _env, status|
  RubyDemoApp::JSONResponse.build(status, { error: ::Rack::Utils::HTTP_STATUS_CODES.fetch(status, "error").downcase })
end
