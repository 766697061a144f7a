--- A script's text under check: what its names stand for, and what was found wrong.

local options = require "outdial.options"
local tokens = require "outdial.tokens"

local script = {}
local Script = {}
Script.__index = Script

local is = tokens.is

--- Tells of the token at `at`.
function Script:complain(at, sentence, ...)
  self.problems[#self.problems + 1] = { self.list[at].line, sentence:format(...) }
end

-- An option that is a literal; before stands in front of the sentence.
local function check_value(own, what, field, rule, before)
  local value, name = tokens.literal(own.list, field.from, field.to), field.key.text
  if value == nil then return end
  local _, wrong = options.read(what, { [name] = value }, { [name] = rule })
  if wrong then own:complain(field.from, "%s%s", before, wrong) end
end

--- Holds the option table whose brace is at `at` against its rules: what it has, and what it lacks.
function Script:check_table(what, at, rules, before)
  local fields, whole = tokens.fields(self.list, at)
  local given = {}
  before = before or ""
  for _, field in ipairs(fields) do
    local name = field.key.text
    given[name] = true
    if rules[name] then
      check_value(self, what, field, rules[name], before)
    else
      self:complain(field.from - 2, "%s%s has no option '%s'; it has %s", before, what, name, options.names(rules))
    end
  end
  for name, rule in pairs(whole and rules or {}) do
    if rule.required and not given[name] then
      self:complain(at, "%s%s needs the option '%s', %s", before, what, name, options.words(rule[1]))
    end
  end
end

-- The names by which the script knows the library, and no other thing: local NAME = require "outdial".
local function library_names(list, declarations)
  local names, others = {}, {}
  for _, at in ipairs(declarations) do
    local required = is(list, at - 1, "local") and is(list, at + 1, "=") and is(list, at + 2, "require")
    local what = required and list[is(list, at + 3, "(") and at + 4 or at + 3]
    local set = what and what.text:find "^[\"']outdial[\"']$" and names or others
    set[list[at].text] = true
  end
  for name in pairs(others) do names[name] = nil end
  return names
end

--- Whether NAME.function of the library stands at `at`; any function where name is nil.
function Script:is_library(at, name)
  local list = self.list
  local here = list[at] and self.names[list[at].text] and is(list, at + 1, ".")
  return here and not is(list, at - 1, ".") and (name == nil or is(list, at + 2, name))
end

--- Where the library's function is called with a table: the brace of that; nil if not once.
function Script:definition(name)
  local found
  for at = 1, #self.list do
    if self:is_library(at, name) then
      if found then return nil end
      found = tokens.option_table(self.list, at + 2)
    end
  end
  return found
end

local function kind_of(own)
  for at = 1, #own.list - 2 do
    local name = own:is_library(at) and own.list[at + 2].text
    if name == "flow" or name == "provider" then return name end
  end
end

-- Whether the statement that a call of the function at `at` is in ends with it.
local function ends_there(list, at)
  local brace = tokens.option_table(list, at)
  if not brace then return false end
  local after = list[tokens.close(list, at + 1) + 1]
  return after and after.kind == "name" and after.text ~= "and" and after.text ~= "or"
end

-- local call = outdial.call {…}, or on_hangup = function(p, call)
local function is_call(own, at)
  local list = own.list
  local made = is(list, at + 1, "=") and own:is_library(at + 2, "call") and ends_there(list, at + 4)
  local given = is(list, at - 1, ",") and is(list, at - 4, "function") and is(list, at - 6, "on_hangup")
  return made or given
end

-- Whether NAME = at `at` sets a variable that is there, and not a table's field.
local function is_set(list, at)
  local field = is(list, at - 1, ".") or is(list, at - 1, "{") or is(list, at - 1, ",")
  return is(list, at + 1, "=") and not is(list, at + 2, "=") and not field
end

-- The names that stand for calls wherever they are in the script.
local function call_names(own, declarations)
  local list, calls, others = own.list, {}, {}
  for _, at in ipairs(declarations) do
    local set = is_call(own, at) and calls or others
    set[list[at].text] = true
  end
  for at, here in ipairs(list) do
    if calls[here.text] and is_set(list, at) and not is_call(own, at) then others[here.text] = true end
  end
  for name in pairs(others) do calls[name] = nil end
  return calls
end

-- Whether what ends at `at` is assigned to, perhaps with others: a.b, c.d = …
local function is_target(list, at)
  local i = at + 1
  while is(list, i, ",") do
    i = i + 1
    while list[i] and (list[i].kind == "name" or is(list, i, ".")) do i = i + 1 end
  end
  return is(list, i, "=") and not is(list, i + 1, "=")
end

-- Names of fields that the script sets somewhere, on whatever table: t.name = …, function t.name().
local function assigned_names(list)
  local names = {}
  for at = 2, #list do
    local field = list[at].kind == "name" and (is(list, at - 1, ".") or is(list, at - 1, ":"))
    if field and (is(list, at - 3, "function") or is_target(list, at)) then names[list[at].text] = true end
  end
  return names
end

local function sets_index(list, at)
  if not is(list, at, "[") then return false end
  local entry = is(list, at - 1, "{") or is(list, at - 1, ",") or is(list, at - 1, ";")
  return not entry and is_target(list, tokens.close(list, at))
end

local function requires_other(list, at)
  local what = is(list, at, "require") and list[is(list, at + 1, "(") and at + 2 or at + 1]
  return what and not what.text:find "^[\"']outdial[\"']$"
end

-- Whether tables may get fields in ways that the text does not show.
local function is_dynamic(list)
  for at = 1, #list do
    local here = list[at].text
    if here == "rawset" or here == "setmetatable" or sets_index(list, at) or requires_other(list, at) then
      return true
    end
  end
  return false
end

--- The text, read: list (of tokens), problems, names (of the library), kind ("flow", "provider" or nil: a
-- module), calls (names that stand for one), declarations (where names are declared), declared and assigned
-- (names), dynamic (tables may have more fields than it shows), defaults (of parameters), strict. providers:
-- the names there are; nil where that does not matter, nor what only makes it worse to use.
function script.read(text, providers)
  local list, declarations, declared = tokens.read(text), {}, {}
  tokens.declared(list, 1, #list, function(name, at)
    declarations[#declarations + 1], declared[name] = at, true
  end)
  local own = setmetatable({ list = list, problems = {}, defaults = {} }, Script)
  own.declarations, own.declared = declarations, declared
  own.names = library_names(list, declarations)
  own.assigned, own.dynamic = assigned_names(list), is_dynamic(list)
  own.kind = kind_of(own)
  own.calls = call_names(own, declarations)
  own.strict = providers ~= nil
  for _, name in ipairs(providers or {}) do
    own.providers = own.providers or {}
    own.providers[name] = true
  end
  return own
end

return script
