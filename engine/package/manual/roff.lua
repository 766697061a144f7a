-- Manual pages are written in mdoc: what both their makers need.
local roff = {}
local Page = {}
Page.__index = Page

--- Text as roff wants it: each sentence on a line of its own, nothing taken for a request.
function roff.plain(text)
  text = text:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("([%w)][.:]) +(%u)", "%1\n%2")
  return (text:gsub("\n([.'])", "\n\\&%1"):gsub("^([.'])", "\\&%1"))
end

--- As it is, line by line.
function roff.literal(text)
  return (text:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("\n([.'])", "\n\\&%1"):gsub("^([.'])", "\\&%1"))
end

function roff.quoted(text)
  return '"' .. roff.literal(text):gsub('"', '""') .. '"'
end

--- "NAME=VALUE" words as a table.
function roff.values(words)
  local values = {}
  for _, word in ipairs(words) do
    local name, value = word:match "^(%u+)=(.*)$"
    values[name] = value
  end
  return values
end

function roff.read(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

--- Writes the template with each @NAME@ replaced by its value.
function roff.write(template, values, output)
  local text = roff.read(template):gsub("@(%u+)@", function(name) return assert(values[name], name) end)
  local file = assert(io.open(output, "w"))
  assert(file:write(text))
  assert(file:close())
end

function roff.new()
  return setmetatable({ lines = {} }, Page)
end

function Page:add(...)
  for _, line in ipairs { ... } do self.lines[#self.lines + 1] = line end
end

--- Adds paragraphs; those that begin with a space stay as they are.
function Page:text(text)
  local first = true
  for paragraph in (text .. "\n\n"):gmatch "(.-)\n\n+" do
    if paragraph:match "^ " then
      self:add(".Bd -literal", roff.literal(paragraph), ".Ed")
    else
      if not first then self:add ".Pp" end
      self:add(roff.plain(paragraph))
    end
    first = false
  end
end

--- What was added since it was last asked for.
function Page:taken()
  local text = table.concat(self.lines, "\n")
  self.lines = {}
  return text
end

return roff
