#!/usr/bin/env lua
local function root(n)
  if n < 0 then error("negative") end
  while n == 0 do end
  return math.sqrt(n)
end

print(root(4))
