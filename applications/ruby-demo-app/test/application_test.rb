# frozen_string_literal: true

require_relative "test_helper"

class ApplicationTest < Minitest::Test
  include AppTest

  def test_greets_with_its_version
    get "/"
    assert_equal 200, last_response.status
    assert_equal "Hello from ruby-demo-app 1.2.3\n", last_response.body
  end

  def test_head_answers_without_a_body
    head "/"
    assert_equal 200, last_response.status
    assert_empty last_response.body
  end

  def test_is_live_and_ready_without_a_database
    %w[/healthz /readyz].each do |path|
      get path
      assert_equal [200, { "status" => "ok" }], [last_response.status, json], path
    end
  end

  def test_visits_need_a_database
    get "/visits"
    assert_equal [503, { "error" => "no database configured" }], [last_response.status, json]
  end

  def test_an_unknown_path_is_a_json_404
    get "/no/such?page=1"
    assert_equal [404, { "error" => "not found" }], [last_response.status, json]
    assert_equal "application/json", last_response.headers["content-type"]
  end

  def test_a_wrong_method_names_the_right_ones
    delete "/visits"
    assert_equal [405, { "error" => "method not allowed" }], [last_response.status, json]
    assert_equal "GET, HEAD, POST", last_response.headers["allow"]
  end
end

class EmptySettingsTest < Minitest::Test
  include AppTest

  def environment
    { "APP_VERSION" => "", "DATABASE_URL" => "" }
  end

  def test_count_as_absent
    get "/"
    assert_equal "Hello from ruby-demo-app dev\n", last_response.body
    get "/readyz"
    assert_equal 200, last_response.status
  end
end

class UnreachableDatabaseTest < Minitest::Test
  include AppTest

  def environment
    { "DATABASE_URL" => UNREACHABLE }
  end

  def test_is_live_but_not_ready
    get "/healthz"
    assert_equal 200, last_response.status
    get "/readyz"
    assert_equal [503, { "error" => "database unavailable" }], [last_response.status, json]
  end

  def test_the_cause_is_in_the_log_and_the_password_nowhere
    get "/visits"
    refute_includes last_response.body, "127.0.0.1"
    entry = log_entries.find { |candidate| candidate["message"] == "unavailable" }
    assert_includes entry["detail"], "127.0.0.1"
    refute_includes output.string, "hidden-password"
  end

  def test_an_unreadable_url_stops_the_start_without_quoting_it
    error = assert_raises(RubyDemoApp::Database::InvalidURL) do
      RubyDemoApp.from_environment({ "DATABASE_URL" => "postgresql://app:hidden%zz@db/visits" }, output: output)
    end
    refute_includes error.full_message, "hidden"
  end
end
