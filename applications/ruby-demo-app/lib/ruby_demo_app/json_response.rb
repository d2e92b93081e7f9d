# frozen_string_literal: true

require "json"

module RubyDemoApp
  # A Rack response with a JSON body. Header names are in lower case: Rack 3
  # demands it and Rack 2 does not mind.
  module JSONResponse
    def self.build(status, body, headers = {})
      [status, { "content-type" => "application/json", "cache-control" => "no-store" }.merge(headers),
       ["#{JSON.generate(body)}\n"]]
    end
  end
end
