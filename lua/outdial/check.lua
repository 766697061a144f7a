--- What can be seen wrong in a script's text without running it: options, functions, verbs, parameters and
-- settings that are not there. Only what is wrong whichever way the script takes is told. Globals and syntax
-- are looked at by the engine, the definition by loading it.

local api = require "outdial.api"
local declaration = require "outdial.declaration"
local options = require "outdial.options"
local scripts = require "outdial.script"
local tokens = require "outdial.tokens"
local traits = require "outdial.traits"

local registry = lua.debug.getregistry()
local libraries = { flow = require "outdial.flow" }
local verbs = registry["outdial.host"].verbs -- as flow.lua left them
libraries.provider = require "outdial.provider"

local is = tokens.is

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
    script:complain(at, "%s:%s has a colon: say %s.%s", here, name.text, here, name.text)
  elseif is(list, at + 1, ".") and not knows(script, name.text) and not script.assigned[name.text] then
    local kind = script.kind or "flow"
    script:complain(at + 2, "%s has no '%s'%s; it has %s", here, name.text,
      script.kind and " in a " .. kind or "", options.names(libraries[kind]))
  end
end

local known_verbs = {}
for name, value in pairs(verbs) do
  if type(value) == "function" then known_verbs[name] = true end
end

-- call.say "x", call.say(…): unless the call is what it is given first.
local function lacks_call(list, at)
  local argument = list[at + 3]
  if not argument then return false end
  if argument.text == "(" then return not is(list, at + 4, list[at].text) end
  return argument.text == "{" or argument.kind == "string"
end

local function check_verb(script, at)
  local list = script.list
  local verb = list[at + 2]
  if not script.calls[list[at].text] or is(list, at - 1, ".") or not verb then return end
  if is(list, at + 1, ":") and not known_verbs[verb.text] and not script.assigned[verb.text] then
    script:complain(at + 2, "a call has no '%s'; it has %s", verb.text, options.names(known_verbs))
  elseif is(list, at + 1, ".") and known_verbs[verb.text] and lacks_call(list, at) then
    script:complain(at, "use a colon: %s:%s", list[at].text, verb.text)
  end
end

local from_lua = { string = string, table = table, math = math, utf8 = utf8, os = os, coroutine = coroutine }

-- What the sandbox has of Lua's libraries, see libraries.c.
local function check_lua(script, at)
  local list = script.list
  local library, name = list[at].text, list[at + 2]
  local own = from_lua[library]
  if not own or script.declared[library] or not is(list, at + 1, ".") or not name or name.kind ~= "name" then return end
  if is(list, at - 1, ".") or is(list, at - 1, ":") then return end
  if script.kind == "flow" and (library == "os" or library == "coroutine") then return end -- is no global there
  if own[name.text] == nil then
    script:complain(at, "%s has no '%s' in a script", library, name.text)
  elseif script.kind == "flow" and library == "math" and name.text == "randomseed" then
    script:complain(at, "a flow's random numbers follow from its run: remove math.randomseed")
  end
end

-- --- options ---

local function called(script, at)
  local list = script.list
  if list[at].kind ~= "name" then return nil end
  if script:is_library(at - 2) then return knows(script, list[at].text) and "outdial." .. list[at].text end
  local on_call = at > 2 and is(list, at - 1, ":") and (script.calls[list[at - 2].text] or is(list, at - 2, "call"))
  return on_call and "call:" .. list[at].text
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
  script:complain(at, "there is no provider '%s'; there are: %s", name, options.names(script.providers))
end

local function check_options(script, at)
  local what = called(script, at)
  local rules = what and (api[what] or traits[what])
  local brace = rules and tokens.option_table(script.list, at)
  if not brace then return end
  script:check_table(what, brace, rules)
  if what ~= "outdial.call" then return end
  for _, field in ipairs((tokens.fields(script.list, brace))) do
    if field.key.text == "provider" then check_provider(script, field) end
  end
end

-- --- waiting where Lua's own C functions are in between ---

local waits = {
  flow = { call = true, sleep = true, now = true, random = true, uuid = true, http = true, audio = true, host = true,
    log = true },
  provider = { submit = true, http = true, single = true },
}
local verbs_that_wait = { collect = true, wait = true, detach = true }

-- What is waited for at `at`, as the script has it; nil if nothing is.
local function waited_for(script, at)
  local list = script.list
  local name = list[at + 2] and list[at + 2].text
  if script:is_library(at) and waits[script.kind][name] then return list[at].text .. "." .. name end
  local waits_here = script.calls[list[at].text] and is(list, at + 1, ":") and verbs_that_wait[name]
  return waits_here and list[at].text .. ":" .. name or nil
end

-- table.sort(list, function …), text:gsub(pattern, function …)
local function check_waits(script, at)
  local list = script.list
  local name = list[at].text
  local sorts = name == "sort" and is(list, at - 1, ".") and is(list, at - 2, "table")
  local swaps = name == "gsub" and (is(list, at - 1, ":") or is(list, at - 1, ".") and is(list, at - 2, "string"))
  if not (sorts or swaps) or not is(list, at + 1, "(") or not script.kind then return end
  local inside = 0 -- where the function ends
  for i = at + 2, tokens.close(list, at + 1) do
    if i > inside and is(list, i, "function") then inside = tokens.close(list, i) end
    local what = i < inside and waited_for(script, i)
    if what then script:complain(i, "%s cannot be waited for inside %s: do it before", what, name) end
  end
end

local function check_name(script, at)
  check_function(script, at)
  check_verb(script, at)
  check_lua(script, at)
  check_options(script, at)
  check_waits(script, at)
end

local host = {}

function host.take()
  return {}
end

--- A list of {line, message}, by lines. providers: the names there are, or nil where that does not matter.
function host.problems(text, providers)
  local script = scripts.read(text, providers)
  declaration.check(script)
  for at = 1, #script.list do
    if script.list[at].kind == "name" then check_name(script, at) end
  end
  table.sort(script.problems, function(a, b) return a[1] < b[1] end)
  return script.problems
end

--- A list of {line, name}: the modules of the operator's, where the script requires them by name.
function host.requires(text)
  local list, found = tokens.read(text), {}
  for at = 1, #list do
    local open = is(list, at + 1, "(")
    local what = is(list, at, "require") and (not open or is(list, at + 3, ")")) and list[at + (open and 2 or 1)]
    local name = what and what.kind == "string" and what.text:match "^[\"']([%w_-]+)[\"']$"
    if name and name ~= "outdial" and not is(list, at - 1, ".") then
      found[#found + 1] = { list[at].line, name }
    end
  end
  return found
end

registry["outdial.host"] = host

return host
