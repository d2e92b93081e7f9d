# frozen_string_literal: true

module RubyDemoApp
  # The app's metrics in the Prometheus text format, version 0.0.4
  # (https://prometheus.io/docs/instrumenting/exposition_formats/).
  class Metrics
    CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

    # Upper bounds in seconds: the defaults of Prometheus' own clients.
    DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10].freeze

    # started_at is the start of the process in seconds since the epoch.
    def initialize(version:, started_at: Process.clock_gettime(Process::CLOCK_REALTIME))
      @mutex = Mutex.new
      @requests = Counter.new("http_requests_total", "HTTP requests answered, by method, route and status.")
      @durations = Histogram.new("http_request_duration_seconds",
                                 "Time from a request's arrival in the app to its response.", DURATION_BUCKETS)
      @started = Gauge.new("process_start_time_seconds", "Start time of the process since the Unix epoch in seconds.")
      @info = Gauge.new("app_info", "Always 1; the label holds the version of the app.")
      @started.set({}, started_at)
      @info.set({ version: version }, 1)
    end

    # The caller answers for labels with few distinct values: every combination
    # is kept until the process ends.
    def observe_request(method:, path:, status:, seconds:)
      @mutex.synchronize do
        @requests.increment({ method: method, path: path, status: status })
        @durations.observe({ method: method, path: path }, seconds)
      end
    end

    def to_text
      @mutex.synchronize do
        [@requests, @durations, @started, @info].map(&:to_text).join
      end
    end

    # What all kinds share: a name, a help text and the writing of samples.
    class Metric
      def initialize(name, help)
        @name = name
        @help = help
        @values = {}
      end

      def to_text
        help = @help.gsub(/[\\\n]/, "\\" => "\\\\", "\n" => "\\n")
        "# HELP #{@name} #{help}\n# TYPE #{@name} #{type}\n#{samples.join}"
      end

      private

      def samples
        @values.map { |labels, value| sample(@name, labels, value) }
      end

      def sample(name, labels, value)
        pairs = labels.map { |label, text| "#{label}=\"#{escape(text)}\"" }
        "#{name}#{"{#{pairs.join(",")}}" unless pairs.empty?} #{value}\n"
      end

      def escape(text)
        text.to_s.gsub(/[\\"\n]/, "\\" => "\\\\", "\"" => "\\\"", "\n" => "\\n")
      end
    end

    # A value that only grows.
    class Counter < Metric
      def increment(labels)
        @values[labels] = @values.fetch(labels, 0) + 1
      end

      private

      def type
        "counter"
      end
    end

    # A value that is set.
    class Gauge < Metric
      def set(labels, value)
        @values[labels] = value
      end

      private

      def type
        "gauge"
      end
    end

    # Counts of observations up to each bound, their number and their sum.
    class Histogram < Metric
      Series = Struct.new(:counts, :total)

      # bounds are ascending; the bucket for everything above is implied.
      def initialize(name, help, bounds)
        super(name, help)
        @bounds = bounds
      end

      def observe(labels, value)
        series = @values[labels] ||= Series.new(Array.new(@bounds.size + 1, 0), 0.0)
        series.counts[@bounds.index { |bound| value <= bound } || @bounds.size] += 1
        series.total += value
      end

      private

      def type
        "histogram"
      end

      def samples
        @values.flat_map { |labels, series| series_samples(labels, series) }
      end

      def series_samples(labels, series)
        total = 0
        buckets = (@bounds + ["+Inf"]).zip(series.counts).map do |bound, count|
          sample("#{@name}_bucket", labels.merge(le: bound), total += count)
        end
        buckets + [sample("#{@name}_sum", labels, series.total), sample("#{@name}_count", labels, total)]
      end
    end

    private_constant :Metric, :Counter, :Gauge, :Histogram
  end
end
