local total = 0
for word in io.read("a"):gmatch("%S+") do
  total = total + math.tointeger(word)
end
print(total)
