# frozen_string_literal: true

require "json"
require "minitest/autorun"
require "pg"
require "rack/test"
require "securerandom"
require "stringio"

require_relative "../lib/ruby_demo_app"

# The app as config.ru builds it, driven in this process. Rack::Lint watches
# that both sides keep to the Rack specification.
module AppTest
  include Rack::Test::Methods

  # Nothing can listen on port 1 without root's doing, so this is an outage.
  UNREACHABLE = "postgresql://app:hidden-password@127.0.0.1:1/visits"

  def environment
    { "APP_VERSION" => "1.2.3" }
  end

  def output
    @output ||= StringIO.new
  end

  def app
    @app ||= Rack::Lint.new(RubyDemoApp.from_environment(environment, output: output))
  end

  def json
    JSON.parse(last_response.body)
  end

  def log_entries
    output.string.lines.map { |line| JSON.parse(line) }
  end

  # The value of a sample whose name and labels are exactly these.
  def sample(series)
    get "/metrics"
    line = last_response.body.lines.find { |candidate| candidate.start_with?("#{series} ") }
    line && Float(line.split.last)
  end
end

# A database of its own for a test, on the server that test/run.sh starts.
module DatabaseTest
  ADMIN_URL = ENV.fetch("TEST_DATABASE_URL") do
    abort "TEST_DATABASE_URL is not set: run test/run.sh, which starts a PostgreSQL server"
  end

  def setup
    @name = "visits_#{SecureRandom.hex(6)}"
    admin { |connection| connection.exec("CREATE DATABASE #{@name}") }
    super
  end

  def teardown
    super
    admin { |connection| connection.exec("DROP DATABASE #{@name} WITH (FORCE)") }
  end

  def database_url
    url_of(@name)
  end

  def url_of(database)
    ADMIN_URL.sub(%r{/[^/]*\z}, "/#{database}")
  end

  # A connection to the test's database or, as the outage tests need, beside it.
  def admin(database = "postgres")
    connection = PG.connect(url_of(database))
    connection.exec("SET client_min_messages = warning")
    yield connection
  ensure
    connection&.close
  end

  # Refuses new connections and ends the present ones.
  def interrupt_database
    admin do |connection|
      connection.exec("ALTER DATABASE #{@name} ALLOW_CONNECTIONS false")
      connection.exec_params("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [@name])
    end
  end

  def restore_database
    admin { |connection| connection.exec("ALTER DATABASE #{@name} ALLOW_CONNECTIONS true") }
  end

  # Returns once a session in the test's database waits for a lock.
  def wait_for_blocked_session
    query = "SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'"
    admin do |connection|
      sleep 0.01 until connection.exec_params(query, [@name]).ntuples == 1
    end
  end
end
