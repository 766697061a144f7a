--- The script that stands in for a provider: the provider's own one does all that it does before
-- a request leaves, so that what it refuses is refused; the rest of the call is the line's.

local standin = {}

-- The provider's text follows on the same line, so that its lines keep their numbers.
local before = 'local outdial, reached = require "outdial", {} '
  .. "outdial.submit = function() error(reached, 0) end outdial.http = outdial.submit "
  .. "local real = (function(...) "

local after = [[

end)(...)
if type(real) ~= "table" then error("a provider must end with: return outdial.provider { … }", 0) end

local hook = "https://rehearsal.invalid/hooks"

-- Nobody's account: what must be there is there.
local settings = {}
for name, rule in pairs(real.settings) do
  local value = rule.default
  if value == nil and rule.required then value = ("0"):rep(rule.length or 8) end
  settings[name] = { default = value, secret = rule.secret, help = rule.help }
end
settings.hook_token = { default = "rehearsal" }

local function place(request, given)
  request.hook = hook
  local results = table.pack(pcall(real.place, request, given))
  if not results[1] and results[2] ~= reached then error(results[2], 0) end
  local refused = results[1] and (results[2] == nil or results[2].state == "failed")
  if refused then return table.unpack(results, 2, results.n) end
  return { state = "queued" }
end

local function plan(verbs, call)
  call.hook = hook
  local rendered, wrong = real.plan(verbs, call)
  if not rendered then return nil, wrong end
  return { verbs = outdial.json.array(verbs) }
end

-- An event as the line tells it; a silence means to the flow what it means to the provider.
local function webhook(request)
  local event = request.body
  if event.silent and real.silence == "hangup" then
    return { kind = "hangup", id = "hangup", call = event.call }
  end
  return event
end

local patience = real.poll and real.poll.deadline > 0 and real.poll.deadline or nil

return outdial.provider {
  summary = real.summary,
  settings = settings,
  accepts = real.accepts,
  duplicate = "none",
  place = place,
  plan = real.plan and plan,
  webhook = webhook,
  hold = real.hold,
  answer_within = real.answer_within,
  poll = patience and { first = patience, ceiling = patience, deadline = patience },
}
]]

--- The stand-in for a provider's script.
function standin.of(text)
  return before .. text:gsub("^\xef\xbb\xbf", "") .. after
end

return standin
