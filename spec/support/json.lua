--- JSON as the engine has it, for specs: integers stay integers, null is visible, keys are sorted.

local cjson = require("cjson").new()
cjson.decode_invalid_numbers(false)

local json = { null = cjson.null }
local arrays = setmetatable({}, { __mode = "k" })

function json.array(list)
  arrays[list] = true
  return list
end

local function exact(value)
  if math.type(value) == "float" then return math.tointeger(value) or value end
  if type(value) == "table" then
    for key, part in pairs(value) do value[key] = exact(part) end
  end
  return value
end

function json.decode(text)
  local fine, value = pcall(cjson.decode, text)
  if fine then return exact(value) end
  return nil, { code = "json", message = value }
end

local function elements(value)
  local parts = {}
  for i, part in ipairs(value) do parts[i] = json.encode(part) end
  return "[" .. table.concat(parts, ",") .. "]"
end

function json.encode(value)
  if math.type(value) == "integer" then return ("%d"):format(value) end
  if type(value) == "string" then return (cjson.encode(value):gsub("\\/", "/")) end
  if type(value) ~= "table" then return cjson.encode(value) end
  if arrays[value] or #value > 0 then return elements(value) end
  local parts = {}
  for key, part in pairs(value) do
    parts[#parts + 1] = json.encode(key) .. ":" .. json.encode(part)
  end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

return json
