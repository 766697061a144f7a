--- A stand-in for the engine around one provider script: the Lua half is the engine's own, what the
-- C half does is played here. A spec says what is answered and looks at what was sent.
--
--   local veratad = host.load("veratad", { user = "u", pass = "p" })
--   veratad:answer(200, { result = { action = "PASS" } })
--   local outcome = veratad:place { to = "+12015106000", message = "m" }
--   veratad.sent[1].json.service

local json = require "spec.support.json"

local host = {}
local Host = {}
Host.__index = Host

local function base64(text)
  return (require("mime").b64(text))
end

-- What the modules in C would say.
local function modules_of(self)
  local function log(level)
    return function(...) self.logged[#self.logged + 1] = { level = level, text = table.concat({ ... }, " ") } end
  end
  return {
    ["outdial.json"] = json,
    ["outdial.op"] = function(name, args) return self[name](self, args) end,
    ["outdial.live"] = {
      now = function() return self.now end,
      uuid = function() return "99999999-0000-4000-8000-000000000000" end,
      base64 = base64,
      log = { info = log "info", warn = log "warning" },
    },
  }
end

local function load_in(env, path)
  return assert(loadfile(path, "t", env))(path)
end

-- The environment of a provider script: `outdial` is the provider's side of the library.
local function environment(self)
  local loaded = modules_of(self)
  local env = setmetatable({ lua = { debug = debug, next = next } }, { __index = _G })
  function env.require(name)
    if name == "outdial" then name = "outdial.provider" end
    if not loaded[name] then
      loaded[name] = load_in(env, "lua/" .. name:gsub("%.", "/") .. ".lua")
    end
    return loaded[name]
  end
  return env
end

--- Loads scripts/providers/NAME.lua; settings as an operator gives them.
function host.load(name, settings)
  local self = setmetatable({ now = host.noon, sent = {}, answers = {}, logged = {}, inside = {} }, Host)
  local script = load_in(environment(self), "scripts/providers/" .. name .. ".lua")
  local engine_side = debug.getregistry()["outdial.host"]
  self.traits = assert(engine_side.take(script))
  self.call_script = engine_side.call
  self.settings = assert(engine_side.settings(settings or {}, name))
  return self
end

host.absent = {} -- as a field's value for merged: leave that field out

--- Both tables' fields in a new one; where both have one, the second's.
function host.merged(one, other)
  local all = {}
  for key, value in pairs(one) do all[key] = value end
  for key, value in pairs(other or {}) do all[key] = value end
  for key, value in pairs(all) do
    if value == host.absent then all[key] = nil end
  end
  return all
end

host.noon = 1768996800000 -- 2026-01-21T12:00:00Z
host.id = "6f1c3b0a-7a51-4d7e-9d53-0c8a5b1e2f34"

-- Ops. Each takes the next answer that the spec gave.

function Host:exchange(kind, given)
  local body, headers = given.body, {}
  for name, value in pairs(given.headers or {}) do headers[name:lower()] = value end
  if type(body) == "table" then
    body = json.encode(body)
    headers["content-type"] = headers["content-type"] or "application/json"
  end
  self.sent[#self.sent + 1] = { kind = kind, method = given.method or "GET", url = given.url,
    headers = headers, body = body, json = body and json.decode(body) }
  if self.concurrent then coroutine.yield(kind) end
  local answer = table.remove(self.answers, 1) or error("nothing was to be asked of " .. given.url)
  if answer.error then return nil, answer.error end
  return answer
end

function Host:submit(given)
  given.method = "POST"
  return self:exchange("submit", given)
end

function Host:http(given)
  return self:exchange("http", given)
end

function Host:enter(given)
  if not self.inside[given.key] then
    self.inside[given.key] = true
    return true
  end
  coroutine.yield "enter"
  return false
end

function Host:leave(given)
  self.inside[given.key] = nil
end

--- The next request is answered so: a table goes as JSON, a text as it is.
function Host:answer(status, body, headers)
  local text = type(body) == "table" and json.encode(body) or body or ""
  self.answers[#self.answers + 1] = { status = status, headers = headers or {}, body = text,
    json = json.decode(text) }
end

--- The next request fails: sent is "no" or "maybe".
function Host:fail(code, sent)
  self.answers[#self.answers + 1] = { error = { code = code, message = code .. " on the way", sent = sent } }
end

-- The provider's functions, with what the engine would fill in.

function Host:place(request)
  return self.call_script("place", host.merged({ id = host.id }, request), self.settings)
end

local queued = { id = host.id, state = "queued", submitted = host.noon }

function Host:status(call)
  return self.call_script("status", host.merged(queued, call), self.settings)
end

function Host:find(call)
  return self.call_script("find", host.merged(queued, call), self.settings)
end

function Host:plan(verbs, call)
  return self.call_script("plan", verbs, call)
end

--- body is the JSON of the webhook, query what stood behind its address' question mark.
function Host:webhook(body, query, call)
  return self.call_script("webhook", { body = body, text = json.encode(body), query = query or {} }, call)
end

return host
