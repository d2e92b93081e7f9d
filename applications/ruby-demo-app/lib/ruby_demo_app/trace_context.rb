# frozen_string_literal: true

module RubyDemoApp
  # Reads the traceparent header of W3C Trace Context
  # (https://www.w3.org/TR/trace-context/#traceparent-header).
  module TraceContext
    # Version 00 ends after the flags; a later version may add fields.
    TRACEPARENT = /\A(?!ff)(?<version>\h{2})-(?<trace_id>\h{32})-(?<parent_id>\h{16})-\h{2}(?<more>-.*)?\z/

    # The trace id of the request, or nil without a valid header.
    def self.trace_id(env)
      header = env["HTTP_TRACEPARENT"].to_s.b
      match = TRACEPARENT.match(header)
      # The standard knows lower-case digits only, and forbids ids of zeros.
      return if match.nil? || header.match?(/[A-F]/)
      return if match[:version] == "00" && match[:more]
      return if [match[:trace_id], match[:parent_id]].any? { |id| id.delete("0").empty? }

      match[:trace_id]
    end
  end
end
