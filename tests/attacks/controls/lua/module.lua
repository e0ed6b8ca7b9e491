-- A module in the usual form, which replaces globals and catches what it raises.
local M = {}
tostring, print, type, pairs = nil, nil, nil, nil

function M.add(a, b)
  local ok = pcall(error, "caught")
  return ok and 0 or a + b
end

return M
