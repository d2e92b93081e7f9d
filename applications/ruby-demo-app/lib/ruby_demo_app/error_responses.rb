# frozen_string_literal: true

require_relative "json_response"
require_relative "trace_context"
require_relative "unavailable"

module RubyDemoApp
  # Turns exceptions into responses. What went wrong goes to the log; the
  # client learns no more than the kind.
  class ErrorResponses
    # The frames nearest to the error say where; more would only fill the log.
    BACKTRACE_LINES = 10

    def initialize(app, log:)
      @app = app
      @log = log
    end

    def call(env)
      @app.call(env)
    rescue Unavailable => error
      @log.error("unavailable", trace_id: TraceContext.trace_id(env), reason: error.reason, detail: error.message)
      JSONResponse.build(503, { error: error.reason })
    rescue StandardError => error
      @log.error("unhandled error", trace_id: TraceContext.trace_id(env), error: error.class.name,
                                    detail: error.message, backtrace: error.backtrace&.first(BACKTRACE_LINES))
      JSONResponse.build(500, { error: "internal server error" })
    end
  end
end
