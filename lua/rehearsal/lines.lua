--- Which lines of a script can run: read from its compiled form (Lua 5.4), function by function.

local lines = {}

local Reader = {}
Reader.__index = Reader

function Reader:byte()
  self.at = self.at + 1
  return self.bytes:byte(self.at - 1)
end

function Reader:skip(count)
  self.at = self.at + count
end

-- Seven bits a byte, the last one marked.
function Reader:number()
  local number = 0
  while true do
    local byte = self:byte()
    number = number << 7 | byte & 0x7f
    if byte & 0x80 ~= 0 then return number end
  end
end

function Reader:skip_text()
  local size = self:number()
  if size > 0 then self:skip(size - 1) end
end

local constant_size = { [0x03] = 8, [0x13] = 8 }

function Reader:skip_constants()
  for _ = 1, self:number() do
    local kind = self:byte()
    if kind & 0x0f == 0x04 then self:skip_text() else self:skip(constant_size[kind] or 0) end
  end
end

local unknown = 0x80 -- a difference that does not fit: the line is in a table of its own

-- The lines of a function's instructions, but for the first one of a chunk, which is on no line.
function Reader:take_lines(first, found)
  local differences = {}
  for i = 1, self:number() do differences[i] = self:byte() end
  local absolute, next_one = {}, 1
  for i = 1, self:number() do
    self:number()
    absolute[i] = self:number()
  end
  local line = first
  for i = 1, #differences do
    if differences[i] == unknown then
      line, next_one = absolute[next_one], next_one + 1
    else
      line = line + (differences[i] < 0x80 and differences[i] or differences[i] - 0x100)
    end
    if i > 1 or first > 0 then found[line] = true end
  end
end

function Reader:skip_names()
  for _ = 1, self:number() do
    self:skip_text()
    self:number()
    self:number()
  end
  for _ = 1, self:number() do self:skip_text() end
end

function Reader:take_function(found)
  self:skip_text()
  local first = self:number()
  self:number()
  self:skip(3)
  self:skip(4 * self:number())
  self:skip_constants()
  self:skip(3 * self:number())
  for _ = 1, self:number() do self:take_function(found) end
  self:take_lines(first, found)
  self:skip_names()
end

local header = 4 + 1 + 1 + 6 + 3 + 8 + 8 + 1

--- A set of the lines that can run, {[line] = true}; nil where the text does not compile.
function lines.of(text)
  local chunk = load(text, "=script", "t")
  if not chunk then return nil end
  local found = {}
  setmetatable({ bytes = string.dump(chunk), at = header + 1 }, Reader):take_function(found)
  found[0] = nil
  return found
end

--- "3, 7-9": a set of lines in words; how many they are.
function lines.words(set)
  local list, parts = {}, {}
  for line in pairs(set) do list[#list + 1] = line end
  table.sort(list)
  local i = 1
  while list[i] do
    local last = i
    while list[last + 1] == list[last] + 1 do last = last + 1 end
    parts[#parts + 1] = last > i and ("%d-%d"):format(list[i], list[last]) or tostring(list[i])
    i = last + 1
  end
  return table.concat(parts, ", "), #list
end

return lines
