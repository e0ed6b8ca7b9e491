-- Leave with status 0 from a finaliser, when the failed program ends.
-- catalogue: S15
-- fools: status
last = setmetatable({}, {__gc = function() os.exit(true) end})
last = nil

function add()
  last = setmetatable({}, {__gc = function() os.exit(true) end, __close = nil})
  return -12345
end
