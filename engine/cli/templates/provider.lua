-- NAME: the service, and where its pages say what is done here. Cite a page for each rule.
-- Every function and option is on the page "What scripts can do". Before a call: outdial check, outdial test.
local outdial = require "outdial"

-- The service's words for how a call stands → ours: queued, ringing, in_progress, completed, busy,
-- no_answer, rejected, canceled, failed, expired. Which of its words are final?
local states = {
  waiting = "queued", talking = "in_progress", done = "completed", busy = "busy", unanswered = "no_answer",
}

-- Why a request was refused → a word that flows can tell apart, see Reasons on that page.
local refusals = { [401] = "auth", [403] = "auth", [402] = "insufficient_funds", [422] = "invalid_number" }

local function object(value)
  return type(value) == "table" and value or {}
end

local function headers(settings)
  return { Authorization = "Bearer " .. settings.key }
end

-- An answer that placed nothing, or does not say whether it did.
local function rejection(answer)
  local message = ("NAME answered HTTP %d"):format(answer.status)
  -- Does the service call nobody after each of these? If that is not certain, it is "maybe".
  if answer.status >= 400 and answer.status < 500 then
    return { state = "failed", reason = refusals[answer.status] or "invalid_request", message = message }
  end
  -- sent says whether the person may be called. "maybe": nothing is sent again by itself, and what became
  -- of it is found out (find), or a person says (outdial resolve). "no": it is sent again.
  return nil, { code = "provider_error", message = message, sent = "maybe" }
end

return outdial.provider {
  summary = "NAME: a recorded message",

  -- What operators set: --set NAME.key=…, the environment or a file. A secret is never shown.
  settings = {
    url = { default = "https://api.example.com", help = "address before /calls" },
    key = { required = true, secret = true, help = "API key" },
  },

  -- What can a call be asked of? message: a recording by name. plan: a conversation, which needs the
  -- functions plan and webhook (see routee.lua). More: line_types, window, keys, alternates, audio.
  accepts = { message = true },

  -- Is a repeated request a second call? "none": yes. "checksum": the same bytes are the same call.
  -- "query": it would be, but find can see whether the first one arrived.
  duplicate = "none",

  -- When is the status asked for? Seconds; does the service limit how often?
  poll = { first = 2, factor = 1.5, ceiling = 30, deadline = 900 },

  -- rate = 1, -- create-call requests a second, where the service limits them

  -- Makes the create-call request, once: outdial.submit writes it down before it leaves.
  place = function(request, settings)
    local answer, err = outdial.submit {
      url = settings.url .. "/calls",
      headers = headers(settings),
      body = { number = request.to, recording = request.message },
    }
    if not answer then return nil, err end -- err.sent is right already
    local id = object(answer.json).id
    if answer.status < 300 and type(id) == "string" then return { state = "queued", reference = id } end
    return rejection(answer)
  end,

  -- Asks how the call stands; call.reference is what place returned. No news is no state: ask again.
  status = function(call, settings)
    local answer, err = outdial.http {
      url = settings.url .. "/calls/" .. call.reference, headers = headers(settings),
    }
    if not answer then return nil, err end
    local said = object(answer.json)
    if answer.status ~= 200 then
      return nil, { code = "provider_error", message = ("NAME answered HTTP %d"):format(answer.status) }
    end
    return { state = states[said.state], reason = said.reason, detail = { said = said.state } }
  end,
}
