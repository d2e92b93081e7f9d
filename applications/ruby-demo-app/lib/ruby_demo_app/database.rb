# frozen_string_literal: true

require "pg"

require_relative "unavailable"

module RubyDemoApp
  # The visits in PostgreSQL. Nothing connects before the first use, so the app
  # starts while the database is still away, and every call after an outage
  # finds its own way back. All calls raise Unavailable when the database
  # cannot answer.
  class Database
    # DATABASE_URL cannot be read.
    class InvalidURL < StandardError; end

    # For whatever the URL leaves open. Seconds for the connect timeout (2 is
    # libpq's least), milliseconds for the TCP one: without it a connection to
    # a node that vanished hangs for minutes.
    DEFAULTS = {
      connect_timeout: "2", tcp_user_timeout: "5000", fallback_application_name: "ruby-demo-app"
    }.freeze

    # A statement must end before Puma gives up on its request at a stop
    # (force_shutdown_after). The notices would land on stderr.
    SESSION = "SET statement_timeout = '10s'; SET client_min_messages = warning"

    # The key of an advisory lock: "visits" in ASCII, unlikely to be anybody else's.
    SCHEMA_LOCK = 0x766973697473

    CREATE_TABLE = <<~SQL
      CREATE TABLE IF NOT EXISTS visits (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        visited_at timestamptz NOT NULL DEFAULT now()
      )
    SQL

    TIMESTAMP = %q(to_char(visited_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS visited_at)

    INSERT = "INSERT INTO visits DEFAULT VALUES RETURNING id, #{TIMESTAMP}"

    # One statement, so that count and latest belong to the same moment.
    SELECT = <<~SQL
      SELECT total.count, latest.id, latest.visited_at
      FROM (SELECT count(*) FROM visits) AS total
      LEFT JOIN (SELECT id, #{TIMESTAMP} FROM visits ORDER BY id DESC LIMIT 1) AS latest ON true
    SQL

    def initialize(url)
      @parameters = DEFAULTS.merge(parse(url))
      @mutex = Mutex.new
      @idle = []
      @schema_ready = false
    end

    # Returns when the database answers and has the table.
    def ping
      with_connection { nil }
    end

    # Adds a visit and returns it.
    def record_visit
      with_connection { |connection| visit(connection.exec(INSERT).first) }
    end

    # The number of visits, and the latest one or nil.
    def visits
      row = with_connection { |connection| connection.exec(SELECT).first }
      { count: Integer(row["count"]), latest: row["id"] && visit(row) }
    end

    private

    # libpq's own message would quote the URL, and with it the password.
    def parse(url)
      PG::Connection.conninfo_parse(url)
                    .select { |option| option[:val] }
                    .to_h { |option| [option[:keyword].to_sym, option[:val]] }
    rescue PG::Error
      raise InvalidURL, "DATABASE_URL is not a PostgreSQL connection URI", cause: nil
    end

    def visit(row)
      { id: Integer(row["id"]), visited_at: row["visited_at"] }
    end

    # There are never more connections than threads that serve requests: each
    # holds one at most, and takes an idle one first. A connection that saw any
    # error is closed rather than given to the next request.
    def with_connection
      connection = checkout
      prepare_schema(connection) unless @schema_ready
      result = yield connection
      @mutex.synchronize { @idle.push(connection) }
      connection = nil
      result
    rescue PG::Error => error
      # The database may have been replaced by an empty one.
      @schema_ready = false
      raise Unavailable.new("database unavailable", error.message)
    ensure
      connection&.close
    end

    def checkout
      while (connection = @mutex.synchronize { @idle.pop })
        return connection if alive?(connection)

        connection.close
      end
      connect
    end

    def alive?(connection)
      connection.exec("SELECT 1")
      true
    rescue PG::Error
      false
    end

    def connect
      connection = PG.connect(@parameters)
      connection.exec(SESSION)
      connection
    end

    # IF NOT EXISTS alone is no help against another pod that creates the table
    # at the same moment, hence the lock. The look before it lets a role work
    # that may use the table but not create one.
    def prepare_schema(connection)
      unless connection.exec("SELECT to_regclass('visits')").getvalue(0, 0)
        connection.transaction do
          connection.exec("SELECT pg_advisory_xact_lock(#{SCHEMA_LOCK})")
          connection.exec(CREATE_TABLE)
        end
      end
      @schema_ready = true
    end
  end
end
