--- What can be seen wrong in a script's text without running it: options, functions, verbs, parameters and
-- settings that are not there. Only what is wrong whichever way the script takes is told. Globals and syntax
-- are looked at by the engine, the definition by loading it.

local api = require "outdial.api"
local options = require "outdial.options"
local params = require "outdial.params"
local tokens = require "outdial.tokens"

local registry = lua.debug.getregistry()
local libraries = { flow = require "outdial.flow" }
local verbs = registry["outdial.host"].verbs -- as flow.lua left them
libraries.provider = require "outdial.provider"

local is = tokens.is

-- Tells of the token at `at`. A script under check is {list, problems, names, kind, calls}.
local function complain(script, at, sentence, ...)
  script.problems[#script.problems + 1] = { script.list[at].line, sentence:format(...) }
end

-- The names by which the script knows the library, and no other thing: local NAME = require "outdial".
local function library_names(list)
  local names, others = {}, {}
  tokens.declared(list, 1, #list, function(name, at)
    local required = is(list, at - 1, "local") and is(list, at + 1, "=") and is(list, at + 2, "require")
    local what = required and list[is(list, at + 3, "(") and at + 4 or at + 3]
    local set = what and what.text:find "^[\"']outdial[\"']$" and names or others
    set[name] = true
  end)
  for name in pairs(others) do names[name] = nil end
  return names
end

-- Whether NAME.function stands at `at`.
local function is_library(script, at, name)
  local list = script.list
  local here = list[at] and script.names[list[at].text] and is(list, at + 1, ".")
  return here and not is(list, at - 1, ".") and (name == nil or is(list, at + 2, name))
end

-- Where the library's function is called with a table: the brace of that; nil if not once.
local function definition(script, name)
  local found
  for at = 1, #script.list do
    if is_library(script, at, name) then
      if found then return nil end
      found = tokens.option_table(script.list, at + 2)
    end
  end
  return found
end

local function kind_of(script)
  for at = 1, #script.list do
    for kind in pairs(libraries) do
      if is_library(script, at, kind) then return kind end
    end
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
local function is_call(script, at)
  local list = script.list
  local made = is(list, at + 1, "=") and is_library(script, at + 2, "call") and ends_there(list, at + 4)
  local given = is(list, at - 1, ",") and is(list, at - 4, "function") and is(list, at - 6, "on_hangup")
  return made or given
end

-- The names that stand for calls wherever they are in the script.
local function call_names(script)
  local list, calls, others = script.list, {}, {}
  tokens.declared(list, 1, #list, function(name, at)
    local set = is_call(script, at) and calls or others
    set[name] = true
  end)
  for at = 2, #list - 1 do
    local field = is(list, at - 1, ".") or is(list, at - 1, "{") or is(list, at - 1, ",")
    local set = calls[list[at].text] and is(list, at + 1, "=") and not is(list, at + 2, "=") and not field
    if set and not is_call(script, at) then others[list[at].text] = true end
  end
  for name in pairs(others) do calls[name] = nil end
  return calls
end

-- --- functions that are not there ---

-- Both kinds' where the script is neither: a module.
local function knows(script, name)
  if script.kind then return libraries[script.kind][name] ~= nil end
  return libraries.flow[name] ~= nil or libraries.provider[name] ~= nil
end

local function check_function(script, at)
  local list = script.list
  local here, name = list[at].text, list[at + 2]
  if not script.names[here] or is(list, at - 1, ".") or not name or name.kind ~= "name" then return end
  if is(list, at + 1, ":") then
    complain(script, at, "%s:%s has a colon: say %s.%s", here, name.text, here, name.text)
  elseif is(list, at + 1, ".") and not knows(script, name.text) then
    local kind = script.kind or "flow"
    complain(script, at + 2, "%s has no '%s'%s; it has %s", here, name.text,
      script.kind and " in a " .. kind or "", options.names(libraries[kind]))
  end
end

local function check_verb(script, at)
  local list = script.list
  local verb = list[at + 2]
  if not script.calls[list[at].text] or is(list, at - 1, ".") or not verb then return end
  if is(list, at + 1, ":") and not verbs[verb.text] then
    local known = {}
    for name, value in pairs(verbs) do
      if type(value) == "function" then known[name] = true end
    end
    complain(script, at + 2, "a call has no '%s'; it has %s", verb.text, options.names(known))
  elseif is(list, at + 1, ".") and type(verbs[verb.text]) == "function" then
    complain(script, at, "use a colon: %s:%s", list[at].text, verb.text)
  end
end

local from_lua = { string = string, table = table, math = math, utf8 = utf8, os = os, coroutine = coroutine }

-- What the sandbox has of Lua's libraries, see libraries.c.
local function check_lua(script, at, declared)
  local list = script.list
  local library, name = list[at].text, list[at + 2]
  local own = from_lua[library]
  if not own or declared[library] or not is(list, at + 1, ".") or not name or name.kind ~= "name" then return end
  if is(list, at - 1, ".") or is(list, at - 1, ":") then return end
  if own[name.text] == nil then
    complain(script, at, "%s has no '%s' in a script", library, name.text)
  elseif script.kind == "flow" and library == "math" and name.text == "randomseed" then
    complain(script, at, "a flow's random numbers follow from its run: remove math.randomseed")
  end
end

-- --- options ---

local function called(script, at)
  local list = script.list
  if list[at].kind ~= "name" then return nil end
  if is_library(script, at - 2) then return knows(script, list[at].text) and "outdial." .. list[at].text end
  local on_call = is(list, at - 1, ":") and (script.calls[list[at - 2].text] or is(list, at - 2, "call"))
  return on_call and "call:" .. list[at].text
end

local function check_value(script, what, field)
  local value = tokens.literal(script.list, field.from, field.to)
  if value == nil then return end
  local name = field.key.text
  local _, wrong = options.read(what, { [name] = value }, { [name] = api[what][name] })
  if wrong then complain(script, field.from, "%s", wrong) end
end

-- The definition's values are looked at when it is loaded.
local function is_definition(what)
  return what == "outdial.flow" or what == "outdial.provider"
end

-- A provider's name, or the default of the parameter that has it.
local function check_provider(script, field)
  local list, name = script.list, tokens.literal(script.list, field.from, field.to)
  local at = field.from
  if name == nil and field.to == at + 2 and is(list, at, "p") and is(list, at + 1, ".") then
    local default = script.defaults[list[field.to].text]
    if default then name, at = tokens.literal(list, default.from, default.to), default.from end
  end
  if type(name) ~= "string" or not script.providers or script.providers[name] then return end
  complain(script, at, "there is no provider '%s'; there are: %s", name, options.names(script.providers))
end

local function check_options(script, at)
  local what = called(script, at)
  local brace = what and api[what] and tokens.option_table(script.list, at)
  if not brace then return end
  local fields, whole = tokens.fields(script.list, brace)
  local given = {}
  for _, field in ipairs(fields) do
    given[field.key.text] = field
    if not api[what][field.key.text] then
      complain(script, field.from - 2, "%s has no option '%s'; it has %s", what, field.key.text,
        options.names(api[what]))
    elseif not is_definition(what) then
      check_value(script, what, field)
    end
    if what == "outdial.call" and field.key.text == "provider" then check_provider(script, field) end
  end
  for name, rule in pairs(whole and not is_definition(what) and api[what] or {}) do
    if rule.required and not given[name] then
      complain(script, at, "%s needs the option '%s', %s", what, name, options.words(rule[1]))
    end
  end
end

-- --- parameters and settings, by their names in the functions that get them ---

local function field_named(fields, name)
  for _, field in ipairs(fields) do
    if field.key.text == name then return field end
  end
end

-- Where the function stands that a field's value is: inline, or a local function of this file.
local function function_at(list, field)
  if is(list, field.from, "function") then return field.from end
  if field.from ~= field.to or list[field.from].kind ~= "name" then return nil end
  local found
  tokens.declared(list, 1, #list, function(name, at)
    if name ~= list[field.from].text then return end
    found = not found and is(list, at - 1, "function") and is(list, at - 2, "local") and at - 1
  end)
  return found or nil
end

-- The tokens of a function's body, and its parameters; nothing where it is not known.
local function body_of(script, field)
  local list = script.list
  local at = field and function_at(list, field)
  if not at then return nil end
  local bracket = is(list, at + 1, "(") and at + 1 or at + 2
  return tokens.close(list, bracket) + 1, tokens.close(list, at), tokens.parameters(list, bracket)
end

-- Tells of TABLE.name where no such name was declared. One that the body declares anew is left alone.
local function check_names(script, from, to, holder, known, what)
  local list, anew = script.list, false
  tokens.declared(list, from, to, function(name) anew = anew or name == holder end)
  if anew then return end
  for at = from, to do
    local name = list[at + 2]
    local here = is(list, at, holder) and is(list, at + 1, ".") and not is(list, at - 1, ".")
    if here and name.kind == "name" and not known[name.text] then
      if is(list, at + 3, "=") and not is(list, at + 4, "=") then return end -- it sets some of its own
      complain(script, at, "%s '%s'; it has %s", what, name.text, next(known) and options.names(known) or "none")
    end
  end
end

-- What is declared of a parameter, where that is all literals.
local function read_rule(script, field)
  local list, rule = script.list, {}
  local fields, whole = {}, false
  if is(list, field.from, "{") then fields, whole = tokens.fields(list, field.from) end
  for _, each in ipairs(fields) do
    rule[each.key.text] = tokens.literal(list, each.from, each.to)
    whole = whole and rule[each.key.text] ~= nil
    if each.key.text == "default" then script.defaults[field.key.text] = each end
  end
  return whole and rule or nil
end

-- The same as when the definition is loaded, but with the parameter's own line.
local function check_params(script, declaration)
  if not declaration or not is(script.list, declaration.from, "{") then return end
  for _, field in ipairs((tokens.fields(script.list, declaration.from))) do
    local rule = read_rule(script, field)
    local wrong = rule and params.problem { [field.key.text] = rule }
    if wrong then complain(script, field.from - 2, "%s", wrong) end
  end
end

-- {function of the definition = which of its parameters holds the values}, and what they are.
local holders = {
  flow = { of = "params", what = "this flow has no parameter", { "run", 1 }, { "on_hangup", 1 } },
  provider = { of = "settings", what = "this provider has no setting", { "place", 2 }, { "status", 2 },
    { "find", 2 }, { "hangup", 2 } },
}

local function check_holders(script, fields)
  local rules = holders[script.kind]
  local declaration = field_named(fields, rules.of)
  local known = {}
  if declaration then
    if not is(script.list, declaration.from, "{") then return end
    local names, whole = tokens.fields(script.list, declaration.from)
    if not whole then return end
    for _, field in ipairs(names) do known[field.key.text] = true end
  end
  for _, rule in ipairs(rules) do
    local from, to, names = body_of(script, field_named(fields, rule[1]))
    if from and names[rule[2]] then check_names(script, from, to, names[rule[2]], known, rules.what) end
  end
end

-- --- ops where there are none ---

local ops = { submit = true, http = true, single = true }

local function check_ops(script, fields)
  for _, name in ipairs { "plan", "webhook", "status", "find", "hangup" } do
    local from, to = body_of(script, field_named(fields, name))
    local at_once = name == "plan" or name == "webhook"
    for at = from or 1, from and to or 0 do
      local op = is_library(script, at) and script.list[at + 2].text
      if at_once and ops[op] then
        complain(script, at, "%s has to answer at once: it cannot wait for outdial.%s", name, op)
      elseif op == "submit" then
        complain(script, at, "outdial.submit is for place; use outdial.http in %s", name)
      end
    end
  end
end

local function check_definition(script)
  local brace = script.kind and definition(script, script.kind)
  if not brace then return end
  local fields, whole = tokens.fields(script.list, brace)
  if script.kind == "flow" then check_params(script, field_named(fields, "params")) end
  if not whole then return end
  check_holders(script, fields)
  if script.kind == "provider" then check_ops(script, fields) end
end

local host = {}

function host.take()
  return {}
end

--- A list of {line, message}, by lines. providers: the names there are, or nil where that does not matter.
function host.problems(text, providers)
  local list = tokens.read(text)
  local script = { list = list, problems = {}, names = library_names(list), defaults = {} }
  for _, name in ipairs(providers or {}) do
    script.providers = script.providers or {}
    script.providers[name] = true
  end
  script.kind = kind_of(script)
  script.calls = call_names(script)
  local declared = {}
  tokens.declared(list, 1, #list, function(name) declared[name] = true end)
  check_definition(script)
  for at = 1, #list do
    check_function(script, at)
    check_verb(script, at)
    check_lua(script, at, declared)
    check_options(script, at)
  end
  table.sort(script.problems, function(a, b) return a[1] < b[1] end)
  return script.problems
end

--- A list of {line, name}: the modules of the operator's, where the script requires them by name.
function host.requires(text)
  local list, found = tokens.read(text), {}
  for at = 1, #list do
    local what = is(list, at, "require") and list[is(list, at + 1, "(") and at + 2 or at + 1]
    local name = what and what.kind == "string" and what.text:match "^[\"']([%w_-]+)[\"']$"
    if name and name ~= "outdial" and not is(list, at - 1, ".") then
      found[#found + 1] = { list[at].line, name }
    end
  end
  return found
end

registry["outdial.host"] = host

return host
