# frozen_string_literal: true

require_relative "application"
require_relative "trace_context"

module RubyDemoApp
  # Counts, times and logs every request.
  class RequestObserver
    # Methods that may become a label. A client can invent others, and each
    # would be a new time series.
    METHODS = %w[GET HEAD POST PUT PATCH DELETE OPTIONS].freeze

    # Called every few seconds by machines; only their failures are news.
    QUIET_ROUTES = %w[/healthz /readyz /metrics].freeze

    # Keeps a log line far below the limits of container runtimes and Loki.
    LOGGED_PATH_BYTES = 512

    def initialize(app, log:, metrics:)
      @app = app
      @log = log
      @metrics = metrics
    end

    def call(env)
      started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      response = @app.call(env)
      seconds = Process.clock_gettime(Process::CLOCK_MONOTONIC) - started

      observe(env, response[0].to_i, seconds)
      response
    end

    private

    def observe(env, status, seconds)
      route = env[Application::ROUTE]
      method = env["REQUEST_METHOD"]
      @metrics.observe_request(
        method: METHODS.include?(method) ? method : "other",
        path: route || "unmatched", status: status, seconds: seconds
      )
      return if QUIET_ROUTES.include?(route) && status < 400

      # The query string stays out: it may hold a secret.
      @log.info("request", trace_id: TraceContext.trace_id(env), method: method,
                           path: env["PATH_INFO"].byteslice(0, LOGGED_PATH_BYTES),
                           status: status, duration_ms: (seconds * 1000).round(3))
    end
  end
end
