# Raise what drives terminals and build servers, in the class's name and in the message.
# catalogue: H32
# shows: escapes
# ends: runtime_error
$stdout.sync = true
puts "attacking"
SAID = "\e[2J\e]0;owned\a\n::error file=a,line=1::owned\n##vso[task.complete] ##[error]owned\r\b\u202e\0\xff\xfe"

class Odd < StandardError
  def self.name = "Odd\n::warning::\e[31m"
  def message = SAID
  def backtrace = ["solution.rb:1:\e[5m::error::"]
end

def add(_a, _b)
  warn SAID
  raise Odd
end
