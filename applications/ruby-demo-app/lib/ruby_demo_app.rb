# frozen_string_literal: true

require "rack"

require_relative "ruby_demo_app/application"
require_relative "ruby_demo_app/error_responses"
require_relative "ruby_demo_app/json_log"
require_relative "ruby_demo_app/metrics"
require_relative "ruby_demo_app/request_observer"

# A small web application that shows what an app in the cloud has to offer:
# probes, metrics, structured logs and, when it is given one, a database.
module RubyDemoApp
  # Loaded at its first use: without a database the app needs neither the pg
  # gem nor libpq.
  autoload :Database, File.expand_path("ruby_demo_app/database", __dir__)

  # Builds the Rack app from APP_VERSION and DATABASE_URL. An empty variable
  # counts as absent, because a chart renders an unset value as "".
  def self.from_environment(environment, output: $stdout)
    output.sync = true
    version = setting(environment, "APP_VERSION") || "dev"
    metrics = Metrics.new(version: version)
    log = JSONLog.new(output)
    url = setting(environment, "DATABASE_URL")

    application = Application.new(version: version, metrics: metrics, database: url && Database.new(url))
    guarded = ErrorResponses.new(Rack::Head.new(application), log: log)
    RequestObserver.new(guarded, log: log, metrics: metrics)
  end

  def self.setting(environment, name)
    value = environment[name].to_s
    value unless value.empty?
  end

  private_class_method :setting
end
