# frozen_string_literal: true

require_relative "test_helper"

class RequestMetricsTest < Minitest::Test
  include AppTest

  def test_counts_by_method_route_and_status
    2.times { get "/" }
    delete "/visits"
    assert_equal 2, sample('http_requests_total{method="GET",path="/",status="200"}')
    assert_equal 1, sample('http_requests_total{method="DELETE",path="/visits",status="405"}')
  end

  def test_times_every_request
    3.times { get "/healthz" }
    assert_equal 3, sample('http_request_duration_seconds_count{method="GET",path="/healthz"}')
    assert_equal 3, sample('http_request_duration_seconds_bucket{method="GET",path="/healthz",le="+Inf"}')
  end

  def test_strange_paths_and_methods_share_one_series
    50.times { |number| custom_request "BREW#{number}", "/pot/#{number}" }
    assert_equal 50, sample('http_requests_total{method="other",path="unmatched",status="404"}')
    get "/metrics"
    refute_match(/BREW|pot/, last_response.body)
  end

  def test_declares_the_text_format
    get "/metrics"
    assert_equal "text/plain; version=0.0.4; charset=utf-8", last_response.headers["content-type"]
    assert_equal 1, sample('app_info{version="1.2.3"}')
  end
end

class RequestLogTest < Minitest::Test
  include AppTest

  TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"

  def test_a_request_is_one_json_line_with_its_trace
    get "/visits?token=hidden", {}, { "HTTP_TRACEPARENT" => "00-#{TRACE_ID}-00f067aa0ba902b7-01" }
    entry = log_entries.last
    assert_equal ["request", "GET", "/visits", 503, TRACE_ID],
                 entry.values_at("message", "method", "path", "status", "trace_id")
    assert_kind_of Numeric, entry["duration_ms"]
    assert_match(/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\z/, entry["time"])
    refute_includes output.string, "hidden"
    assert_equal [TRACE_ID] * 2, log_entries.map { |candidate| candidate["trace_id"] }, "the error carries it as well"
  end

  def test_without_a_trace_there_is_no_field_for_it
    get "/"
    refute_includes log_entries.last.keys, "trace_id"
  end

  def test_probes_and_scrapes_are_logged_only_when_they_fail
    %w[/healthz /readyz /metrics].each { |path| get path }
    assert_empty log_entries
    post "/healthz"
    assert_equal 405, log_entries.last["status"]
  end

  def test_a_path_of_any_bytes_and_length_can_be_logged
    app.call(Rack::MockRequest.env_for("/").merge("PATH_INFO" => "/\xFF\n".b + "x" * 10_000))
    assert_equal 1, output.string.lines.size
    path = log_entries.last["path"]
    assert path.start_with?("/\u{FFFD}\nx")
    assert_operator path.bytesize, :<, 600
  end
end
