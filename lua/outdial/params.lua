--- A flow's parameters: declared in its file, given as text on the command line or as JSON.

local api = require "outdial.api"
local json = require "outdial.json"
local options = require "outdial.options"

local params = {}

local function as_number(value, convert)
  if type(value) == "string" then value = tonumber(value) end
  return type(value) == "number" and convert(value) or nil
end

-- Each turns a given value into the flow's, or gives nil.
local readers = {
  phone = options.phone,
  digits = function(value)
    if math.type(value) == "integer" then value = tostring(value) end
    return type(value) == "string" and value:match "^%d+$" or nil
  end,
  string = function(value)
    if type(value) == "number" then value = tostring(value) end
    return type(value) == "string" and value or nil
  end,
  integer = function(value) return as_number(value, math.tointeger) end,
  number = function(value) return as_number(value, function(number) return number end) end,
  boolean = function(value)
    if value == "true" then return true end
    if value == "false" then return false end
    if type(value) == "boolean" then return value end
  end,
  time = function(value)
    return type(value) == "string" and require "outdial.time".parse(value) and value or nil
  end,
  list = function(value) return options.is(value, "list") and value or nil end,
  table = function(value) return type(value) == "table" and value or nil end,
}

local wanted = {
  phone = "a phone number in international form, like +442079460958",
  digits = "digits only",
  string = "a text",
  integer = "a whole number",
  number = "a number",
  boolean = "true or false",
  time = "a time with its zone, like 2026-01-31T09:30:00+01:00",
  list = 'a list, given as name:=["one","two"]',
  table = 'a table, given as name:={"key":"value"}',
}

local function read_list(value, reader)
  if #value == 0 then return nil end
  local read = {}
  for i, one in ipairs(value) do
    read[i] = reader(one)
    if read[i] == nil then return nil end
  end
  return read
end

local function read(rule, value)
  local reader = readers[rule.type]
  if rule.list and options.is(value, "list") then return read_list(value, reader) end
  return reader(value)
end

--- Checks a flow's declaration; returns a sentence about what is wrong, or nil.
function params.problem(declared)
  for name, rule in pairs(declared) do
    local what = ("param '%s'"):format(tostring(name))
    if type(name) ~= "string" or not name:match "^[%a_][%w_]*$" then
      return what .. " must be named by a word"
    end
    local rules, wrong = options.read(what, rule, api.param)
    if not rules then return wrong end
    if rule.default ~= nil and read(rule, rule.default) == nil then
      return ("%s: its default must be %s"):format(what, wanted[rule.type])
    end
  end
end

local function missing(declared, given)
  local names = {}
  for name, rule in pairs(declared) do
    if rule.required and given[name] == nil then
      names[#names + 1] = rule.help and ("%s (%s)"):format(name, rule.help) or name
    end
  end
  return #names > 0 and table.concat(names, ", ") or nil
end

--- Turns what was given into what the flow sees; nil and a sentence if it can't.
function params.read(declared, given)
  local values = {}
  for name, value in pairs(given) do
    local rule = declared[name]
    if not rule then
      return nil, ("there is no parameter '%s'; this flow has %s"):format(name,
        options.names(declared))
    end
    if value ~= json.null then
      values[name] = read(rule, value)
      if values[name] == nil then
        return nil, ("parameter '%s' must be %s"):format(name, wanted[rule.type])
      end
    end
  end
  local absent = missing(declared, values)
  if absent then return nil, "missing: " .. absent end
  for name, rule in pairs(declared) do
    if values[name] == nil then values[name] = rule.default end
  end
  return values
end

return params
