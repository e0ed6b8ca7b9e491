local lu = require("luaunit")

function test_root()
  lu.assertEquals(root(4), 2.0)
  lu.assertEquals(root(9), 3.0)
  lu.assertErrorMsgContains("negative", root, -1)
end

os.exit(lu.LuaUnit.run())
