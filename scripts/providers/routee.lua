-- Routee: says texts, collects digits and connects people by a dial plan, and asks for the next
-- one as the call goes on. The rules are those of Routee, "Accept a pin number" page, unless a
-- comment names another.
local outdial = require "outdial"

-- Status → how the call stands (Routee, Voice status page). Unknown is left out on purpose: pages
-- disagree whether it is final, so by itself it ends nothing (see status).
local states = {
  Queued = { "queued" },
  Initiated = { "queued" },
  Ringing = { "ringing" },
  InProgress = { "in_progress" },
  Completed = { "completed" },
  Busy = { "busy" },
  NoAnswer = { "no_answer" },
  Failed = { "failed", "provider_error" },
  Unsent = { "failed", "insufficient_funds" }, -- no balance, never initiated
  Terminated = { "failed", "insufficient_funds" }, -- cut off when the balance was used up
}
local unknown_lasts = 120 * 1000 -- ms after which Unknown is the carrier's failure

-- What SAY speaks, and how much (Routee, Dial plan verbs page).
local languages = { "en-US", "de-DE", "fr-FR", "it-IT", "pt-BR", "es-ES", "es-LA", "en-GB", "el-GR",
  "bg-BG", "pl-PL", "hu-HU", "sv-SE", "ru-RU" }
for _, language in ipairs(languages) do languages[language] = true end
local longest_text = 1000 -- characters

local refusals = { [401] = "auth", [403] = "auth", [429] = "rate_limited" }

local function object(value)
  return type(value) == "table" and value or {}
end

local function text(value)
  return type(value) == "string" and value or nil
end

local function refuse(message, ...)
  return nil, { code = "invalid_request", message = message:format(...), sent = "no" }
end

-- Whom to call from: a name, or a number that is not too long (Routee, Voice conversation page).
local function caller(from)
  if not from then return refuse "Routee needs a number or name to call from" end
  if from:match "^%+?%d+$" and #from:gsub("%+", "") > 16 then
    return refuse("a number to call from has at most 16 digits, unlike %s", from)
  end
  return from
end

-- Dial plans: each of a flow's verbs becomes one of Routee's, or nil and an error.

local render = {}

function render.say(verb)
  local language, length = verb.language or "en-GB", utf8.len(verb.text)
  if not languages[language] then
    return refuse("Routee doesn't speak %s, but %s", language, table.concat(languages, ", "))
  elseif not length or length > longest_text then
    return refuse("Routee says texts of at most %d characters, not of %s", longest_text,
      length or "broken UTF-8")
  end
  return {
    type = "SAY",
    message = { language = language, gender = verb.gender or "female", text = verb.text },
    ["repeat"] = verb.repeats,
    bargeIn = verb.barge_in,
  }
end

function render.play(verb)
  if not verb.url:lower():match "^https?://[^?#%s]+%.wav$" then
    return refuse("Routee plays .wav files of the web only, not %s", verb.url)
  end
  return { type = "PLAY", fileURL = verb.url, ["repeat"] = verb.repeats, bargeIn = verb.barge_in }
end

function render.pause(verb)
  return { type = "PAUSE", duration = math.ceil(verb.seconds) }
end

function render.collect(verb, call)
  if not call.hook then
    return refuse "Routee sends digits to a webhook, so the engine needs its public_url"
  end
  return {
    type = "COLLECT",
    eventUrl = call.hook .. "?turn=" .. verb.turn,
    maxDigits = verb.max_digits,
    submitOnHash = verb.submit_on_hash,
  }
end

function render.dial(verb, call)
  local from, wrong = caller(verb.from or call.from)
  if not from then return nil, wrong end
  return {
    type = "DIAL",
    from = from,
    to = { phone = verb.to },
    hangupDelay = verb.ring,
    maxDuration = verb.limit,
    record = verb.record,
    callback = call.hook and { url = call.hook .. "?leg=" .. verb.leg, strategy = "OnChange" },
  }
end

local function plan(verbs, call)
  local steps, dials = {}, 0
  for _, verb in ipairs(verbs) do
    if verb.verb == "hangup" then break end -- there is no such verb: a call ends with its plan
    local step, wrong = render[verb.verb](verb, call)
    if not step then return nil, wrong end
    steps[#steps + 1] = step
    if verb.verb == "dial" then
      dials = dials + 1
    elseif verb.verb == "collect" then
      -- COLLECT doesn't wait for anybody. What keeps the call up is a PAUSE, and it has to come
      -- after COLLECT, not before it as in the page's sample.
      steps[#steps + 1] = render.pause { seconds = verb.timeout or 10 }
    end
  end
  if dials > 1 then return refuse("Routee connects once in a plan, not %d times", dials) end
  -- A plan must not be empty, and a second of silence ends a call as well.
  if #steps == 0 then steps[1] = render.pause { seconds = 1 } end
  return { verbs = steps }
end

-- The token (Routee, Authentication page): shared by all calls, renewed a minute early.

local held = { renew = 0 }

local function fetch(settings)
  local answer, err = outdial.http {
    method = "POST",
    url = settings.auth_url .. "/oauth/token",
    headers = {
      Authorization = "Basic " .. outdial.base64(settings.app_id .. ":" .. settings.app_secret),
      ["Content-Type"] = "application/x-www-form-urlencoded",
    },
    body = "grant_type=client_credentials",
  }
  if not answer then return nil, { code = err.code, message = err.message, sent = "no" } end
  local json = object(answer.json)
  if answer.status ~= 200 or not text(json.access_token) then
    local code = answer.status >= 400 and answer.status < 500 and "auth" or "provider_error"
    return nil, { code = refusals[answer.status] or code, sent = "no",
      message = ("Routee gave no token: HTTP %d"):format(answer.status) }
  end
  local lasts = tonumber(json.expires_in) or math.huge -- it may say "Unlimited"
  held.token, held.renew = json.access_token, outdial.now() + (lasts - 60) * 1000
  return held.token
end

-- The token to use, which is not the one that was refused.
local function token(settings, refused)
  if settings.access_token then return settings.access_token end
  if held.token ~= refused and outdial.now() < held.renew then return held.token end
  return outdial.single("token", function() return fetch(settings) end)
end

-- Sends with a token, and once more with a new one after HTTP 401 or 403: nothing is done twice by
-- that, as the first was turned away.
local function authorised(settings, send, refused)
  local bearer, err = token(settings, refused)
  if not bearer then return nil, err end
  local answer
  answer, err = send { Authorization = "Bearer " .. bearer }
  local stale = answer and refusals[answer.status] == "auth"
  if not stale or refused or settings.access_token then return answer, err end
  return authorised(settings, send, bearer)
end

-- Placing (Routee, Voice conversation page).

local function limit(keys, name, most)
  local value = keys[name]
  if value == nil then return nil end
  local number = tonumber(value)
  if number and number >= 1 and number <= most then return number end
  return refuse("%s must be a number from 1%s, not %s", name,
    most < math.huge and " to " .. most or "", value)
end

local function detection(given)
  if given == nil then return nil end
  local machine = type(given) == "table" and given or { strategy = given }
  if machine.strategy ~= "Hangup" and machine.strategy ~= "Continue" then
    return refuse "machineDetection must be Hangup, or a table with a strategy and an eventUrl"
  elseif machine.strategy == "Continue" and not machine.eventUrl then
    return refuse "machineDetection needs, to Continue, an eventUrl that answers with a plan"
  end
  return machine
end

local function body_of(request)
  local keys, from, unfit = request.keys or {}, caller(request.from)
  if not from then return nil, unfit end
  if not request.verbs then return refuse "there is nothing to say in the call" end
  local body = { from = from, to = { phone = request.to } }
  local wrongs = {}
  body.dialPlan, wrongs[1] = plan(request.verbs, request)
  body.hangupDelay, wrongs[2] = limit(keys, "hangupDelay", 60)
  body.maxDuration, wrongs[3] = limit(keys, "maxDuration", math.huge)
  body.machineDetection, wrongs[4] = detection(keys.machineDetection)
  local _, wrong = next(wrongs)
  if wrong then return nil, wrong end
  body.callback = request.hook and { url = request.hook, strategy = "OnChange" }
  return body
end

-- An answer that placed nothing, or that doesn't say whether it did.
local function rejection(answer)
  local status, json = answer.status, object(answer.json)
  local message = ("Routee answered HTTP %d"):format(status)
  if json.developerMessage then
    message = ("%s: %s (%s)"):format(message, json.developerMessage, json.code)
  end
  if status < 300 or status >= 500 then
    return nil, { code = "provider_error", message = message, sent = "maybe" }
  end
  local reason = refusals[status] or status < 400 and "config" or "invalid_request"
  return { state = "failed", reason = reason, message = message }
end

local function place(request, settings)
  local body, wrong = body_of(request)
  if not body then return nil, wrong end
  local answer, err = authorised(settings, function(headers)
    return outdial.submit {
      url = settings.url .. "/voice/conversation", headers = headers, body = body,
    }
  end)
  if not answer then return nil, err end
  local tracking = object(answer.json).trackingId
  if answer.status < 300 and text(tracking) then
    return { state = "queued", reference = tracking }
  end
  return rejection(answer)
end

-- Asking (Routee, Voice tracking page). Tracking says status.status and status.date where a
-- callback says status.name and status.updatedDate.

local function state_of(name, answered_by)
  local state = states[(tostring(name):gsub("%s", ""))] -- one page writes "No Answer"
  if not state then return nil end
  -- Completed is also what a machine that was to be hung up on counts as.
  if state[1] == "completed" and answered_by == "MACHINE" then return "failed", "machine" end
  return state[1], state[2]
end

local function tracked(settings, request)
  local answer, err = authorised(settings, function(headers)
    request.headers = headers
    return outdial.http(request)
  end)
  if not answer then return nil, err end
  local rows = object(answer.json).content
  if answer.status == 200 and type(rows) == "table" then return rows end
  return nil, { code = "provider_error",
    message = ("Routee answered HTTP %d without calls"):format(answer.status) }
end

-- A conversation has a leg for each person in it; ours is the one to the number that we called.
local function own_leg(legs, number)
  for _, leg in ipairs(legs) do
    local to = object(leg).to
    if (object(to).phone or to) == number then return leg end
  end
end

local function status(call, settings)
  if not call.reference then -- the answer was lost, and a callback with the id is yet to come
    return nil, { code = "provider_error", message = "Routee's id of the call is not known yet" }
  end
  local legs, err = tracked(settings, {
    method = "GET",
    url = settings.url .. "/voice/tracking/conversation/" .. call.reference,
  })
  if not legs then return nil, err end
  local leg = own_leg(legs, call.to)
  if not leg then
    return nil, { code = "provider_error", message = "Routee tracks no such call (yet)" }
  end
  local now = object(leg.status)
  local state, reason = state_of(now.status, leg.answeredBy)
  if not state then -- Unknown, or a word that we don't know
    local since = outdial.time.parse(now.date) or call.submitted
    local lasts = outdial.now() - since >= unknown_lasts
    if now.status == "Unknown" and lasts then state, reason = "failed", "carrier_error" end
  end
  return { state = state or call.state, reason = reason, detail = { said = now.status,
    answered_by = leg.answeredBy, message_id = text(leg.messageId), price = leg.price } }
end

-- After a submission with an unknown end: whom did we call since then?
local function find(call, settings)
  local function date(ms)
    return outdial.time.format(ms, 0) .. "Z"
  end
  local minute = 60 * 1000 -- what two clocks may differ by
  local legs, err = tracked(settings, {
    method = "POST",
    url = ("%s/voice/tracking?from=%s&to=%s"):format(settings.url, date(call.submitted - minute),
      date(outdial.now() + minute)),
    body = outdial.json.array {
      { fieldName = "recipient", searchOperator = "is", searchTerm = call.to },
    },
  })
  if not legs then return nil, err end
  local candidates = {} -- the engine knows which of them are other calls to the same person
  for _, leg in ipairs(legs) do
    local tracking = object(leg).conversationTrackingId
    local state, reason = state_of(object(object(leg).status).status, object(leg).answeredBy)
    if tracking then
      candidates[#candidates + 1] = { state = state or "queued", reason = reason, reference = tracking }
    end
  end
  if #candidates == 0 then return { found = false } end
  return { found = true, candidates = candidates }
end

-- Hanging up needs the leg's id, which the first callback brings (Routee, Voice actions page).
local function hangup(call, settings)
  local leg = object(call.detail).message_id
  if not leg then return nil, { code = "provider_error", message = "Routee has not named the leg yet" } end
  local answer, err = authorised(settings, function(headers)
    headers["Content-Type"] = "application/json"
    return outdial.http {
      method = "PUT", url = settings.url .. "/voice/conversation/" .. leg, headers = headers,
      body = { action = call.state == "in_progress" and "hangup" or "reject" },
    }
  end)
  if not answer then return nil, err end
  if answer.status < 300 then return true end
  return nil, { code = "provider_error", message = ("Routee answered HTTP %d"):format(answer.status) }
end

-- Listening. Callbacks come twice, late and in any order; the engine sorts that out by id and rank.

local function ignored(message, ...)
  return { kind = "ignored", message = message:format(...) }
end

-- "1,2,3,4", "1234" or 1234, perhaps with the pound key that ended it. No tones at all is how Routee says
-- that the call is over: not a wrong number, and nobody is there to hear a plan.
local function tones(body, query)
  local given = body.collectedTones
  local keyed = math.type(given) == "integer" and tostring(given) or text(given) or ""
  keyed = keyed:gsub("[,%s]", "")
  if keyed == "" then return { kind = "hangup", id = "hangup" } end
  local turn = math.tointeger(tonumber(query.turn)) or query.turn -- a hold plan's is a word
  return { kind = "digits", id = "digits:" .. turn, turn = turn, digits = (keyed:gsub("#$", "")) }
end

local function progress(body, query)
  local now = object(body.status)
  local state, reason = state_of(now.name)
  if not state then return ignored("status %s ends nothing; tracking is asked", now.name) end
  local id = ("%s:%s:%s"):format(body.messageId, now.name, now.updatedDate)
  local leg = math.tointeger(tonumber(query.leg))
  if leg then
    return { kind = "leg", id = "leg:" .. id, leg = leg, to = body.to, state = state,
      reason = reason }
  end
  return { kind = "status", id = id, state = state, reason = reason,
    reference = text(body.conversationTrackingId), detail = { said = now.name,
      message_id = text(body.messageId), duration = body.duration, price = body.price } }
end

local function webhook(request, call)
  local body, query = object(request.body), object(request.query)
  -- Callbacks carry no signature; the conversation must at least be the call's own.
  local known, told = call.reference, text(body.conversationTrackingId)
  if not query.leg and known and told and told ~= known then
    return ignored("conversation %s is not this call's", told)
  end
  if body.collectedTones ~= nil and query.turn then return tones(body, query) end
  if type(body.status) == "table" then return progress(body, query) end
  return ignored "neither tones nor a status"
end

return outdial.provider {
  summary = "Routee: text to speech, digits and connecting, by a dial plan",
  settings = {
    url = { default = "https://connect.routee.net", help = "address before /voice" },
    auth_url = { default = "https://auth.routee.net", help = "address before /oauth" },
    app_id = { required = true, unless = "access_token", help = "application id" },
    app_secret = { required = true, unless = "access_token", secret = true,
      help = "application secret" },
    access_token = { secret = true, help = "used as it is, in place of app_id and app_secret" },
  },
  silence = "hangup", -- no tones come when the call is over
  accepts = { plan = true, keys = { "hangupDelay", "maxDuration", "machineDetection" } },
  duplicate = "query", -- by recipient and time
  place = place,
  status = status,
  find = find,
  hangup = hangup,
  plan = plan,
  webhook = webhook,
  rate = 1, -- request a second (Routee, Voice conversation page)
  -- Whether a call was placed is seen soon; after that people have to look.
  reconcile = { first = 1, factor = 2, ceiling = 30, deadline = 90 },
  -- Callbacks tell nearly everything; asking is for those that never come.
  poll = { first = 30, factor = 2, ceiling = 300, jitter = 0.1, deadline = 4 * 3600 },
  -- Then Routee gives up. Only a key brings its next question, so the hold plan asks for one.
  answer_within = 3,
  hold = {
    { verb = "say", text = "One moment, please. Press one, and then the pound key, to go on." },
    { verb = "collect", max_digits = 1, submit_on_hash = true, timeout = 20 },
  },
}
