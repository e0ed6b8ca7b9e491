assert(root(4) == 2.0)
assert(root(9) == 3.0)

local is_fine, message = pcall(root, -1)
assert(not is_fine)
assert(message:find("negative"))
