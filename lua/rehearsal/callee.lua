--- Who is called, in plain words: "answers after 3 s, presses 12, waits 9 s, hangs up".

local callee = {}

local units = { s = 1, second = 1, seconds = 1, min = 60, minute = 60, minutes = 60, h = 3600,
  hour = 3600, hours = 3600 }

local understood = [[
  answers [after N s]      busy      rejects      no answer      voicemail [after N s]
  fails [with REASON]      no word                 the provider never says more
  presses 1234#            once it is listened to; presses nothing: says nothing this time
  waits N s                hangs up [after N s]
  support answers [after N s]   support talks N s   support busy   support rejects
  support no answer        the same of each number that the call is connected to
A time is a number and s, min or h. Between two phrases stands a comma or "then".]]

--- What a script may say, to be shown beside a complaint.
callee.understood = understood

local rings = 30 -- seconds before nobody has answered
local talks = 30 -- seconds that a conversation with another number takes

local function seconds_of(words)
  local number, unit = words:match "^(%d+%.?%d*)%s*(%a*)$"
  return number and units[unit] and tonumber(number) * units[unit] or nil
end

-- Each phrase: what stands before a time or a word, and what it means; nil if that is wrong.
local outcomes = {
  { "^answers$", function() return { outcome = "answers", after = 0 } end },
  { "^answers after (.+)$", function(time) return { outcome = "answers", after = seconds_of(time) } end },
  { "^voicemail$", function() return { outcome = "voicemail", after = 0 } end },
  { "^voicemail after (.+)$", function(time) return { outcome = "voicemail", after = seconds_of(time) } end },
  { "^busy$", function() return { outcome = "busy", after = 0 } end },
  { "^is busy$", function() return { outcome = "busy", after = 0 } end },
  { "^rejects$", function() return { outcome = "rejected", after = 2 } end },
  { "^no answer$", function() return { outcome = "no_answer", after = rings } end },
  { "^does not answer$", function() return { outcome = "no_answer", after = rings } end },
  { "^no word$", function() return { outcome = "no_word", after = 0 } end },
  { "^fails$", function() return { outcome = "failed", after = 0, reason = "provider_error" } end },
  { "^fails with ([%w_]+)$", function(reason) return { outcome = "failed", after = 0, reason = reason } end },
}

local steps = {
  { "^presses nothing$", function() return { "presses", "" } end },
  { "^presses ([%d*#]+)$", function(keys) return { "presses", keys } end },
  { "^waits (.+)$", function(time) return { "waits", seconds_of(time) } end },
  { "^hangs up$", function() return { "hangs up", 0 } end },
  { "^hangs up after (.+)$", function(time) return { "hangs up", seconds_of(time) } end },
}

local function read(phrases, phrase)
  for _, known in ipairs(phrases) do
    local word = phrase:match(known[1])
    if word then return known[2](word) end
  end
end

-- "support answers, support talks 9 s": the second tells more of the first leg.
local function read_leg(script, phrase)
  local time = phrase:match "^talks (.+)$" or phrase:match "^talks for (.+)$"
  local leg = script.legs[#script.legs]
  if time then
    if not leg then
      leg = { outcome = "answers", after = 2 }
      script.legs[1] = leg
    end
    leg.talks = seconds_of(time)
    return leg.talks
  end
  leg = read(outcomes, phrase)
  script.legs[#script.legs + 1] = leg
  return leg and leg.after
end

local function read_phrase(script, phrase)
  local of_leg = phrase:match "^support (.+)$"
  if of_leg then return read_leg(script, of_leg) end
  local outcome = read(outcomes, phrase)
  if outcome and outcome.after and not script.outcome then
    for key, value in pairs(outcome) do script[key] = value end
    return true
  end
  local step = not outcome and read(steps, phrase)
  if not step or not step[2] then return nil end
  if not script.outcome then return nil, "must begin with how the call is taken: answers, busy …" end
  if script.outcome ~= "answers" then return nil, "comes after a call that nobody has answered" end
  script.steps[#script.steps + 1] = step
  return true
end

--- Reads a script, or gives nil and a sentence that says what is understood.
function callee.read(text)
  local script = { steps = {}, legs = {}, text = text }
  for part in text:lower():gsub("%f[%w]then%f[%W]", ","):gmatch "[^,]+" do
    local phrase = part:gsub("^%s+", ""):gsub("%s+$", ""):gsub("%s+", " "):gsub("^and ", "")
    if phrase ~= "" then
      local good, wrong = read_phrase(script, phrase)
      if not good then
        return nil, ("\"%s\": the phrase \"%s\" %s.\nUnderstood is:\n%s"):format(text, phrase,
          wrong or "is not understood", understood)
      end
    end
  end
  if script.outcome then return script end
  return nil, ("\"%s\" does not say how the call is taken.\nUnderstood is:\n%s"):format(text, understood)
end

-- A person with a script, as a line (line.lua) asks them.
local Person = {}
Person.__index = Person

--- A person who does what the script says, from the moment they have answered.
function callee.person(script)
  return setmetatable({ script = script, next = 1, leg = 0 }, Person)
end

--- How the call is taken: {outcome, after = seconds, reason}.
function Person:take()
  return self.script
end

-- The next step and when it can be done: what was waited for counts from the last one.
local function upcoming(self)
  local ready, at = self.ready, self.next
  local step = self.script.steps[at]
  while step and step[1] == "waits" do
    ready = ready + step[2] * 1000
    at = at + 1
    step = self.script.steps[at]
  end
  return step, ready, at
end

--- The call was answered at that time (ms).
function Person:answered(now)
  self.ready = now
end

--- When they will hang up if nobody listens to their keys before that; nil: not at all.
function Person:leaves()
  local step, ready = upcoming(self)
  if step and step[1] == "hangs up" then return ready + step[2] * 1000 end
end

--- What they press next, listened to from now until deadline (ms): keys and when; nil: nothing
-- until then. Keys "" are a silence that was meant.
function Person:press(now, deadline)
  local step, ready, at = upcoming(self)
  if not step or step[1] ~= "presses" then return nil end
  local when = math.max(ready, now)
  if when >= deadline then return nil end
  self.next = at + 1
  self.ready = step[2] == "" and deadline or when
  return step[2], when
end

--- How the number that the call is connected to takes it, and for how many seconds it talks.
function Person:connect()
  self.leg = self.leg + 1
  local leg = self.script.legs[self.leg] or { outcome = "answers", after = 2 }
  return leg, leg.talks or talks
end

return callee
