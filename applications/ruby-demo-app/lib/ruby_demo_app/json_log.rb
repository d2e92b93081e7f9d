# frozen_string_literal: true

require "json"

module RubyDemoApp
  # Writes one JSON object a line.
  class JSONLog
    # One line without its line break. Fields that are nil are left out.
    def self.line(level, message, fields = {})
      entry = { time: Time.now.utc.strftime("%Y-%m-%dT%H:%M:%S.%LZ"), level: level, message: message }
      JSON.generate(entry.merge(fields).compact.transform_values { |value| printable(value) })
    end

    # Bytes from a client need not be UTF-8, and JSON can hold nothing else.
    def self.printable(value)
      case value
      when String then value.dup.force_encoding(Encoding::UTF_8).scrub
      when Array then value.map { |element| printable(element) }
      else value
      end
    end
    private_class_method :printable

    def initialize(output)
      @output = output
      @mutex = Mutex.new
    end

    def info(message, **fields)
      write("info", message, fields)
    end

    def error(message, **fields)
      write("error", message, fields)
    end

    private

    # One write for a whole line, so that lines of two threads never mix.
    def write(level, message, fields)
      line = "#{JSONLog.line(level, message, fields)}\n"
      @mutex.synchronize { @output.write(line) }
    end
  end
end
