-- Works in coroutines, recurses deeply, and sets metatables.
setmetatable(_G, {__index = function(_, name) return nil end, __gc = function() end})

local function down(n)
  if n == 0 then return 0 end
  return 1 + down(n - 1)
end

add = function(a, b, ...)
  local each = coroutine.wrap(function()
    coroutine.yield(a)
    coroutine.yield(b)
  end)
  return each() + each() + down(10000) - 10000
end
