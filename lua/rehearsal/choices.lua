--- What those called may choose at each place: read from the texts of the flow and of the providers'
-- scripts.

local choices = {}

local function add(list, seen, word)
  if not seen[word] then
    seen[word] = true
    list[#list + 1] = word
  end
end

local function quoted_words(text, pattern)
  local list, seen = {}, {}
  for _, word in text:gmatch "([\"'])([^\"'\n]-)%1" do
    if word:match(pattern) then add(list, seen, word) end
  end
  return list, seen
end

-- Words that the flow compares something with, as an error's code.
local function compared_words(text)
  local list, seen = {}, {}
  for word in text:gmatch "[=~]=%s*[\"'](%l[%l_]+)[\"']" do add(list, seen, word) end
  return list
end

-- Keys that the flow may be waiting for: texts of digits in it, and its parameters.
local function keys_of(text, params)
  local list, seen = quoted_words(text, "^[%d*#]+$")
  local names = {}
  for name, value in pairs(params) do
    if type(value) == "string" and value:match "^%d+$" then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do add(list, seen, params[name]) end
  return list, seen
end

local Choices = {}
Choices.__index = Choices

--- The choices there are for a flow of this text with these parameters; providers: texts by name.
function choices.of(text, params, providers)
  local keys, known = keys_of(text, params)
  return setmetatable({ keys = keys, known = known, words = compared_words(text), providers = providers }, Choices)
end

local states = { completed = true, busy = true, no_answer = true, rejected = true, canceled = true, failed = true,
  expired = true, unknown = true }

--- How a call {provider, keys} may be taken. Outcomes whose word stands in the provider's script are
-- those that it tells of; a reason that stands in both scripts is one that the flow looks at.
function Choices:outcomes(call)
  local text = self.providers[call.provider] or ""
  local _, known = quoted_words(text, "^%l[%l_]+$")
  local list = { { label = "answers", outcome = "answers", after = 3 } }
  if text:find "plan%s*=" then
    list[2] = { label = "voicemail", outcome = "voicemail", after = 3 }
  end
  if known.machine and call.keys then -- by which a provider is asked to tell machines from people
    list[#list + 1] = { label = "voicemail, recognised", outcome = "failed", after = 3, reason = "machine" }
  end
  for _, word in ipairs { "busy", "no_answer", "rejected" } do
    if known[word] then
      list[#list + 1] = { label = word:gsub("_", " "), outcome = word, after = word == "no_answer" and 30 or 1 }
    end
  end
  list[#list + 1] = { label = "fails", outcome = "failed", after = 1, reason = "provider_error" }
  for _, reason in ipairs(self.words) do
    if known[reason] and not states[reason] then
      list[#list + 1] = { label = "fails with " .. reason, outcome = "failed", after = 1, reason = reason }
    end
  end
  list[#list + 1] = { label = "no word", outcome = "no_word", after = 0 }
  return list
end

local function wrong_keys(known, length)
  for _, digit in ipairs { "0", "9", "5", "7" } do
    local keys = digit:rep(length)
    if not known[keys] then return keys end
  end
  return ("13579"):rep(6):sub(1, length)
end

--- What may be keyed where the plan has this collect.
function Choices:answers(verb)
  local most, hash = verb.max_digits or 30, verb.submit_on_hash and "#" or ""
  local list = {}
  for _, keys in ipairs(self.keys) do
    local plain = keys:gsub("#$", "")
    if #plain > 0 and #plain <= most then
      list[#list + 1] = { label = "presses " .. plain .. hash, keys = plain .. hash }
    end
  end
  local wrong = wrong_keys(self.known, verb.max_digits or 4)
  list[#list + 1] = { label = "presses " .. wrong .. hash, keys = wrong .. hash }
  list[#list + 1] = { label = "presses nothing", keys = "" }
  list[#list + 1] = { label = "hangs up", leaves = true }
  return list
end

--- How another number takes it.
choices.legs = {
  { label = "is taken", outcome = "answers", after = 2 },
  { label = "busy there", outcome = "busy", after = 1 },
  { label = "no answer there", outcome = "no_answer", after = 30 },
}

--- What becomes of a request to a network, and of a question to the host.
choices.replies = {
  { label = "answers 200", value = { status = 200, headers = {}, body = "{}", json = {} } },
  { label = "answers 500", value = { status = 500, headers = {}, body = "" } },
  { label = "does not answer", wrong = { code = "timeout", message = "no answer" } },
}

choices.host_replies = {
  { label = "answers nothing", value = nil },
  { label = "refuses", wrong = { code = "refused", message = "refused" } },
}

return choices
