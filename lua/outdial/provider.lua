--- What a provider script sees as `require "outdial"`: live code with HTTP and settings.
-- Ops (submit, http, single) yield to the engine and work only inside place, status, find.

local api = require "outdial.api"
local json = require "outdial.json"
local live = require "outdial.live"
local op = require "outdial.op"
local options = require "outdial.options"
local time = require "outdial.time"
local traits = require "outdial.traits"

local outdial = {
  json = json,
  null = json.null,
  time = time,
  --- outdial.now(): integer
  -- @returns milliseconds since 1970 UTC
  now = live.now,
  --- outdial.uuid(): string
  -- @returns a random UUID
  uuid = live.uuid,
  --- outdial.base64(text: string): string
  -- @returns the text in Base64 (RFC 4648); it may have 64 KiB
  base64 = live.base64,
  --- outdial.log.info(text: string)
  -- Writes a line into the engine's log. Secrets are hidden only where the engine wrote them: do not
  -- log settings.
  --- outdial.log.warn(text: string)
  -- The same, as a warning.
  log = live.log,
}

--- outdial.submit(options: outdial.submit): outdial.answer?, outdial.error?
-- The create-call POST: its intent is on disk before its first byte leaves, on a connection
-- of its own; the provider's rate is kept. It is sent again only when nothing has left, or on
-- HTTP 429, or 503 with Retry-After.
-- @allowed place
-- @yields
-- @returns the answer, whatever its status, or nil and an error with `sent`: return that as it is
-- @error resolve, refused, tls, timeout, cut the service was not found, not reached, not who it
-- should be, too slow, or broke off
-- @error too_large the answer is too large for a script
-- @error invalid the request cannot be sent so
-- @error canceled, internal, memory the engine could not do it
-- @error store it could not be written down that it would be sent, so it was not
-- @error usage it was called outside of place
function outdial.submit(given)
  return op("submit", options.check("outdial.submit", given, traits["outdial.submit"]))
end

--- outdial.http(options: outdial.http): outdial.answer?, outdial.error?
-- Any other request, once: a status, a token, a hang-up.
-- @allowed place, status, find, hangup
-- @yields
-- @returns the answer, whatever its status, or nil and an error with `sent`
-- @error resolve, refused, tls, timeout, cut the service was not found, not reached, not who it
-- should be, too slow, or broke off
-- @error too_large the answer is too large for a script
-- @error invalid the request cannot be sent so
-- @error canceled, internal, memory the engine could not do it
function outdial.http(given)
  return op("http", options.check("outdial.http", given, api["outdial.http"]))
end

local flights = {}

--- outdial.single(key: string, work: fun(): any): any
-- Runs the function, or, while a caller with the same key is inside, waits for that one and
-- returns what it returned: one token request for many calls.
-- @allowed place, status, find, hangup
-- @yields
-- @returns what the function returned
-- @error timeout the one inside took too long
-- @error script the function raised in the one inside
function outdial.single(key, work)
  local flight
  repeat -- until nobody is inside: who is may be given up, with the call that it is for
    flight = flights[key]
    local inside, wrong = op("enter", { key = key })
    if wrong then return nil, { code = wrong.code, message = wrong.message, sent = "no" } end
    if not inside and flight.results then return table.unpack(flight.results, 2, flight.results.n) end
  until inside
  flight = {}
  flights[key] = flight
  local results = table.pack(pcall(work))
  flights[key] = nil
  flight.results = results[1] and results
    or { true, nil, { code = "script", message = tostring(results[2]), sent = "no" }, n = 3 }
  op("leave", { key = key })
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

local function check_settings(settings)
  for name, rule in pairs(settings) do
    local what = ("setting '%s'"):format(tostring(name))
    local _, wrong = options.read(what, rule, traits.setting)
    if wrong then return wrong end
    if rule.unless and not settings[rule.unless] then
      return ("%s: unless names '%s', which is no setting"):format(what, rule.unless)
    end
  end
end

-- What one key of the definition makes another one need.
local function check_pairs(provider)
  if provider.status and not provider.poll then return "status needs poll, when to ask" end
  if provider.find and not provider.reconcile then return "find needs reconcile, when to ask" end
  if provider.accepts.plan and not (provider.plan and provider.webhook) then
    return "accepts.plan needs the functions plan and webhook"
  end
  if provider.hold and not provider.plan then return "hold needs plan, which renders it" end
  if not provider.accepts.plan and not provider.accepts.message then
    return "accepts must have message or plan, or the provider can place nothing"
  end
end

local function read_parts(provider)
  local wrong
  provider.accepts, wrong = options.read("accepts", provider.accepts, traits.accepts)
  if wrong then return wrong end
  for _, name in ipairs { "poll", "reconcile" } do
    if provider[name] then
      provider[name], wrong = options.read(name, provider[name], traits[name])
      if wrong then return wrong end
    end
  end
  return check_settings(provider.settings) or check_pairs(provider)
end

--- outdial.provider(options: outdial.provider): outdial.provider
-- What a provider file returns: `return outdial.provider { … }`.
-- @allowed the file's end
function outdial.provider(given)
  local provider = options.check("outdial.provider", given, traits["outdial.provider"])
  local wrong = read_parts(provider)
  if wrong then options.fail("outdial.provider: " .. wrong) end
  return setmetatable(provider, { __name = "provider" })
end

-- The engine's side: what it calls, in a table that scripts do not see.
local host = {}

local provider -- what the script returned

--- Takes what the script returned; gives it without its functions, or nil and a sentence.
function host.take(value)
  local meta = type(value) == "table" and lua.debug.getmetatable(value)
  if not meta or meta.__name ~= "provider" then
    return nil, "a provider must end with: return outdial.provider { … }"
  end
  provider = value
  local plain = { can = {} }
  for name, part in pairs(provider) do
    if type(part) == "function" then plain.can[name] = true else plain[name] = part end
  end
  return plain
end

local function fits(rule, value)
  if rule.length and #value ~= rule.length then
    return ("must be %d characters long"):format(rule.length)
  end
  if rule.pattern and not value:match(rule.pattern) then return "has characters it cannot have" end
end

--- Fills in defaults; nil and a sentence when a setting is missing or cannot be right. Values
-- are not in the sentence: they may be secrets.
function host.settings(given, name)
  local values = {}
  for key, rule in pairs(provider.settings) do
    local value = given[key]
    if value == nil then value = rule.default end
    if value == nil and rule.required and not (rule.unless and given[rule.unless]) then
      return nil, ("%s.%s is not set%s; give --set %s.%s=… or %s"):format(name, key,
        rule.help and (" (%s)"):format(rule.help) or "", name, key,
        ("OUTDIAL_%s_%s"):format(name:upper(), key:upper()))
    end
    local wrong = value ~= nil and fits(rule, tostring(value))
    if wrong then return nil, ("%s.%s %s"):format(name, key, wrong) end
    values[key] = value
  end
  return values
end

--- place, status, find, plan or webhook of the provider.
function host.call(name, ...)
  return provider[name](...)
end

lua.debug.getregistry()["outdial.host"] = host

return outdial
