--- What a flow sees as `require "outdial"`. Ops yield to the engine, which journals them;
-- verbs are only noted here until the next op that talks to the call.

local api = require "outdial.api"
local json = require "outdial.json"
local op = require "outdial.op"
local options = require "outdial.options"
local params = require "outdial.params"

local outdial = { null = json.null, json = json }

local calls = {} -- every call of this run, by number
local notes = {} -- what the engine need not know of a call: pending verbs, counters
local flow -- what the script returned

local Call = {}
Call.__index = Call
Call.__name = "call"

-- Raises what an op was refused for, at the line of the script that called the library.
local function raise(wrong)
  local place = options.place() or lua.debug.getinfo(flow.run, "S").short_src
  error({ code = wrong.code, message = place .. ": " .. wrong.message }, 0)
end

-- An op whose refusal is a mistake of the script or its settings raises.
local function ask(name, args)
  local results = table.pack(op(name, args))
  local wrong = results[2]
  if results[1] == nil and type(wrong) == "table" and wrong.raise then raise(wrong) end
  return table.unpack(results, 1, results.n)
end

local function notes_of(call)
  local mine = notes[call]
  if not mine then options.fail "use call:verb(…) with a colon, on a call from outdial.call" end
  return mine
end

local function note(call, verb)
  local mine = notes_of(call)
  mine.verbs[#mine.verbs + 1] = verb
end

local function text_of(text, what)
  if not options.is(text, "text") then
    options.fail(what .. " takes a text first, and it must not be empty")
  end
  return text
end

--- call:say(text [, {language, gender, repeats, barge_in}])   notes a verb; no yield
function Call:say(text, given)
  local verb = options.check("call:say", given, api["call:say"])
  verb.verb, verb.text = "say", text_of(text, "call:say")
  note(self, verb)
end

--- call:play(url [, {repeats, barge_in}])   notes a verb; no yield
function Call:play(url, given)
  local verb = options.check("call:play", given, api["call:play"])
  verb.verb, verb.url = "play", text_of(url, "call:play")
  note(self, verb)
end

--- call:pause(seconds)   notes a verb; no yield
function Call:pause(seconds)
  if not options.is(seconds, "seconds") or seconds <= 0 or seconds > 3600 then
    options.fail "call:pause takes a number of seconds above 0, at most 3600"
  end
  note(self, { verb = "pause", seconds = seconds })
end

--- call:dial(number [, {from, ring, limit, record}])   notes a verb; no yield
function Call:dial(to, given)
  local verb = options.check("call:dial", given, api["call:dial"])
  local number = options.phone(to)
  if not number then options.fail("call:dial takes " .. options.words "phone") end
  local mine = notes_of(self)
  mine.legs = mine.legs + 1
  verb.verb, verb.to, verb.leg = "dial", number, mine.legs
  note(self, verb)
end

--- call:hangup()   notes a verb; no yield
function Call:hangup()
  note(self, { verb = "hangup" })
end

-- The noted verbs, once.
local function flushed(mine)
  local verbs = mine.verbs
  mine.verbs = {}
  return json.array(verbs)
end

-- The first flush places the call with the plan so far. Whether that worked shows at the
-- next op on the call.
local function place(call, waited)
  local mine = notes[call]
  if mine.placed then return end
  mine.placed = true
  ask("place", { call = call.number, verbs = flushed(mine), waited = waited })
end

--- call:collect {max_digits, submit_on_hash, timeout}   yields; journals collect
-- Returns the digits as text, or nil and {code = "no_input", …}. A call that has ended ends
-- the flow here.
function Call:collect(given)
  local args = options.check("call:collect", given, api["call:collect"])
  local mine = notes_of(self)
  mine.turns = mine.turns + 1
  local verb = { verb = "collect", turn = mine.turns }
  for name, value in pairs(args) do verb[name] = value end
  note(self, verb)
  place(self)
  args.call = self.number
  if #mine.verbs > 0 then args.verbs = flushed(mine) end
  return ask("collect", args)
end

--- call:wait {timeout}   yields; journals wait
-- Returns the disposition, and {code, message} with it unless that is "completed"; nil and
-- {code = "timeout"} when the time is over first.
function Call:wait(given)
  local args = options.check("call:wait", given, api["call:wait"])
  local mine = notes_of(self)
  place(self, true)
  args.call = self.number
  if #mine.verbs > 0 then args.verbs = flushed(mine) end
  return ask("wait", args)
end

--- call:detach()   yields; journals detach
-- The run does not wait for this call any more. Returns true once the provider has accepted
-- it, or nil and {code, message}.
function Call:detach()
  local mine = notes_of(self)
  place(self)
  return ask("detach", { call = self.number, verbs = flushed(mine) })
end

local function own(numbers)
  if type(numbers) == "string" then return options.phone(numbers) end
  local list = {}
  for i, number in ipairs(numbers) do list[i] = options.phone(number) end
  return #list == 1 and list[1] or json.array(list)
end

--- outdial.call {provider, to, from, message, exclude, start, finish, keys}   yields; journals call
-- Returns the call. Raises when the provider can't do what is asked.
function outdial.call(given)
  local args = options.check("outdial.call", given, api["outdial.call"])
  args.to = own(args.to)
  for _, kind in ipairs(args.exclude or {}) do
    if not api.line_types[kind] then
      options.fail(("outdial.call: option 'exclude' knows %s, not %s"):format(
        options.names(api.line_types), tostring(kind)))
    end
  end
  if args.exclude then args.exclude = #args.exclude > 0 and json.array(args.exclude) or nil end
  local made = ask("call", args)
  local call = setmetatable({ id = made.id, number = made.number }, Call)
  notes[call] = { verbs = {}, turns = 0, legs = 0, placed = false }
  calls[made.number] = call
  return call
end

--- outdial.sleep(seconds) or outdial.sleep {at = ms}   yields; journals sleep
function outdial.sleep(given)
  if type(given) == "number" then given = { seconds = given } end
  local args = options.check("outdial.sleep", given, api["outdial.sleep"])
  if (args.seconds == nil) == (args.at == nil) then
    options.fail "outdial.sleep takes a number of seconds, or {at = milliseconds since 1970}"
  end
  return op("sleep", args)
end

--- outdial.now()   yields; journals now; milliseconds since 1970 UTC
function outdial.now()
  return op("now", {})
end

--- outdial.random(low, high)   yields; journals random; a whole number, both ends included
function outdial.random(low, high)
  if math.type(low) ~= "integer" or math.type(high) ~= "integer" or low > high then
    options.fail "outdial.random takes two whole numbers, the lower one first"
  end
  return op("random", { low = low, high = high })
end

--- outdial.uuid()   yields; journals uuid
function outdial.uuid()
  return op("uuid", {})
end

--- outdial.http {url, method, headers, body, deadline}   yields; journals http
-- Returns {status, headers, body, json}, or nil and {code, message, sent = "no" | "maybe"}.
function outdial.http(given)
  return op("http", options.check("outdial.http", given, api["outdial.http"]))
end

--- outdial.audio {path, provider}   yields; journals audio
-- Returns a report of the file, or nil and {code, message} when it would not do.
function outdial.audio(given)
  if type(given) == "string" then given = { path = given } end
  return op("audio", options.check("outdial.audio", given, api["outdial.audio"]))
end

--- outdial.host(name [, args [, {timeout}]])   yields; journals host
-- Calls a function of the program that the engine is part of, with any value. Returns what it
-- answered, or nil and {code, message}: "no_function", "timeout", or as it refused.
function outdial.host(name, args, given)
  local options_given = options.check("outdial.host", given, api["outdial.host"])
  return op("host", { name = text_of(name, "outdial.host"), args = args, timeout = options_given.timeout })
end

local function say(level)
  return function(...)
    local words = table.pack(...)
    for i = 1, words.n do words[i] = tostring(words[i]) end
    op("log", { level = level, message = table.concat(words, " ") })
  end
end

--- outdial.log(…), outdial.log.warn(…)   yields; journals log
outdial.log = setmetatable({ info = say "info", warn = say "warning" }, {
  __call = function(_, ...) return say "info"(...) end,
})

--- outdial.flow {summary, params, run, on_hangup}   what a flow file returns
function outdial.flow(given)
  local made = options.check("outdial.flow", given, api["outdial.flow"])
  local wrong = params.problem(made.params)
  if wrong then options.fail(wrong) end
  return setmetatable(made, { __name = "flow" })
end

-- The engine's side: what it calls, in a table that scripts do not see.
local host = {}

--- Takes what the script returned; gives its description, or nil and a sentence.
function host.take(value)
  local meta = type(value) == "table" and lua.debug.getmetatable(value)
  if not meta or meta.__name ~= "flow" then
    return nil, "a flow must end with: return outdial.flow { … }"
  end
  flow = value
  return { summary = flow.summary, params = flow.params, on_hangup = flow.on_hangup ~= nil }
end

--- The parameters as the flow will see them, or nil and a sentence.
function host.params(given)
  return params.read(flow.params, given)
end

-- What the flow still has to say when it has returned.
local function finish()
  for _, call in ipairs(calls) do
    local mine = notes[call]
    if #mine.verbs > 0 then place(call) end
    if mine.placed then ask("finish", { call = call.number, verbs = flushed(mine) }) end
  end
end

function host.main(given)
  local results = table.pack(flow.run(given))
  finish()
  return table.unpack(results, 1, results.n)
end

--- Runs instead of the rest of main once a call has ended under it.
function host.hangup(given, number)
  if not flow.on_hangup then return nil end
  return flow.on_hangup(given, calls[number])
end

lua.debug.getregistry()["outdial.host"] = host

return outdial
