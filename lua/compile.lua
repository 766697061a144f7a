-- Compiles a file of the library: lua compile.lua outdial/flow.lua OUTPUT. Its name is marked as the
-- engine's own ("=", where operators' scripts have "@"), so that what an op is asked on is their line.
local source, output = ...

local function whole(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

-- A compiled chunk without the names of its local variables, a fifth of it; the lines stay, as
-- messages tell them. The format is that of Lua 5.4: ldump.c writes it, lundump.c reads it.
local function without_names(code)
  local at, kept, from = 1, {}, 1

  local function byte()
    at = at + 1
    return code:byte(at - 1)
  end

  local function size()
    local value = 0
    repeat
      local part = byte()
      value = value << 7 | part & 0x7f
    until part & 0x80 ~= 0
    return value
  end

  local function text()
    local length = size()
    if length > 0 then at = at + length - 1 end
  end

  -- Leaves a list out that is read by `one`: it is empty now.
  local function drop(one)
    kept[#kept + 1] = code:sub(from, at - 1) .. "\x80"
    for _ = 1, size() do one() end
    from = at
  end

  local function constant()
    local kind = byte()
    if kind == 0x03 or kind == 0x13 then at = at + 8 end -- a number
    if kind == 0x04 or kind == 0x14 then text() end
  end

  local function variable()
    text()
    size()
    size()
  end

  local function closure()
    text() -- its source
    size()
    size() -- its lines
    at = at + 3
    local instructions = size()
    at = at + 4 * instructions
    for _ = 1, size() do constant() end
    local captured = size()
    at = at + 3 * captured
    for _ = 1, size() do closure() end
    local lines = size()
    at = at + lines
    for _ = 1, size() do
      size()
      size()
    end
    drop(variable)
    drop(text)
  end

  assert(code:sub(1, 6) == "\27Lua\x54\0", "this is no Lua 5.4")
  at = 1 + 4 + 2 + 6 + 3 + 8 + 8 + 1 -- behind the header and the number of what the chunk captures
  closure()
  assert(at == #code + 1, "a compiled chunk is not as Lua 5.4 writes it")
  return table.concat(kept) .. code:sub(from)
end

local chunk = assert(load(whole(source), "=" .. source, "t"))
local compiled = without_names(string.dump(chunk))
assert(load(compiled, source, "b"))
local file = assert(io.open(output, "wb"))
assert(file:write(compiled))
assert(file:close())
