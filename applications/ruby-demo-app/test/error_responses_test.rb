# frozen_string_literal: true

require_relative "test_helper"

class ErrorResponsesTest < Minitest::Test
  def test_an_unexpected_error_is_logged_and_not_shown
    output = StringIO.new
    broken = ->(_env) { raise "the password is hidden" }
    app = RubyDemoApp::ErrorResponses.new(broken, log: RubyDemoApp::JSONLog.new(output))

    status, _headers, body = app.call({})

    assert_equal [500, %({"error":"internal server error"}\n)], [status, body.join]
    entry = JSON.parse(output.string)
    assert_equal ["error", "RuntimeError", "the password is hidden"], entry.values_at("level", "error", "detail")
    assert_match(/error_responses_test\.rb:\d+/, entry["backtrace"].first)
  end
end
