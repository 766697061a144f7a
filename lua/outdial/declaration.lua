--- What a definition declares, parameters and settings, against what its functions ask of it.

local api = require "outdial.api"
local options = require "outdial.options"
local params = require "outdial.params"
local tokens = require "outdial.tokens"
local traits = require "outdial.traits"

local declaration = {}

local is = tokens.is

local function field_named(fields, name)
  for _, field in ipairs(fields) do
    if field.key.text == name then return field end
  end
end

-- Where the function stands that a field's value is: inline, or a local function of this file.
local function function_at(script, field)
  local list = script.list
  if is(list, field.from, "function") then return field.from end
  if field.from ~= field.to or list[field.from].kind ~= "name" then return nil end
  local found
  for _, at in ipairs(script.declarations) do
    if list[at].text == list[field.from].text then
      found = not found and is(list, at - 1, "function") and is(list, at - 2, "local") and at - 1
    end
  end
  return found or nil
end

-- The tokens of a function's body, and its parameters; nothing where it is not known.
local function body_of(script, field)
  local list = script.list
  local at = field and function_at(script, field)
  if not at then return nil end
  local bracket = is(list, at + 1, "(") and at + 1 or at + 2
  return tokens.close(list, bracket) + 1, tokens.close(list, at), tokens.parameters(list, bracket)
end

-- Whether the table may have more fields than were declared: it goes elsewhere, and who knows what happens
-- to it there; or the name stands for something else for a while.
local function is_open(script, from, to, holder)
  local list, open = script.list, false
  tokens.declared(list, from, to, function(name) open = open or name == holder end)
  for at = from, to do
    local here = is(list, at, holder) and not is(list, at - 1, ".") and not is(list, at - 1, ":")
    local alone = here and not is(list, at + 1, ".")
    if alone and (script.dynamic or is(list, at + 1, "[") or is(list, at + 1, "=")) then open = true end
  end
  return open
end

-- Tells of TABLE.name where no such name was declared.
local function check_names(script, from, to, holder, known, what)
  local list = script.list
  if is_open(script, from, to, holder) then return end
  for at = from, to do
    local name = list[at + 2]
    local here = is(list, at, holder) and is(list, at + 1, ".") and not is(list, at - 1, ".")
    if here and name.kind == "name" and not known[name.text] and not script.assigned[name.text] then
      script:complain(at, "%s '%s'; it has %s", what, name.text, next(known) and options.names(known) or "none")
    end
  end
end

-- Whether a field's value is a table that is written out.
local function is_table(script, field)
  return field and is(script.list, field.from, "{")
end

-- What is declared of a parameter, where that is all literals.
local function read_rule(script, fields, whole)
  local rule = {}
  for _, field in ipairs(fields) do
    rule[field.key.text] = tokens.literal(script.list, field.from, field.to)
    whole = whole and rule[field.key.text] ~= nil
  end
  return whole and rule or nil
end

-- The same as when the definition is loaded, but with the parameter's own line.
local function check_param(script, param)
  local name, wrong = param.key.text, #script.problems
  script:check_table(("param '%s'"):format(name), param.from, api.param)
  if #script.problems > wrong then return end
  local fields, whole = tokens.fields(script.list, param.from)
  script.defaults[name] = field_named(fields, "default")
  if script.strict and not field_named(fields, "help") and not script.defaults[name] then
    script:complain(param.from - 2, "param '%s' has no help: say what it is for", name)
  end
  local rule = read_rule(script, fields, whole)
  local sentence = rule and params.problem { [name] = rule }
  if sentence then script:complain(param.from - 2, "%s", sentence) end
end

local function each_table(script, field, check)
  if not is_table(script, field) then return end
  for _, entry in ipairs((tokens.fields(script.list, field.from))) do
    if is_table(script, entry) then check(entry) end
  end
end

local function check_parts(script, fields)
  local prefix = "outdial.provider: "
  for _, name in ipairs { "accepts", "poll", "reconcile" } do
    local field = field_named(fields, name)
    if is_table(script, field) then script:check_table(name, field.from, traits[name], prefix) end
  end
  each_table(script, field_named(fields, "settings"), function(setting)
    script:check_table(("setting '%s'"):format(setting.key.text), setting.from, traits.setting, prefix)
  end)
end

-- {function of the definition = which of its parameters holds the values}, and what they are.
local holders = {
  flow = { of = "params", what = "this flow has no parameter", { "run", 1 }, { "on_hangup", 1 } },
  provider = { of = "settings", what = "this provider has no setting", { "place", 2 }, { "status", 2 },
    { "find", 2 }, { "hangup", 2 } },
}

local function check_holders(script, fields)
  local rules = holders[script.kind]
  local declared = field_named(fields, rules.of)
  local known = {}
  if declared then
    if not is_table(script, declared) then return end
    local names, whole = tokens.fields(script.list, declared.from)
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
      local op = script:is_library(at) and script.list[at + 2].text
      if at_once and ops[op] then
        script:complain(at, "%s has to answer at once: it cannot wait for outdial.%s", name, op)
      elseif op == "submit" then
        script:complain(at, "outdial.submit is for place; use outdial.http in %s", name)
      end
    end
  end
end

--- Looks at the definition, where the script has one.
function declaration.check(script)
  local brace = script.kind and script:definition(script.kind)
  if not brace then return end
  local fields, whole = tokens.fields(script.list, brace)
  if script.kind == "flow" then
    each_table(script, field_named(fields, "params"), function(param) check_param(script, param) end)
  else
    check_parts(script, fields)
  end
  if not whole then return end
  check_holders(script, fields)
  if script.kind == "provider" then check_ops(script, fields) end
end

return declaration
