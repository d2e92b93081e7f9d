# frozen_string_literal: true

require_relative "lib/ruby_demo_app"

run RubyDemoApp.from_environment(ENV)
