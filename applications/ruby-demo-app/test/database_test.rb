# frozen_string_literal: true

require_relative "test_helper"

class DatabaseEndpointsTest < Minitest::Test
  include AppTest
  include DatabaseTest

  def environment
    { "DATABASE_URL" => database_url }
  end

  def test_visits_are_counted_and_the_latest_is_shown
    get "/visits"
    assert_equal [200, { "count" => 0, "latest" => nil }], [last_response.status, json]

    first, second = Array.new(2) { post("/visits") && json }
    assert_equal 201, last_response.status
    assert_equal [1, 2], [first["id"], second["id"]]
    assert_match(/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\z/, second["visited_at"])

    get "/visits"
    assert_equal({ "count" => 2, "latest" => second }, json)
  end

  def test_a_second_start_finds_the_visits_of_the_first
    post "/visits"
    other = Rack::MockRequest.new(RubyDemoApp.from_environment(environment, output: output))
    assert_equal 1, JSON.parse(other.get("/visits").body)["count"]
  end

  def test_readiness_follows_the_database
    get "/readyz"
    assert_equal 200, last_response.status

    interrupt_database
    get "/readyz"
    assert_equal [503, { "error" => "database unavailable" }], [last_response.status, json]
    get "/healthz"
    assert_equal 200, last_response.status

    restore_database
    get "/readyz"
    assert_equal 200, last_response.status
    post "/visits"
    assert_equal 201, last_response.status
  end

  def test_the_table_comes_back_after_the_database_was_replaced
    post "/visits"
    admin(@name) { |connection| connection.exec("DROP TABLE visits") }
    post "/visits"
    assert_equal 503, last_response.status
    post "/visits"
    assert_equal 201, last_response.status
  end

  def test_connections_are_reused
    5.times { get "/visits" }
    sessions = admin do |connection|
      connection.exec_params("SELECT count(*) FROM pg_stat_activity WHERE datname = $1", [@name]).getvalue(0, 0)
    end
    assert_equal "1", sessions
  end
end

class DatabaseStartTest < Minitest::Test
  include DatabaseTest

  STARTS = 16

  # All of them begin at once, on a database without the table.
  def test_many_may_create_the_table_at_once
    gate = Queue.new
    starts = Array.new(STARTS) do
      Thread.new do
        database = RubyDemoApp::Database.new(database_url)
        gate.pop
        database.record_visit
      end
    end
    STARTS.times { gate.push(:go) }

    assert_equal (1..STARTS).to_a, starts.map { |start| start.value[:id] }.sort
  end

  # While another start creates the table and has not committed yet, this one
  # waits for it instead of failing on the same name.
  def test_waits_for_another_start_that_creates_the_table
    waiting = nil
    admin(@name) do |other|
      other.exec("BEGIN")
      other.exec("SELECT pg_advisory_xact_lock(#{RubyDemoApp::Database::SCHEMA_LOCK})")
      other.exec(RubyDemoApp::Database::CREATE_TABLE)
      waiting = Thread.new { RubyDemoApp::Database.new(database_url).record_visit }
      wait_for_blocked_session
      other.exec("COMMIT")
    end
    assert_equal 1, waiting.value[:id]
  end

  def test_a_role_that_may_not_create_tables_can_use_the_present_one
    RubyDemoApp::Database.new(database_url).ping
    role = "role_#{@name}"
    admin(@name) do |connection|
      connection.exec("CREATE ROLE #{role} LOGIN PASSWORD 'x'; GRANT SELECT, INSERT ON visits TO #{role}")
    end
    restricted = RubyDemoApp::Database.new(database_url.sub(%r{//[^@]*@}, "//#{role}:x@"))
    assert_equal 1, restricted.record_visit[:id]
  ensure
    admin(@name) { |connection| connection.exec("DROP OWNED BY #{role}; DROP ROLE #{role}") }
  end
end
