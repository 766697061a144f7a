--- Whether a value is what a JSON schema says: the keywords that the control API's description uses. Any
-- other keyword is an error, so that none is passed over.
--
--   local wrong = schema.problem(document, { ["$ref"] = "#/components/schemas/Run" }, value)

local json = require "spec.support.json"

local schema = {}

local function type_of(value)
  if value == json.null then return "null" end
  if math.type(value) == "integer" then return "integer" end
  if type(value) ~= "table" then return type(value) end
  if next(value) == nil then return "empty" end -- [] and {} read the same
  return #value > 0 and "array" or "object"
end

local function is_type(value, name)
  local found = type_of(value)
  return found == name or (found == "integer" and name == "number")
    or (found == "empty" and (name == "array" or name == "object"))
end

--- The part of the document that a reference names.
function schema.resolve(document, part)
  while part["$ref"] do
    local found = document
    for name in part["$ref"]:gmatch "[^#/]+" do found = assert(found[name], part["$ref"]) end
    part = found
  end
  return part
end

local check

local checks = {}

function checks.type(value, names)
  if type(names) == "string" then names = { names } end
  for _, name in ipairs(names) do if is_type(value, name) then return nil end end
  return "is " .. type_of(value) .. ", not " .. table.concat(names, " or ")
end

function checks.const(value, wanted)
  if value ~= wanted then return ("is %s, not %s"):format(json.encode(value), json.encode(wanted)) end
end

function checks.enum(value, wanted)
  for _, one in ipairs(wanted) do if one == value then return nil end end
  return json.encode(value) .. " is none of " .. json.encode(wanted)
end

function checks.required(value, names)
  for _, name in ipairs(names) do
    if type(value) == "table" and value[name] == nil then return "has no " .. name end
  end
end

function checks.properties(value, properties, document)
  for name, part in pairs(properties) do
    if type(value) == "table" and value[name] ~= nil then
      local wrong = check(document, part, value[name])
      if wrong then return name .. ": " .. wrong end
    end
  end
end

function checks.additionalProperties(value, allowed, document, whole)
  for name, part in pairs(type(value) == "table" and value or {}) do
    if not (whole.properties or {})[name] then
      local wrong = not allowed and "is not described" or allowed ~= true and check(document, allowed, part)
      if wrong then return name .. ": " .. wrong end
    end
  end
end

function checks.items(value, part, document)
  for i, one in ipairs(type(value) == "table" and value or {}) do
    local wrong = check(document, part, one)
    if wrong then return ("[%d]: %s"):format(i, wrong) end
  end
end

function checks.oneOf(value, parts, document)
  local fitting, wrongs = 0, {}
  for _, part in ipairs(parts) do
    local wrong = check(document, part, value)
    wrongs[#wrongs + 1] = wrong
    if not wrong then fitting = fitting + 1 end
  end
  if fitting ~= 1 then return ("is %d of oneOf (%s)"):format(fitting, table.concat(wrongs, "; ")) end
end

function checks.pattern(value, pattern)
  if type(value) == "string" and not value:find(pattern) then return value .. " is not like " .. pattern end
end

function checks.minLength(value, least)
  if type(value) == "string" and utf8.len(value) < least then return "is shorter than " .. least end
end

function checks.maxLength(value, most)
  if type(value) == "string" and utf8.len(value) > most then return "is longer than " .. most end
end

function checks.minimum(value, least)
  if type(value) == "number" and value < least then return "is below " .. least end
end

function checks.maximum(value, most)
  if type(value) == "number" and value > most then return "is above " .. most end
end

function checks.description() end
checks.default = checks.description

function check(document, part, value)
  part = schema.resolve(document, part)
  for keyword, argument in pairs(part) do
    local test = assert(checks[keyword], "the schema has a keyword that is not known: " .. keyword)
    local wrong = test(value, argument, document, part)
    if wrong then return wrong end
  end
end

--- A sentence about the first thing that is not as described, or nil.
function schema.problem(document, part, value)
  return check(document, part, value)
end

return schema
