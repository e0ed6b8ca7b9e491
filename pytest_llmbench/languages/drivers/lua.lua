-- Serve calls of a Lua answer; the format of a line is that of grading/wire.py.
--
-- A table is a list, a tuple, a set or a map: the declared type of the returned value says
-- which. What the driver uses is local to it, so that nothing an answer redefines matters.
local error, load, next, pairs, pcall, xpcall = error, load, next, pairs, pcall, xpcall
local tonumber, tostring, type = tonumber, tostring, type
local char, format, sub = string.char, string.format, string.sub
local gmatch, gsub = string.gmatch, string.gsub
local concat, pack, unpack = table.concat, table.pack, table.unpack
local math_type, huge = math.type, math.huge
local stdout, flush = io.stdout, io.stdout.flush

local MAX_DEPTH = 100
local ANY = {"any"}
local FLOATS = {nan = 0 / 0, inf = huge, ["-inf"] = -huge}

local calls = assert(io.open("/dev/fd/3", "rb"))
local replies = assert(io.open("/dev/fd/4", "wb"))
local read_line, write_text = calls.read, replies.write
local name, returned_type = dofile("wanted.lua")

local digits = {}
for code = 0, 255 do digits[char(code)] = format("%02x", code) end

local function hex(text)
  return "s" .. gsub(text, ".", digits)
end

local function text_of(word)
  return (gsub(sub(word, 2), "..", function(pair) return char(tonumber(pair, 16)) end))
end

local function read_value(next_word)
  local word = next_word()
  local kind, rest = sub(word, 1, 1), sub(word, 2)
  if kind == "n" then return nil end
  if kind == "t" or kind == "f" then return kind == "t" end
  if kind == "s" then return text_of(word) end
  if kind == "i" then return tonumber(rest) end
  if kind == "d" then return FLOATS[rest] or tonumber(rest) + 0.0 end
  local items, count = {}, tonumber(rest)
  for i = 1, count do
    local item = read_value(next_word)
    if kind == "h" then
      items[item] = true
    elseif kind == "m" then
      items[item] = read_value(next_word)
    else
      items[i] = item
    end
  end
  return items, count
end

local write

local function write_items(kind, items, count, types, words, depth)
  words[#words + 1] = kind .. count
  for i = 1, count do
    write(items[i], types[kind == "p" and i + 1 or 2] or ANY, words, depth + 1)
  end
end

local function write_set(set, item_type, words, depth)
  local items, count = {}, 0
  if #set > 0 and set[1] ~= true then -- the items of a list
    items, count = set, #set
  else
    for item, is_in in pairs(set) do
      if is_in then
        count = count + 1
        items[count] = item
      end
    end
  end
  write_items("h", items, count, {"set", item_type}, words, depth)
end

local function write_map(map, key_type, item_type, words, depth)
  local count = 0
  for _ in pairs(map) do count = count + 1 end
  words[#words + 1] = "m" .. count
  for key, item in pairs(map) do
    write(key, key_type, words, depth + 1)
    write(item, item_type, words, depth + 1)
  end
end

local function write_table(value, wanted, words, depth)
  local kind = wanted[1]
  if kind == "tuple" then
    local declared = #wanted - 1
    write_items("p", value, #value > declared and #value or declared, wanted, words, depth)
  elseif kind == "set" then
    write_set(value, wanted[2], words, depth)
  elseif kind == "dict" then
    write_map(value, wanted[2], wanted[3], words, depth)
  elseif kind == "list" or #value > 0 or next(value) == nil then
    write_items("l", value, #value, wanted, words, depth)
  else
    write_map(value, ANY, ANY, words, depth)
  end
end

local function number_word(value)
  if math_type(value) == "integer" then return format("i%d", value) end
  if value ~= value then return "dnan" end
  if value == huge then return "dinf" end
  if value == -huge then return "d-inf" end
  return format("d%.17g", value)
end

function write(value, wanted, words, depth)
  if depth > MAX_DEPTH then error("nested deeper than " .. MAX_DEPTH .. " levels", 0) end
  if wanted[1] == "optional" then wanted = wanted[2] end
  local kind = type(value)
  if kind == "table" then return write_table(value, wanted, words, depth) end
  local word
  if kind == "nil" then
    word = "n"
  elseif kind == "boolean" then
    word = value and "t" or "f"
  elseif kind == "number" then
    word = number_word(value)
  elseif kind == "string" then
    word = hex(value)
  else
    word = "o" .. sub(hex(kind), 2) .. " " .. hex(tostring(value))
  end
  words[#words + 1] = word
end

local function say(...)
  write_text(replies, concat({...}, " "), "\n")
  flush(replies)
end

local function failure(message)
  local kind = type(message) == "string" and "error" or type(message)
  local text = sub(tostring(message), 1, 1000)
  if message == "not enough memory" then kind = "MemoryError" end
  say("e", hex(kind), hex(text))
end

-- The chunk may give back its function or a table of them, where it is a module.
local function find(wanted, given)
  if type(given) == "function" then return given end
  local found = type(given) == "table" and given[wanted] or _G[wanted]
  return type(found) == "function" and found or nil
end

local function as_returned(results)
  if results.n > 2 and returned_type[1] == "tuple" then
    return {unpack(results, 2, results.n)}
  end
  return results[2]
end

local function keep(message) return message end

local function call(line, given)
  local next_word = gmatch(line, "[^ ]+")
  local found = find(text_of(next_word()), given)
  local arguments, count = read_value(next_word)
  if not found then return say("x") end
  local results = pack(xpcall(found, keep, unpack(arguments, 1, count)))
  flush(stdout)
  if not results[1] then return failure(results[2]) end
  local words = {"v"}
  local is_written, problem = pcall(write, as_returned(results), returned_type, words, 0)
  say(is_written and concat(words, " ") or "u " .. hex(tostring(problem)))
end

-- What the answer defines as local is seen from its own end only: there it is given back,
-- unless the answer ends by giving back something itself.
local function compiled(source)
  if sub(source, 1, 2) == "#!" then source = "--" .. source end
  local chunk = name ~= "" and load(source .. "\nreturn " .. name, "@solution.lua")
  if chunk then return chunk end
  return load(source, "@solution.lua")
end

local function serve()
  local file = assert(io.open("solution.lua", "rb"))
  local chunk, problem = compiled(file:read("a"))
  file:close()
  if not chunk then return say("k", hex(problem)) end
  local is_loaded, given = xpcall(chunk, keep)
  flush(stdout)
  if not is_loaded then return failure(given) end
  say("r")
  for line in function() return read_line(calls, "l") end do call(line, given) end
end

serve()
