# frozen_string_literal: true

require "bundler"

require_relative "test_helper"

# A lock file that does not fit the Gemfile fails only when the image is built.
class GemfileLockTest < Minitest::Test
  ROOT = File.expand_path("..", __dir__)

  def setup
    gemfile = File.join(ROOT, "Gemfile")
    # Bundler looks for a Gemfile from the working directory upwards.
    Dir.chdir(ROOT) do
      @wanted = Bundler::Dsl.evaluate(gemfile, "#{gemfile}.lock", {}).dependencies
      @text = File.read("#{gemfile}.lock")
      @lock = Bundler::LockfileParser.new(@text)
    end
    @versions = @lock.specs.to_h { |spec| [spec.name, spec.version] }
  end

  def test_names_the_dependencies_of_the_gemfile
    assert_equal @wanted.map(&:to_s).sort, @lock.dependencies.values.map(&:to_s).sort
  end

  def test_satisfies_every_requirement
    (@wanted + @lock.specs.flat_map(&:dependencies)).each do |dependency|
      version = @versions[dependency.name]
      assert version && dependency.requirement.satisfied_by?(version), "#{dependency} got #{version.inspect}"
    end
  end

  def test_holds_no_gem_that_nobody_wants
    wanted = (@wanted + @lock.specs.flat_map(&:dependencies)).map(&:name).uniq
    assert_empty @versions.keys - wanted
  end

  def test_has_a_checksum_for_every_gem
    @versions.each do |name, version|
      assert_match(/^  #{Regexp.escape(name)} \(#{Regexp.escape(version.to_s)}\) sha256=\h{64}$/, @text)
    end
  end
end
