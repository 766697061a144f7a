-- SENDService InstantCall: plays a file or an IVR that was made on the platform (its Extension),
-- within a window of time. Create it by POST, then ask for its status by our own CodeRequest.
-- The rules are those of SENDService, InstantCall page, unless a comment names another.
local outdial = require "outdial"

local hour = 60 * 60 * 1000
local longest_name = 128 -- characters, not bytes

-- Type → what such a call must have, and no other Type may. Default plays an Extension; the
-- others speak a text (SENDService, TextToSpeech and IVRwithTTS pages).
local needs = {
  [0] = { Extension = true },
  [3] = { TextToSpeech = true, LanguageCode = true },
  [4] = { Extension = true, TextToSpeech = true, LanguageCode = true },
}
local types = { Default = 0, TextToSpeech = 3, IVRwithTTS = 4 }

-- Status → how the call stands (SENDService, call status page).
local statuses = {
  [0] = { name = "Failed", state = "no_answer" }, -- no answer, busy or unreachable
  [1] = { name = "Success", state = "completed" },
  [2] = { name = "Forbidden", state = "failed", reason = "invalid_number" },
  [3] = { name = "Unknown", state = "failed", reason = "provider_error" },
  [4] = { name = "NotCalled", state = "queued" },
  [5] = { name = "Answer", state = "in_progress" },
  [6] = { name = "Calling", state = "ringing" },
  [7] = { name = "NotEnoughCredit", state = "failed", reason = "insufficient_funds" },
  [8] = { name = "InBlackList", state = "failed", reason = "blacklisted" },
  [9] = { name = "Duplicated", state = "failed", reason = "duplicate" },
  [10] = { name = "FailedTTSConversion", state = "failed", reason = "tts_failed" },
  [11] = { name = "Processing", state = "queued" },
}
for _, status in pairs { table.unpack(statuses, 0, 11) } do statuses[status.name] = status end

-- No page lists the errors of a create request; these HTTP statuses speak for themselves.
local refusals = { [401] = "auth", [403] = "auth", [429] = "rate_limited" }

local function object(value)
  return type(value) == "table" and value or {}
end

local function refuse(message, ...)
  return nil, { code = "invalid_request", message = message:format(...), sent = "no" }
end

local function unreadable(answer)
  return nil, { code = "provider_error", sent = "maybe",
    message = ("SENDService answered HTTP %d and nothing about the call"):format(answer.status) }
end

-- One E.164 number has two forms here: NumberToCall begins with 00, CallerId must not.
local function number_to_call(number)
  return "00" .. number:match "^%+(%d+)$"
end

local function caller_id(number)
  local digits = tostring(number):match "^%+?(%d+)$"
  return digits and digits:gsub("^00", ""):match "^[1-9]%d+$"
end

-- aaaa-MM-ggThh:mm:ss.SSS+UTC is Italian for a year, a month and a day; +UTC is an offset in
-- numbers, always sent, because without it the platform's own zone would count.
local function date(ms, offset)
  return outdial.time.format(ms, offset) .. outdial.time.offset(offset)
end

-- StartDate and EndDate are required: from now, and for an hour, unless the call says otherwise.
local function window(request)
  local start, offset = outdial.now(), 0
  if request.start then
    start, offset = outdial.time.parse(request.start)
    if not start then return refuse("start: %s", offset) end
  end
  local finish, finish_offset = start + hour, offset
  if request.finish then
    finish, finish_offset = outdial.time.parse(request.finish)
    if not finish then return refuse("finish: %s", finish_offset) end
  end
  if finish <= start then return refuse "finish must be later than start" end
  if finish <= outdial.now() then return refuse "finish has passed already" end
  return { start = date(start, offset), finish = date(finish, finish_offset), last = finish }
end

-- Checks of the fields, each from (value, name) to what is sent, or nil and an error.
local function whole(value, name)
  local number = tostring(value):match "^%d+$" and math.tointeger(tonumber(value))
  if not number then return refuse("%s must be a whole number, not %s", name, value) end
  return number
end

local function text(value, name)
  if type(value) ~= "string" or value == "" then return refuse("%s must be a text", name) end
  return value
end

local function name_of(value, name)
  local length = type(value) == "string" and utf8.len(value)
  if not length then return refuse("%s must be a text in UTF-8", name) end
  if length > longest_name then
    return refuse("%s has %d characters, SENDService takes %d", name, length, longest_name)
  end
  return value
end

local function type_of(value)
  local code = types[value] or math.tointeger(tonumber(value))
  if not needs[code] then
    return refuse("Type must be Default (0), TextToSpeech (3) or IVRwithTTS (4), not %s", value)
  end
  return code
end

local checks = {
  Type = type_of,
  Extension = whole,
  TextToSpeech = text,
  LanguageCode = text,
  FirstName = name_of,
  LastName = name_of,
  IVRRepeats = whole,
  MaxRetries = whole,
  MinutesBetweenRetries = whole,
}

-- The optional fields of a call, and that its Type has all it needs and nothing of another's.
local function fields(request)
  -- Retries there and redials here would multiply, so they are delegated only when asked for.
  local given = { Type = 0, MaxRetries = 0, Extension = request.message }
  for name, value in pairs(request.keys or {}) do given[name] = value end
  local call = {}
  for name, value in pairs(given) do
    local wrong
    call[name], wrong = checks[name](value, name)
    if wrong then return nil, wrong end
  end
  for _, name in ipairs { "Extension", "TextToSpeech", "LanguageCode" } do
    local needed = needs[call.Type][name]
    if needed and not call[name] then
      return refuse("a call of Type %d needs %s%s", call.Type, name,
        name == "Extension" and ", the message" or " among its keys")
    elseif call[name] and not needed then
      return refuse("a call of Type %d has no %s", call.Type, name)
    end
  end
  return call
end

-- The call's cursor: what later answers are read with, should they not repeat it themselves.
local function memo_of(call)
  return call.cursor and outdial.json.decode(call.cursor)
    or { retries = 0, last = math.maxinteger }
end

local function remember(memo, row)
  memo.id = math.tointeger(object(row).Id) or memo.id
  return outdial.json.encode(memo)
end

-- A row's fields are null until they have a value.
local function known(value)
  if value ~= outdial.null then return value end
end

-- What people may want to know of a row.
local function detail_of(row, status)
  local digits = known(row.InputDigits)
  return {
    said = status.name,
    -- Documented as an integer, but kept as text: "007" and "*1" are no numbers.
    digits = digits and tostring(digits),
    retries = known(row.Retries),
    price = known(row.Price),
    answered = known(row.StartDateTimeCall),
    ended = known(row.EndDateTimeCall),
  }
end

-- Status comes as a number, a number as text, or a name. One that is not in the table, or none,
-- gives nil: it never ends a call.
local function outcome(row, memo)
  local status = statuses[tonumber(row.Status) or row.Status]
  if not status then return nil end
  local retries, most = tonumber(row.Retries) or 0, tonumber(row.MaxRetries) or memo.retries
  local over = outdial.now() > (outdial.time.parse(row.EndDate) or memo.last)
  local state = status.state
  if status.name == "Failed" and retries < most and not over then
    state = "queued" -- one attempt failed, the platform will make another
  elseif status.name == "NotCalled" and over then
    state = "expired"
  end
  return { state = state, reason = status.reason, cursor = remember(memo, row),
    detail = detail_of(row, status) }
end

-- The platform's Id is for people, and for the second way of asking; it may be missing.
local function accepted(row, memo)
  local cursor = remember(memo, row)
  return { state = "queued", cursor = cursor, reference = memo.id and tostring(memo.id) }
end

local function place(request, settings)
  local when, wrong = window(request)
  if not when then return nil, wrong end
  local call
  call, wrong = fields(request)
  if not call then return nil, wrong end
  call.CallerId = caller_id(request.from or settings.caller_id)
  if not call.CallerId then
    return refuse "SENDService needs an international number to call from: the call's from, or caller_id"
  end
  call.NumberToCall = number_to_call(request.to)
  call.StartDate, call.EndDate = when.start, when.finish
  call.CodeRequest = request.id
  -- The array form serves for one call too (SENDService, "1 Call - 1 Request" sample).
  local answer, err = outdial.submit {
    url = settings.url .. "/InstantCall/",
    body = {
      User = { username = settings.username, password = settings.password },
      InstantCalls = { call },
    },
  }
  if not answer then return nil, err end
  if answer.status >= 300 and answer.status < 500 then
    local reason = refusals[answer.status] or answer.status < 400 and "config" or "invalid_request"
    local words = object(answer.json).Message or "no reason given"
    return { state = "failed", reason = reason,
      message = ("SENDService answered HTTP %d: %s"):format(answer.status, words) }
  end
  -- No page shows this answer. Any readable one of HTTP 2xx will do; the status tells the rest.
  local readable = answer.status < 300 and (answer.body == "" or type(answer.json) == "table")
  if not readable then return unreadable(answer) end
  local memo = { retries = call.MaxRetries, last = when.last }
  return accepted(object(object(answer.json).InstantCalls)[1], memo)
end

-- Our row in an answer; false if the answer is fine and we are not in it.
local function own_row(answer, call)
  local rows = answer.status == 200 and object(answer.json).InstantCalls
  if type(rows) ~= "table" then return unreadable(answer) end
  for _, row in ipairs(rows) do
    local code = known(object(row).CodeRequest) or call.id
    if tostring(code):lower() == call.id:lower() then return row end
  end
  return false
end

-- By CodeRequest it is a GET with a body, and the account's Guid in place of the User
-- (SENDService, status page). What stands between may drop the body, so by Id if that fails.
local function look_up(call, settings, memo)
  local answer, err = outdial.http {
    method = "GET",
    url = settings.url .. "/instantCall/",
    body = { Type = "CR", Guid = settings.guid, CodeRequests = { call.id } },
  }
  local row
  if answer then row, err = own_row(answer, call) end
  if row or not memo.id then return row, err end
  answer, err = outdial.http { method = "GET", url = settings.url .. "/instantCall/" .. memo.id }
  if not answer then return nil, err end
  return own_row(answer, call)
end

local function status(call, settings)
  local memo = memo_of(call)
  local row, err = look_up(call, settings, memo)
  if row == nil then return nil, err end
  local found = row and outcome(row, memo)
  if found then return found end
  -- What is not there an hour after EndDate will not come any more.
  if not row and outdial.now() - hour > memo.last then return { state = "expired" } end
  local message = row and ("SENDService has a status that we don't know: " .. tostring(row.Status))
    or "SENDService doesn't know the call (yet)"
  return nil, { code = "provider_error", message = message }
end

-- After a submission with an unknown end: a CodeRequest is no protection against a second call,
-- but it can be asked for.
local function find(call, settings)
  local memo = memo_of(call)
  local row, err = look_up(call, settings, memo)
  if row == nil then return nil, err end
  if not row then return { found = false } end
  local found = outcome(row, memo) or accepted(row, memo)
  found.found, found.reference = true, memo.id and tostring(memo.id)
  return found
end

return outdial.provider {
  summary = "SENDService: an audio file or IVR of the platform's, within a window of time",
  settings = {
    url = { default = "https://login.sendservice.eu/MultiChannelAPI/Api",
      help = "address before /InstantCall" },
    username = { required = true, help = "sends calls" },
    password = { required = true, secret = true, help = "sends calls" },
    guid = { required = true, secret = true, help = "the account's Guid: asks for statuses" },
    caller_id = { help = "number to call from, agreed with the reseller" },
  },
  accepts = {
    message = true,
    window = true,
    keys = { "FirstName", "LastName", "IVRRepeats", "MaxRetries", "MinutesBetweenRetries", "Type",
      "TextToSpeech", "LanguageCode" },
  },
  duplicate = "query", -- by CodeRequest
  place = place,
  status = status,
  find = find,
  -- Whether a call was placed is seen soon; after that people have to look.
  reconcile = { first = 1, factor = 2, ceiling = 30, deadline = 90 },
  -- A window may be days long; EndDate ends the asking earlier.
  poll = { first = 1, factor = 1.5, ceiling = 60, jitter = 0.1, deadline = 7 * 24 * 3600 },
}
