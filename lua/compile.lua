-- Compiles a file of the library: lua compile.lua outdial/flow.lua OUTPUT. Its name is marked as the
-- engine's own ("=", where operators' scripts have "@"), so that what an op is asked on is their line.
local source, output = ...

local function whole(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

local chunk = assert(load(whole(source), "=" .. source, "t"))
local file = assert(io.open(output, "wb"))
assert(file:write(string.dump(chunk)))
assert(file:close())
