# frozen_string_literal: true

module RubyDemoApp
  # Something that the request needs is not there right now: a 503, not a 500.
  # The reason is public and fixed; the message is for the log alone.
  class Unavailable < StandardError
    attr_reader :reason

    def initialize(reason, message = reason)
      super(message)
      @reason = reason
    end
  end
end
