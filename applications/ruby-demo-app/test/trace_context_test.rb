# frozen_string_literal: true

require_relative "test_helper"

class TraceContextTest < Minitest::Test
  TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
  PARENT_ID = "00f067aa0ba902b7"

  VALID = [
    "00-#{TRACE_ID}-#{PARENT_ID}-01",
    "00-#{TRACE_ID}-#{PARENT_ID}-00",
    "cc-#{TRACE_ID}-#{PARENT_ID}-01-what-the-future-will-be"
  ].freeze

  INVALID = [
    nil, "", "garbage", "\xFF\xFE",
    "ff-#{TRACE_ID}-#{PARENT_ID}-01",
    "00-#{TRACE_ID}-#{PARENT_ID}-01-more",
    "00-#{TRACE_ID.upcase}-#{PARENT_ID}-01",
    "00-#{"0" * 32}-#{PARENT_ID}-01",
    "00-#{TRACE_ID}-#{"0" * 16}-01",
    "00-#{TRACE_ID}-#{PARENT_ID}",
    "00-#{TRACE_ID}-#{PARENT_ID}-01\n",
    "00-#{TRACE_ID}-#{PARENT_ID}-01, 00-#{TRACE_ID}-#{PARENT_ID}-01"
  ].freeze

  def test_takes_the_trace_id_of_a_valid_header
    VALID.each { |header| assert_equal TRACE_ID, RubyDemoApp::TraceContext.trace_id(env(header)), header }
  end

  def test_ignores_an_invalid_header
    INVALID.each { |header| assert_nil RubyDemoApp::TraceContext.trace_id(env(header)), header.inspect }
  end

  private

  def env(header)
    { "HTTP_TRACEPARENT" => header }
  end
end
