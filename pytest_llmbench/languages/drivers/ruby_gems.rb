# Load RubyGems when something is required that is not found without it.
#
# It is four fifths of a start of Ruby, and few answers require more than what is always
# found. Ruby itself is started with --disable-gems.
module Kernel
  alias_method :llmbench_require, :require
  private :llmbench_require

  def require(path)
    llmbench_require(path)
  rescue LoadError
    raise if defined?(Gem)
    llmbench_require("rubygems") # which puts its own `require` over this one
    Object.new.__send__(:require, path)
  end
  private :require
end
