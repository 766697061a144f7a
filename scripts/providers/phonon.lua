-- Phonon Dialler: starts a flow that was built in Phonon's console, with variables of its own.
-- One request places it; how it ended comes as a push to the console's webhook; there is nothing
-- to poll. The rules are those of Phonon, Dialler Make Call page, unless a comment names another.
local outdial = require "outdial"

local india = 330 -- minutes east of UTC: the zone that "today" is meant in
local largest_body = 256 * 1024 -- bytes; more is not processed (Phonon, Multicast page)
local prefix = "$flow.key."

-- api-response-code → what became of the call. They look like HTTP's and are not: only 200 is a
-- success. Those without a reason are decided by hand below.
local codes = {
  [200] = { name = "SUCCESS" },
  [201] = { name = "CHECKSUM_REPEATED" },
  [202] = { name = "INVALID_SECURITY_ID", reason = "auth" },
  [203] = { name = "INVALID_API_VERSION", reason = "config" },
  [204] = { name = "INVALID_GATEWAY_ID", reason = "config" },
  [205] = { name = "INVALID_CONTACT_NUMBER", reason = "invalid_number" },
  [206] = { name = "FAILURE_FROM_GATEWAY" },
  [207] = { name = "DID_NOT_MAPPED", reason = "config" },
  [208] = { name = "NO_MASK_AVAILABLE", reason = "capacity" },
  [209] = { name = "PARTIAL_SUCCESS" },
  [210] = { name = "INVALID_MANDATORY_PARAMETERS", reason = "invalid_request" },
  [211] = { name = "VALIDITY_EXPIRED", reason = "expired" },
  [212] = { name = "INSUFFICIENT_BALANCE", reason = "insufficient_funds" },
  [213] = { name = "NO_DATA_AVAILABLE", reason = "invalid_request" },
  [301] = { name = "INVALID_FLOW_ID", reason = "config" },
  [302] = { name = "EMPTY_CALL_LIST", reason = "invalid_request" },
  [303] = { name = "MAX_DATA_LIST_SIZE_EXCEEDED", reason = "invalid_request" },
  [304] = { name = "INVALID_FLOW_VERSION", reason = "config" },
  [400] = { name = "INVALID_FORMAT", reason = "invalid_request" },
  [401] = { name = "IP_NOT_WHITELISTED", reason = "auth" },
  [402] = { name = "PHONE_NOT_WHITELISTED", reason = "config" }, -- flows in testing only
  [500] = { name = "FAILURE" },
}

-- hangupCause of a leg that was never connected → how the call ended; any other is unreachable.
-- The push shows Q.850 numbers, of which these mean the same everywhere (Phonon, DLR push page).
local causes = { [17] = "busy", [18] = "no_answer", [19] = "no_answer", [21] = "rejected" }

local function object(value)
  return type(value) == "table" and value or {}
end

local function text(value)
  return type(value) == "string" and value or nil
end

local function refuse(message, ...)
  return nil, { code = "invalid_request", message = message:format(...), sent = "no" }
end

-- Phonon writes an instant with both a Z and an offset. The digits are the wall clock's there.
-- A past time of today starts the flow at once; a past date is refused by Phonon, so by us.
local function start_time(start)
  local now = outdial.now()
  local ms, wrong = now, nil
  if start then ms, wrong = outdial.time.parse(start) end
  if not ms then return refuse("start: %s", wrong) end
  local digits, today = outdial.time.format(ms, india), outdial.time.format(now, india)
  if digits:sub(1, 10) < today:sub(1, 10) then
    return refuse("start %s is on a day that is over in India, where Phonon counts", start)
  end
  return digits .. "Z" .. outdial.time.offset(india)
end

-- Alternate numbers are Phonon's to try, one after another, within one attempt.
local function contact_numbers(to)
  local numbers = {}
  for _, number in ipairs(type(to) == "table" and to or { to }) do
    numbers[#numbers + 1] = number:match "^%+(%d+)$"
  end
  return numbers
end

-- A variable's value as text; nil where a number has more digits than one can write out, or has lost some.
local function value_text(value)
  if type(value) ~= "number" then return tostring(value) end
  local digits = outdial.json.encode(value)
  return not digits:find "e" and digits or nil
end

-- A flow's variables, sorted by name so that one request is always the same bytes. Ours is the
-- attempt's id, by which the push finds its call even when the answer was lost.
local function variables(request)
  local values = { [prefix .. "attempt_id"] = request.id }
  for name, value in pairs(request.keys or {}) do
    local kind = type(value)
    if kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
      return refuse("the variable '%s' must be a text, a number or a boolean", name)
    end
    if name:sub(1, #prefix) ~= prefix then name = prefix .. name end
    if values[name] then return refuse("the variable '%s' is given twice", name) end
    values[name] = value_text(value)
    if not values[name] then return refuse("the variable '%s' is too long for a number: give it as a text", name) end
  end
  local list = {}
  for name, value in pairs(values) do list[#list + 1] = { name = name, value = value } end
  table.sort(list, function(one, other) return one.name < other.name end)
  return list
end

-- The bytes are made once: Phonon knows a repeated request by a checksum over them.
local function body_of(request, settings)
  local flow_id = request.message or settings.flow_id
  if not tostring(flow_id):match "^%w%w%w%w%w%w%w%w$" then
    return refuse("Phonon needs a flow-id of 8 letters and digits (message or setting flow_id)")
  end
  if request.finish then return refuse "Phonon has no last date for a call, so no finish" end
  local start, wrong = start_time(request.start)
  if not start then return nil, wrong end
  local keys
  keys, wrong = variables(request)
  if not keys then return nil, wrong end
  local body = outdial.json.encode {
    ["api-version"] = settings.api_version,
    ["security-id"] = settings.security_id,
    ["flow-id"] = flow_id,
    calls = { {
      ["client-identifier"] = request.id,
      ["start-time"] = start,
      ["contact-numbers"] = contact_numbers(request.to),
      keys = keys,
    } },
  }
  if #body > largest_body then
    return refuse("the request has %d bytes, Phonon takes %d", #body, largest_body)
  end
  return body
end

-- The answer's entry for our call; codes are per request, entries per call.
local function own_entry(json, id)
  for _, entry in ipairs(object(json["call-details"])) do
    if object(entry)["client-identifier"] == id then return entry end
  end
end

local function accepted(json, entry, code, request)
  local uuid = entry and text(entry["phonon-uuid"])
  -- Without Phonon's own id only the push can tell that there is a call: the checksum may be
  -- that of a request that failed.
  return { state = "queued", reference = uuid, detail = { said = code.name,
    starts = request.start and outdial.time.parse(request.start) or nil,
    request_id = json["request-id"], unconfirmed = not uuid or nil } }
end

local function refused(code, message)
  return { state = "failed", reason = code.reason or "provider_error", message = message,
    detail = { said = code.name } }
end

-- An answer that is not Phonon's own, say a proxy's: here HTTP's status counts. It never is a verdict on the
-- request's content, which on a repeated one would mean that the first one can't have placed a call either.
local refusals = { [401] = "auth", [403] = "auth", [429] = "rate_limited" }

local function foreign(answer)
  local status = answer.status
  local message = ("Phonon answered HTTP %d without an api-response-code"):format(status)
  if status < 300 or status >= 500 then
    return nil, { code = "provider_error", message = message, sent = "maybe" }
  end
  return { state = "failed", reason = refusals[status] or "config", message = message }
end

local function read(answer, request)
  local json = object(answer.json)
  local number = math.tointeger(tonumber(json["api-response-code"]))
  local code = codes[number]
  if not code then return foreign(answer) end
  local entry = own_entry(json, request.id)
  local message = ("Phonon: %d %s"):format(number, json["api-response-message"] or code.name)
  -- 201 means that these very bytes came before, so there is a call already; never a new try.
  if number == 200 or number == 201 then return accepted(json, entry, code, request) end
  if number == 209 and entry then return accepted(json, entry, code, request) end
  -- 206 and 500 stand for any failure, with or without a call.
  if number == 206 or number == 500 then
    return nil, { code = "provider_error", message = message, sent = "maybe" }
  end
  return refused(code, message)
end

local function place(request, settings)
  local body, wrong = body_of(request, settings)
  if not body then return nil, wrong end
  local answer, err = outdial.submit {
    url = settings.url .. "/kairos-apis/outbounddialer/create",
    headers = { ["Content-Type"] = "application/json" },
    body = body,
  }
  if not answer then return nil, err end
  return read(answer, request)
end

-- The customer's leg: an agent's (HARD_PHONE) says nothing, and of several, one for each number
-- that was tried, the connected one counts, or else the last.
local function customer_leg(legs)
  local last
  for _, leg in ipairs(object(legs)) do
    if object(leg).calleeType ~= "HARD_PHONE" then
      if text(object(leg).connectTime) then return leg end
      last = object(leg)
    end
  end
  return last
end

-- The key is misspelt in the push; should that be mended one day, nothing breaks here.
local function digits_of(leg)
  local digits = {}
  for _, press in ipairs(object(leg.dtmfPressesd or leg.dtmfPressed)) do
    digits[#digits + 1] = tostring(object(press).key or "")
  end
  return #digits > 0 and table.concat(digits) or nil
end

-- The attempt's id, wherever a push carries it; the page doesn't say where variables stand.
local function attempt_of(push)
  for _, variable in ipairs(object(push.keys)) do
    if object(variable).name == prefix .. "attempt_id" then return text(variable.value) end
  end
  return text(push["client-identifier"]) or text(push[prefix .. "attempt_id"])
    or text(push.attempt_id)
end

-- The push comes to one address for all calls, and only has the fields that it has data for.
local function webhook(request)
  local push = object(request.body)
  push = type(push.body) == "table" and push.body or push
  local uuid, attempt = text(push["phonon-uuid"]), attempt_of(push)
  if not uuid and not attempt then
    return nil, { code = "invalid_request",
      message = "the push has neither a phonon-uuid nor a client-identifier" }
  end
  local leg = customer_leg(push.callDetails)
  if not leg then return { kind = "ignored", message = "a push without a customer's leg" } end
  local connected = text(leg.connectTime)
  local state = connected and "completed" or causes[tonumber(leg.hangupCause)] or "failed"
  return {
    kind = "status",
    id = "push:" .. (text(leg.cdrId) or uuid or attempt),
    call = attempt,
    reference = uuid,
    state = state,
    reason = state == "failed" and "unreachable" or nil,
    detail = {
      digits = digits_of(leg),
      duration_ms = math.tointeger(tonumber(leg.duration)), -- text, in milliseconds
      hangup_cause = tonumber(leg.hangupCause),
      number = text(leg.calleeNumber),
      started = text(leg.startTime),
      answered = connected,
      ended = text(leg.endTime),
    },
  }
end

return outdial.provider {
  summary = "Phonon: a flow built in Phonon's console",
  settings = {
    url = { default = "https://central.phonon.in", help = "address before /kairos-apis" },
    security_id = { required = true, secret = true, length = 64, pattern = "^%w+$",
      help = "from the flow's Edit Flow page" },
    flow_id = { length = 8, pattern = "^%w+$", help = "where the call's message gives none" },
    api_version = { default = "1.0", help = "1.0: the flow in production; TEST: in testing" },
    hook_token = { secret = true, help = "last part of the webhook address in the console" },
  },
  accepts = {
    message = true,
    window = true,
    keys = true,
    alternates = true,
    batch = 500,
  },
  duplicate = "checksum",
  place = place,
  webhook = webhook,
  -- The same bytes again tell whether the first had arrived. Nobody says for how long the
  -- checksum is remembered; the engine sends them for ten minutes only.
  reconcile = { first = 1, factor = 2, ceiling = 30, deadline = 120 },
  -- There is nothing to ask; but a push that is this late, after the start, will not come.
  poll = { first = 600, ceiling = 600, deadline = 2 * 3600 },
  rate = 8, -- 500 requests a minute (Phonon, Multicast page)
}
