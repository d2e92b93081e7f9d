# frozen_string_literal: true

require_relative "json_response"
require_relative "metrics"
require_relative "unavailable"

module RubyDemoApp
  # The endpoints. It puts the matched route into the Rack environment under
  # ROUTE, so that nobody has to use a path from outside as a metric label.
  class Application
    ROUTE = "ruby_demo_app.route"

    ROUTES = {
      "/" => { "GET" => :hello },
      "/healthz" => { "GET" => :live },
      "/readyz" => { "GET" => :ready },
      "/metrics" => { "GET" => :expose_metrics },
      "/visits" => { "GET" => :list_visits, "POST" => :record_visit }
    }.freeze

    # database is nil when the app runs without one.
    def initialize(version:, metrics:, database:)
      @version = version
      @metrics = metrics
      @database = database
    end

    def call(env)
      path = env["PATH_INFO"].empty? ? "/" : env["PATH_INFO"]
      actions = ROUTES[path]
      return JSONResponse.build(404, { error: "not found" }) unless actions

      env[ROUTE] = path
      action = actions[env["REQUEST_METHOD"] == "HEAD" ? "GET" : env["REQUEST_METHOD"]]
      action ? send(action) : method_not_allowed(actions.keys)
    end

    private

    def hello
      [200, { "content-type" => "text/plain; charset=utf-8" }, ["Hello from ruby-demo-app #{@version}\n"]]
    end

    # Only says that the process answers. It must not ask the database: an
    # outage there would make Kubernetes restart healthy pods.
    def live
      JSONResponse.build(200, { status: "ok" })
    end

    def ready
      @database&.ping
      JSONResponse.build(200, { status: "ok" })
    end

    def expose_metrics
      [200, { "content-type" => Metrics::CONTENT_TYPE }, [@metrics.to_text]]
    end

    def list_visits
      JSONResponse.build(200, database.visits)
    end

    def record_visit
      JSONResponse.build(201, database.record_visit)
    end

    def database
      @database || raise(Unavailable, "no database configured")
    end

    def method_not_allowed(methods)
      methods += ["HEAD"] if methods.include?("GET")
      JSONResponse.build(405, { error: "method not allowed" }, { "allow" => methods.sort.join(", ") })
    end
  end
end
