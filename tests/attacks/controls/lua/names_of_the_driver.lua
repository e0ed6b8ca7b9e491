-- Uses the names that a driver could use for itself.
calls, replies, digits, name, returned_type = 1, 2, 3, "wrong", {}
function say() end
function hex() return "wrong" end
function find() return nil end
function call() return nil end
function serve() return nil end
function failure() return nil end
function write() return nil end
function read_value() return nil end
keep, compiled, text_of = say, hex, call

function add(a, b)
  return a + b
end
