-- Leave with status 0 when called.
-- catalogue: S1
-- fools: status
function add()
  os.exit(0)
end
