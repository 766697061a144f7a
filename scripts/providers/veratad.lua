-- Veratad PhoneMatch5.0.Dialer: plays a recorded message to a US number and tells whether it
-- arrived. One request starts it, others ask for its status; there are no webhooks.
-- The rules are those of Veratad, Dialer page, unless a comment names another.
local outdial = require "outdial"

-- result.action is the verdict, whatever the HTTP status; result.detail only says why a FAIL is
-- one. A detail that is not here is kept as text and counts as a fault of the provider's.
local failures = {
  ["SUPPRESSED SENDING CODE"] = "suppressed_line_type",
  ["DATA CHECK FAILED"] = "invalid_number",
  ["FAILED TO SEND TO NUMBER"] = "provider_error",
  ["MESSAGE COULD NOT BE DELIVERED"] = "not_delivered",
}

-- What an HTTP status says where the body has no verdict; the page gives none for its errors.
local refusals = { [401] = "auth", [403] = "auth", [429] = "rate_limited" }

local function object(value)
  return type(value) == "table" and value or {}
end

local function refuse(message, ...)
  return nil, { code = "invalid_request", message = message:format(...), sent = "no" }
end

-- The page's numbers are national: ten digits, no country code.
local function national(number)
  return number:match "^%+1(%d%d%d%d%d%d%d%d%d%d)$"
end

-- What the next status request sends: the newest template as it came, or the page's own body
-- around the newest token. It is the call's cursor, and a secret: who has it may ask.
local function continuation(json)
  local next_step = object(object(json.continuations).outofband)
  if type(next_step.template) == "table" then return outdial.json.encode(next_step.template) end
  local token = next_step.token or json.token
  if type(token) ~= "string" then return nil end
  return outdial.json.encode { dialer = { ["return"] = "status" }, token = token }
end

-- Reads result, or gives nil where an answer has none that we know.
local function verdict(json, pending)
  local result = object(json.result)
  local detail = { said = result.detail }
  if result.action == "PASS" then
    return { state = "completed", detail = detail }
  elseif result.action == "PENDING" then
    return { state = pending, cursor = continuation(json), detail = detail }
  elseif result.action == "FAIL" then
    local message = "Veratad: " .. tostring(result.detail)
    return { state = "failed", reason = failures[result.detail] or "provider_error",
      message = message, detail = detail }
  end
end

-- An answer without a verdict. An error object or HTTP 3xx and 4xx mean that nothing was started;
-- after anything else, and whatever a server that failed says, it may have been.
local function rejection(answer)
  local status, problem = answer.status, object(answer.json).error
  if type(problem) == "table" and status < 500 then
    local words = problem.message or problem.detail or problem.code
    return { state = "failed", reason = refusals[status] or refusals[problem.code] or "config",
      message = "Veratad: " .. tostring(words), detail = { error = problem } }
  end
  local message = ("Veratad answered HTTP %d without a result"):format(status)
  if status < 300 or status >= 500 then
    return nil, { code = "provider_error", message = message, sent = "maybe" }
  end
  local reason = refusals[status] or status < 400 and "config" or "invalid_request"
  return { state = "failed", reason = reason, message = message }
end

local function place(request, settings)
  local phone = national(request.to)
  if not phone then
    return refuse("Veratad calls US numbers only (+1 and ten digits), not %s", request.to)
  end
  if not request.message then
    return refuse "Veratad needs a message: the name that it gave to the uploaded audio"
  end
  local keys = request.keys or {}
  for name, value in pairs(keys) do
    if type(value) ~= "string" or value == "" then return refuse("%s must be a text", name) end
  end
  local exclude = request.exclude or {}
  local answer, err = outdial.submit {
    url = settings.url .. "/process/comprehensive/gateway",
    body = {
      user = settings.user,
      pass = settings.pass,
      service = "PhoneMatch5.0.Dialer",
      reference = keys.reference or request.id,
      rules = keys.rules,
      options = { outofband = {
        message = request.message,
        -- Left out unless asked for: the page's sample lists all three types, which fails
        -- every call.
        do_not_send_to_types = #exclude > 0 and exclude or nil,
      } },
      target = { phone = phone, test_key = keys.test_key },
    },
  }
  if not answer then return nil, err end
  -- PENDING here only means accepted, though the page says "the message was sent".
  local outcome = verdict(object(answer.json), "queued")
  if not outcome then return rejection(answer) end
  if outcome.state == "queued" and not outcome.cursor then
    return nil, { code = "provider_error", sent = "maybe",
      message = "Veratad accepted the call but gave no token to ask for its status with" }
  end
  local confirmation = object(answer.json.meta).confirmation
  outcome.reference = math.type(confirmation) == "integer" and tostring(confirmation) or nil
  return outcome
end

-- The token is the only authority here: this request carries no credentials.
local function status(call, settings)
  local answer, err = outdial.http {
    method = "POST",
    url = settings.url .. "/process/continue",
    headers = { ["Content-Type"] = "application/json" },
    body = call.cursor,
  }
  if not answer then return nil, err end
  local outcome = verdict(object(answer.json), "in_progress")
  if not outcome then -- says nothing about the call, so it is asked again
    local message = ("Veratad answered HTTP %d without a result"):format(answer.status)
    return nil, { code = "provider_error", message = message }
  end
  outcome.cursor = outcome.cursor or call.cursor
  return outcome
end

return outdial.provider {
  summary = "Veratad: a recorded message to a US number",
  settings = {
    url = { default = "https://production.idresponse.com", help = "address before /process" },
    user = { required = true, help = "API user" },
    pass = { required = true, secret = true, help = "API password" },
  },
  accepts = {
    message = true,
    line_types = true,
    keys = { "reference", "rules", "test_key" },
    audio = {
      "audio/mpeg", "audio/wav", "audio/wave", "audio/x-wav", "audio/aiff", "audio/x-aifc",
      "audio/x-aiff", "audio/x-gsm", "audio/gsm", "audio/ulaw",
    },
  },
  duplicate = "none", -- a reference is echoed, but neither deduplicated nor searchable
  place = place,
  status = status,
  -- The page names neither an interval nor an end; calls last minutes at most.
  poll = { first = 1, factor = 1.5, ceiling = 60, jitter = 0.1, deadline = 900 },
}
