--- Checks of what scripts pass in: one reader for every option table, so that an unknown
-- key is refused everywhere in the same words, with the known ones named.

local json = require "outdial.json"

-- Lua's own: in any order, and without the list of keys that a flow's pairs makes.
local next = lua.next

local options = {}

--- A phone number in E.164 form ("+" and 7 to 15 digits), or nil.
-- Blanks, dots and hyphens are dropped; anything else, such as "(0)", is not guessed at.
function options.phone(text)
  if type(text) ~= "string" then return nil end
  local number = text:gsub("[%s.-]", "")
  return number:match "^%+[1-9]%d+$" and #number >= 8 and #number <= 16 and number or nil
end

local function is_list(value)
  if type(value) ~= "table" then return false end
  local count = 0
  for _ in pairs(value) do count = count + 1 end
  return count == #value
end

local function is_phones(value)
  if options.phone(value) then return true end
  if not is_list(value) or #value == 0 then return false end
  for _, number in ipairs(value) do
    if not options.phone(number) then return false end
  end
  return true
end

local words = {
  any = "a value",
  phone = "a phone number like +442079460958",
  phones = "a phone number like +442079460958, or a list of them",
  integer = "a whole number",
  text = "a text that is not empty",
  list = "a list",
  seconds = "a number of seconds",
}

local tests = {
  any = function() return true end,
  phone = options.phone,
  phones = is_phones,
  list = is_list,
  integer = function(value) return math.type(value) == "integer" end,
  text = function(value) return type(value) == "string" and value ~= "" end,
  seconds = function(value) return type(value) == "number" and value == value end,
}

--- Whether a value is of one of the types named here or by Lua.
function options.is(value, kind)
  local test = tests[kind]
  if test then return test(value) and true or false end
  return type(value) == kind
end

--- How a type is called in messages.
function options.words(kind)
  return words[kind] or ("a " .. kind)
end

-- Keys of any kind, as a mistaken table may have them.
local function sorted_any(known)
  local names = {}
  for name in pairs(known) do names[#names + 1] = name end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  return names
end

-- A table's keys in order: the same complaint for the same mistake.
local function sorted(known)
  local names = {}
  for name in next, known do
    if type(name) ~= "string" then return sorted_any(known) end
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

function options.names(known)
  return table.concat(sorted(known), ", ")
end

local function problem(rule, value)
  if not options.is(value, rule[1]) then
    return ("must be %s, not %s"):format(options.words(rule[1]), type(value) == "table"
      and "a table" or tostring(value))
  end
  if rule.min and value < rule.min then return ("must be at least %s"):format(rule.min) end
  if rule.max and value > rule.max then return ("must be at most %s"):format(rule.max) end
  if rule.longest and #value > rule.longest then
    return ("must be at most %d bytes long"):format(rule.longest)
  end
  if rule.values and not rule.values[value] then
    return ("must be one of %s"):format(options.names(rule.values))
  end
end

-- Of each table of rules: its names in order, and those that a table of options needs or gets by itself. Asked
-- for at every option table, and so kept.
local kept = {}

local function order_of(rules)
  local order = kept[rules]
  if order then return order end
  order = { names = sorted(rules), unsaid = {} }
  for _, name in ipairs(order.names) do
    local rule = rules[name]
    if rule.required or rule.default ~= nil then order.unsaid[#order.unsaid + 1] = name end
  end
  kept[rules] = order
  return order
end

local function unknown(what, given, rules)
  for _, name in ipairs(sorted(given)) do
    if not rules[name] then
      return ("%s has no option '%s'; it has %s"):format(what, tostring(name), options.names(rules))
    end
  end
end

-- The values by name, those that are json.null left out; nil where one will not do, or may come from another
-- table.
local function copy(given, rules)
  if lua.debug.getmetatable(given) then return nil end
  local read = {}
  for name, value in next, given do
    local rule = rules[name]
    if not rule then return nil end
    if value ~= json.null then
      if problem(rule, value) then return nil end
      read[name] = value
    end
  end
  return read
end

-- The same name by name, which takes longer: nil and a sentence about the first that will not do.
local function copy_in_order(what, given, rules)
  local wrong = unknown(what, given, rules)
  if wrong then return nil, wrong end
  local read = {}
  for _, name in ipairs(order_of(rules).names) do
    local value = given[name]
    if value ~= nil and value ~= json.null then
      wrong = problem(rules[name], value)
      if wrong then return nil, ("%s: option '%s' %s"):format(what, name, wrong) end
      read[name] = value
    end
  end
  return read
end

local nothing = {}

--- Reads an option table against its rules ({name = {type, required=, default=, min= …}}).
-- Returns a plain copy with the defaults filled in, or nil and a sentence.
function options.read(what, given, rules)
  if given == nil then given = nothing end
  if type(given) ~= "table" then
    return nil, ("%s takes a table of options, not %s"):format(what, type(given))
  end
  local read, wrong = copy(given, rules), nil
  if not read then read, wrong = copy_in_order(what, given, rules) end
  if not read then return nil, wrong end
  local unsaid = order_of(rules).unsaid
  for i = 1, #unsaid do
    local name = unsaid[i]
    if read[name] == nil then
      local rule = rules[name]
      if rule.required then
        return nil, ("%s needs the option '%s', %s"):format(what, name, options.words(rule[1]))
      end
      read[name] = rule.default
    end
  end
  return read
end

--- The innermost line of the operator's script, as "pin.lua:18"; nil where none is left, which a call
-- in the place of a return, as in `return call:wait {}`, does.
function options.place()
  local level = 2
  local where = lua.debug.getinfo(level, "Sl")
  while where and (where.short_src:find "^outdial[/%a]*%.lua$" or where.what == "C") do
    level = level + 1
    where = lua.debug.getinfo(level, "Sl")
  end
  return where and ("%s:%d"):format(where.short_src, where.currentline)
end

--- Raises a sentence at the script's line, whatever of the library stands between.
function options.fail(sentence)
  local place = options.place()
  error(place and ("%s: %s"):format(place, sentence) or sentence, 0)
end

--- As read, but raises at the script's line.
function options.check(what, given, rules)
  local read, wrong = options.read(what, given, rules)
  if not read then options.fail(wrong) end
  return read
end

return options
