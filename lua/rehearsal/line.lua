--- A telephone line: what becomes of a call that was placed, second by second. It is a coroutine
-- that yields while time passes or an answer is on its way; `person` (callee.lua) decides what
-- the one called does, `wire` brings news to the engine.
--
--   wire.tell(event[, query]) → the reply's body, once it is there
--   wire.now() → ms, wire.sleep(until ms)

local line = {}

-- Speech, at about 160 words a minute.
local per_character = 65 -- ms
local plays = 10 * 1000 -- ms of a recording whose length nobody knows
local messages = 30 * 1000 -- ms of a message that the provider has

local Line = {}
Line.__index = Line

--- The line of a call: {id, provider, to, number}, as the engine tells of it.
function line.new(call, person, wire)
  return setmetatable({ call = call, person = person, wire = wire, told = 0,
    said = {}, keyed = {}, dialled = {}, steps = {} }, Line)
end

local gone = {} -- raised when the call is over, wherever the plan stands

local function note(self, kind, text)
  self.steps[#self.steps + 1] = { at = self.wire.now(), kind = kind, text = text }
end

local function state(self, word, reason)
  self.told = self.told + 1
  self.wire.tell { kind = "status", id = "state:" .. self.told, call = self.call.id, state = word,
    reason = reason }
end

-- Lets time pass; the one called may hang up meanwhile.
local function pass(self, ms)
  local finish = self.wire.now() + ms
  local leaves = self.person:leaves()
  if leaves and leaves <= finish then
    self.wire.sleep(math.max(leaves, self.wire.now()))
    note(self, "hangs up")
    error(gone, 0)
  end
  self.wire.sleep(finish)
end

-- A repeat of -1 is for ever: until the one called has had enough.
local function times(verb)
  local repeats = verb.repeats or 0
  return repeats < 0 and 100 or math.max(repeats, 1)
end

local verbs = {}

function verbs.say(self, verb)
  self.said[#self.said + 1] = verb.text
  note(self, "hears", verb.text)
  pass(self, times(verb) * utf8.len(verb.text, 1, -1, true) * per_character)
end

function verbs.play(self, verb)
  self.said[#self.said + 1] = verb.url
  note(self, "hears", verb.url)
  pass(self, times(verb) * plays)
end

function verbs.pause(self, verb)
  pass(self, verb.seconds * 1000)
end

function verbs.hangup()
  error(gone, 0)
end

-- Keys until #, until there are enough of them, or until the time is over.
local function gather(self, verb)
  local deadline = self.wire.now() + (verb.timeout or 10) * 1000
  local keys = ""
  while true do
    local pressed, at = self.person:press(self.wire.now(), deadline, verb, keys)
    if not pressed then
      pass(self, deadline - self.wire.now())
      return keys, false
    end
    if pressed == "" then
      self.wire.sleep(deadline)
      return keys, false
    end
    self.wire.sleep(at)
    note(self, "presses", pressed)
    keys = keys .. pressed
    local hash = verb.submit_on_hash and keys:find("#", 1, true)
    if hash then return keys:sub(1, hash - 1), true end
    local full = verb.max_digits and not verb.submit_on_hash and #keys >= verb.max_digits
    if full then return keys:sub(1, verb.max_digits), true end
  end
end

--- Listens, and gives the plan that follows; a plan without verbs ends the call.
function verbs.collect(self, verb)
  local keys, submitted = gather(self, verb)
  if submitted then self.keyed[#self.keyed + 1] = keys end
  local event = { kind = "digits", id = "digits:" .. verb.turn, call = self.call.id, turn = verb.turn,
    digits = submitted and keys or "", silent = not submitted or keys == "" or nil }
  return self.wire.tell(event, "?turn=" .. verb.turn).verbs or {}
end

function verbs.dial(self, verb)
  local leg, talks = self.person:connect(verb)
  self.dialled[#self.dialled + 1] = verb.to
  note(self, "is connected to", verb.to)
  local function tell(word)
    self.told = self.told + 1
    self.wire.tell { kind = "leg", id = "leg:" .. self.told, call = self.call.id, leg = verb.leg,
      to = verb.to, state = word }
  end
  tell "ringing"
  pass(self, leg.after * 1000)
  if leg.outcome == "answers" or leg.outcome == "voicemail" then
    tell "in_progress"
    pass(self, talks * 1000)
    tell "completed"
  else
    tell(leg.outcome)
  end
end

-- Follows a plan, and each that an answer puts in its place, to the end of the last one.
local function follow(self, plan)
  local at = 1
  while plan[at] do
    local verb = plan[at]
    local instead = verbs[verb.verb](self, verb)
    if instead then plan, at = instead, 1 else at = at + 1 end
  end
end

local function talk(self, plan)
  self.person:answered(self.wire.now())
  if #plan > 0 then follow(self, plan) else pass(self, messages) end
end

--- Runs the call from when the provider has taken it. plan: the verbs it was placed with.
function Line:run(plan)
  local taken = self.person:take(self.call)
  local outcome = taken.outcome
  if outcome == "no_word" then return end
  state(self, "ringing")
  self.wire.sleep(self.wire.now() + taken.after * 1000)
  if outcome ~= "answers" and outcome ~= "voicemail" then
    note(self, outcome)
    state(self, outcome, taken.reason)
    return
  end
  note(self, outcome)
  state(self, "in_progress")
  local good, wrong = pcall(talk, self, plan)
  if not good and wrong ~= gone then error(wrong, 0) end
  self.left = not good
  state(self, "completed")
end

return line
