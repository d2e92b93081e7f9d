# frozen_string_literal: true

require_relative "test_helper"

class MetricsTest < Minitest::Test
  EXPECTED = <<~'TEXT'
    # HELP http_requests_total HTTP requests answered, by method, route and status.
    # TYPE http_requests_total counter
    http_requests_total{method="GET",path="/",status="200"} 3
    # HELP http_request_duration_seconds Time from a request's arrival in the app to its response.
    # TYPE http_request_duration_seconds histogram
    http_request_duration_seconds_bucket{method="GET",path="/",le="0.005"} 1
    http_request_duration_seconds_bucket{method="GET",path="/",le="0.01"} 1
    http_request_duration_seconds_bucket{method="GET",path="/",le="0.025"} 1
    http_request_duration_seconds_bucket{method="GET",path="/",le="0.05"} 1
    http_request_duration_seconds_bucket{method="GET",path="/",le="0.1"} 1
    http_request_duration_seconds_bucket{method="GET",path="/",le="0.25"} 2
    http_request_duration_seconds_bucket{method="GET",path="/",le="0.5"} 2
    http_request_duration_seconds_bucket{method="GET",path="/",le="1"} 2
    http_request_duration_seconds_bucket{method="GET",path="/",le="2.5"} 2
    http_request_duration_seconds_bucket{method="GET",path="/",le="5"} 2
    http_request_duration_seconds_bucket{method="GET",path="/",le="10"} 2
    http_request_duration_seconds_bucket{method="GET",path="/",le="+Inf"} 3
    http_request_duration_seconds_sum{method="GET",path="/"} 16.25390625
    http_request_duration_seconds_count{method="GET",path="/"} 3
    # HELP process_start_time_seconds Start time of the process since the Unix epoch in seconds.
    # TYPE process_start_time_seconds gauge
    process_start_time_seconds 1700000000.5
    # HELP app_info Always 1; the label holds the version of the app.
    # TYPE app_info gauge
    app_info{version="1\\2\"3\n4"} 1
  TEXT

  # The durations are binary fractions, so their sum is exact.
  def test_writes_the_text_format
    metrics = RubyDemoApp::Metrics.new(version: "1\\2\"3\n4", started_at: 1_700_000_000.5)
    [0.00390625, 0.25, 16].each do |seconds|
      metrics.observe_request(method: "GET", path: "/", status: 200, seconds: seconds)
    end
    assert_equal EXPECTED, metrics.to_text
  end

  def test_loses_no_count_between_threads
    metrics = RubyDemoApp::Metrics.new(version: "1")
    Array.new(8) do
      Thread.new do
        500.times { metrics.observe_request(method: "GET", path: "/", status: 200, seconds: 1) }
      end
    end.each(&:join)
    assert_includes metrics.to_text, %(http_requests_total{method="GET",path="/",status="200"} 4000\n)
    assert_includes metrics.to_text, %(http_request_duration_seconds_sum{method="GET",path="/"} 4000.0\n)
  end
end
