# frozen_string_literal: true

require "net/http"
require "rbconfig"
require "socket"
require "tempfile"

require_relative "test_helper"

# The app as the image runs it: Puma with config/puma.rb in a process of its own.
class ServerTest < Minitest::Test
  include DatabaseTest

  ROOT = File.expand_path("..", __dir__)

  def teardown
    stop if @pid
    super
  end

  def test_serves_without_a_database_and_stops_cleanly
    start({})
    assert_equal "200", get("/").code
    assert_equal "200", get("/readyz").code
    assert_equal "404", get("/nowhere").code
    assert_match(/^http_requests_total\{method="GET",path="unmatched",status="404"\} 1$/, get("/metrics").body)

    Process.kill("TERM", @pid)
    assert_equal 0, exit_status
  end

  def test_every_line_on_standard_output_is_json
    start({})
    get("/")
    Process.kill("TERM", @pid)
    exit_status
    entries = (@lines + @stdout.readlines).map { |line| JSON.parse(line) }
    assert_includes entries.map { |entry| entry["message"] }, "request"
    entries.each { |entry| assert_equal "info", entry["level"] }
  end

  def test_a_broken_request_learns_nothing
    start({})
    socket = TCPSocket.new("127.0.0.1", @port)
    socket.write("GET / HTTP/1.1\r\nbroken header\r\n\r\n")
    answer = socket.read
    assert_match(%r{\AHTTP/1\.[01] 400 }, answer)
    refute_match(/puma|ruby|\.rb/i, answer)
  ensure
    socket&.close
  end

  # A lock on the table holds the request until the test lets it go.
  def test_a_request_in_flight_survives_sigterm
    start({ "DATABASE_URL" => database_url })
    assert_equal "200", get("/readyz").code

    request = nil
    admin(@name) do |connection|
      connection.exec("BEGIN; LOCK TABLE visits IN ACCESS EXCLUSIVE MODE")
      request = Thread.new { Net::HTTP.post(uri("/visits"), "", { "Content-Type" => "text/plain" }) }
      wait_for_blocked_session
      Process.kill("TERM", @pid)
      read_until(/Gracefully stopping/)
      wait_until_refused
      connection.exec("COMMIT")
    end

    assert_equal ["201", 1], [request.value.code, JSON.parse(request.value.body)["id"]]
    assert_equal 0, exit_status
  end

  private

  # Port 0 lets the kernel choose; Puma's log says which it became.
  def start(environment)
    settings = { "PORT" => "0", "DATABASE_URL" => nil, "APP_VERSION" => "1.2.3" }.merge(environment)
    @stdout, writer = IO.pipe
    @pid = Process.spawn(settings, RbConfig.ruby, "-S", "puma", "--config", "config/puma.rb",
                         chdir: ROOT, out: writer, err: @stderr = Tempfile.new("puma"))
    writer.close
    @lines = []
    @port = read_until(%r{Listening on http://[\d.]+:(\d+)})[1].to_i
    read_until(/Use Ctrl-C to stop/)
  end

  def read_until(pattern)
    while (line = @stdout.gets)
      @lines << line
      match = pattern.match(line)
      return match if match
    end
    flunk "puma ended without saying #{pattern.inspect}: #{@lines.join}#{File.read(@stderr.path)}"
  end

  def exit_status
    _, status = Process.wait2(@pid)
    @pid = nil
    status.exitstatus
  end

  def stop
    Process.kill("KILL", @pid)
    Process.wait(@pid)
  end

  def uri(path)
    URI("http://127.0.0.1:#{@port}#{path}")
  end

  def get(path)
    Net::HTTP.get_response(uri(path))
  end

  def wait_until_refused
    loop do
      TCPSocket.new("127.0.0.1", @port).close
    rescue SystemCallError
      break
    end
  end
end
