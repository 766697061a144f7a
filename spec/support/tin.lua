-- A provider for specs: what the engine asks goes out as JSON, and what comes back is taken at its word.
local outdial = require "outdial"

-- A table that is an answer, or the error in it; nil and an error when there is none.
local function outcome(answer, err)
  if not answer then return nil, err end
  local json = answer.json
  if type(json) == "table" and json.error then return nil, json.error end
  if type(json) == "table" then return json end
  local refused = answer.status >= 300 and answer.status < 500
  return nil, { code = "provider_error", message = ("HTTP %d and no JSON"):format(answer.status),
    sent = refused and "no" or "maybe" }
end

local function place(request, settings)
  return outcome(outdial.submit { url = settings.url .. "/calls", deadline = tonumber(settings.deadline),
    headers = { Authorization = "Key " .. settings.key }, body = request })
end

local function ask(path)
  return function(call, settings)
    return outcome(outdial.http { method = "POST", url = settings.url .. path, body = call })
  end
end

local status, find = ask "/status", ask "/find" -- luacheck: ignore

local function plan(verbs)
  return { verbs = verbs }
end

local function webhook(request)
  if request.body.wrong then return nil, { code = "webhook", message = request.body.wrong } end
  return request.body
end

return outdial.provider {
  settings = {
    url = { required = true },
    key = { secret = true, default = "a key" },
    deadline = { default = "20" },
  },
  accepts = { message = true, plan = true, keys = true },
  duplicate = "none",
  place = place,
  plan = plan,
  webhook = webhook,
  answer_within = 3, -- and what a spec adds
}
