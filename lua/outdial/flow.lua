--- What a flow sees as `require "outdial"`. Ops yield to the engine, which journals them;
-- verbs are only noted here until the next op that talks to the call.

local api = require "outdial.api"
local json = require "outdial.json"
local op = require "outdial.op"
local options = require "outdial.options"

local outdial = { null = json.null, json = json }

local calls = {} -- every call of this run, by number
local notes = {} -- what the engine need not know of a call: pending verbs, counters
local flow -- what the script returned

-- Whether the engine knows that the script is good, and needs no word on what it is.
local known = lua.debug.getregistry()["outdial.known"]

local Call = {}
Call.__index = Call
Call.__name = "call"

-- Raises what an op was refused for, at the line of the script that called the library.
local function raise(wrong)
  local place = options.place() or lua.debug.getinfo(flow.run, "S").short_src
  error({ code = wrong.code, message = place .. ": " .. wrong.message }, 0)
end

local function settle(value, wrong, ...)
  if value == nil and type(wrong) == "table" and wrong.raise then raise(wrong) end
  return value, wrong, ...
end

-- An op whose refusal is a mistake of the script or its settings raises.
local function ask(name, args)
  return settle(op(name, args))
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

--- call:say(text: string, options?: call:say)
-- Notes that a text is to be spoken.
function Call:say(text, given)
  local verb = options.check("call:say", given, api["call:say"])
  verb.verb, verb.text = "say", text_of(text, "call:say")
  note(self, verb)
end

--- call:play(url: string, options?: call:play)
-- Notes that the recording at an address is to be played.
function Call:play(url, given)
  local verb = options.check("call:play", given, api["call:play"])
  verb.verb, verb.url = "play", text_of(url, "call:play")
  note(self, verb)
end

--- call:pause(seconds: number)
-- Notes silence: more than 0 seconds, at most 3600.
function Call:pause(seconds)
  if not options.is(seconds, "seconds") or seconds <= 0 or seconds > 3600 then
    options.fail "call:pause takes a number of seconds above 0, at most 3600"
  end
  note(self, { verb = "pause", seconds = seconds })
end

--- call:dial(number: string, options?: call:dial)
-- Notes that the person called is to be connected to another number.
function Call:dial(to, given)
  local verb = options.check("call:dial", given, api["call:dial"])
  local number = options.phone(to)
  if not number then options.fail("call:dial takes " .. options.words "phone") end
  local mine = notes_of(self)
  mine.legs = mine.legs + 1
  verb.verb, verb.to, verb.leg = "dial", number, mine.legs
  note(self, verb)
end

--- call:hangup()
-- Notes that the call is to end here.
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

--- call:collect(options?: call:collect): string?, outdial.error?
-- Asks for keys: brings what was noted to the call, and waits. When the call is over, the flow
-- ends here: on_hangup runs, if there is one and somebody had answered; else how the call ended
-- is the run's error, unless that was well.
-- @journals collect; the call's first flush also place
-- @returns the keys as a text, or nil and an error
-- @error no_input nothing was keyed in time
-- @error hangup only in on_hangup, where nobody is there to key anything
function Call:collect(given)
  local args = options.check("call:collect", given, api["call:collect"])
  local mine = notes_of(self)
  mine.turns = mine.turns + 1
  local verb = { verb = "collect", turn = mine.turns }
  for name, value in lua.next, args do verb[name] = value end
  note(self, verb)
  place(self)
  args.call = self.number
  if #mine.verbs > 0 then args.verbs = flushed(mine) end
  return ask("collect", args)
end

--- call:wait(options?: call:wait): outdial.disposition?, outdial.error?
-- Brings what was noted to the call, and waits until the call has ended.
-- @journals wait; the call's first flush also place
-- @returns the disposition, with an error beside it unless it is "completed"; nil and an error
-- when the time was over first
-- @error timeout the call has not ended in the time given
-- @error REASON why it ended so: "failed" has the provider's reason, any other disposition is its own
function Call:wait(given)
  local args = options.check("call:wait", given, api["call:wait"])
  local mine = notes_of(self)
  place(self, true)
  args.call = self.number
  if #mine.verbs > 0 then args.verbs = flushed(mine) end
  return ask("wait", args)
end

--- call:detach(): true?, outdial.error?
-- Lets the call go on by itself: the run does not wait for its end. What happens to it is still
-- written down.
-- @journals detach; the call's first flush also place
-- @returns true once the provider has accepted the call, or nil and an error
-- @error REASON why the provider did not take it, as of call:wait
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

--- outdial.call(options: outdial.call): outdial.call
-- A call to one person through one provider. It is placed by the first op that needs it (collect,
-- wait, detach) or by the flow's end. A run has at most 1,000.
-- @journals call
-- @returns the call. What the provider cannot do is a mistake and raises, as do missing settings
function outdial.call(given)
  local args = options.check("outdial.call", given, api["outdial.call"])
  args.to = own(args.to)
  for _, kind in ipairs(args.exclude or {}) do
    if not api.line_types[kind] then
      options.fail(("outdial.call: option 'exclude' knows %s, not %s"):format(
        options.names(api.line_types), tostring(kind)))
    end
  end
  for name in lua.next, args.keys or {} do
    if type(name) ~= "string" then options.fail "outdial.call: option 'keys' takes values by their names" end
  end
  if args.exclude then args.exclude = #args.exclude > 0 and json.array(args.exclude) or nil end
  local made = ask("call", args)
  local call = setmetatable({ id = made.id, number = made.number }, Call)
  notes[call] = { verbs = {}, turns = 0, legs = 0, placed = false }
  calls[made.number] = call
  return call
end

--- outdial.sleep(time: number|outdial.sleep): true
-- Waits, for seconds or until a moment: `outdial.sleep(60)`, `outdial.sleep { at = ms }`. The time
-- goes on while no engine runs.
-- @journals sleep
-- @returns true
function outdial.sleep(given)
  if type(given) == "number" then given = { seconds = given } end
  local args = options.check("outdial.sleep", given, api["outdial.sleep"])
  if (args.seconds == nil) == (args.at == nil) then
    options.fail "outdial.sleep takes a number of seconds, or {at = milliseconds since 1970}"
  end
  return op("sleep", args)
end

--- outdial.now(): integer
-- What time it is. A replay is told the same.
-- @journals now
-- @returns milliseconds since 1970 UTC
function outdial.now()
  return op("now", {})
end

--- outdial.random(low: integer, high: integer): integer
-- A number that nobody can guess; where that does not matter, math.random is lighter.
-- @journals random
-- @returns a whole number from low to high, either included
function outdial.random(low, high)
  if math.type(low) ~= "integer" or math.type(high) ~= "integer" or low > high then
    options.fail "outdial.random takes two whole numbers, the lower one first"
  end
  return op("random", { low = low, high = high })
end

--- outdial.uuid(): string
-- @journals uuid
-- @returns a random UUID
function outdial.uuid()
  return op("uuid", {})
end

--- outdial.http(options: outdial.http): outdial.answer?, outdial.error?
-- A request, once. Its row is on disk before its first byte leaves; after a crash in between only GET
-- and HEAD are asked again.
-- @journals http
-- @returns the answer, whatever its status, or nil and an error with `sent`
-- @error resolve, refused, tls, timeout, cut the other side was not found, not reached, not who it
-- should be, too slow, or broke off
-- @error too_large the answer is too large for a script
-- @error invalid the request cannot be sent so
-- @error interrupted the engine stopped meanwhile, and asking again might do it twice
-- @error canceled, internal, memory the engine could not do it
function outdial.http(given)
  return op("http", options.check("outdial.http", given, api["outdial.http"]))
end

--- outdial.audio(options: outdial.audio|string): outdial.report?, outdial.error?
-- Validates a recording by its content: `outdial.audio "message.wav"`.
-- @journals audio
-- @returns a report of the file, or nil and an error when it would not do
-- @error audio it cannot be read or played on the telephone, or the provider does not take its kind
-- @error missing there is no such provider
-- @error memory the engine could not do it
function outdial.audio(given)
  if type(given) == "string" then given = { path = given } end
  return op("audio", options.check("outdial.audio", given, api["outdial.audio"]))
end

--- outdial.host(name: string, args?: any, options?: outdial.host): any, outdial.error?
-- Calls a function of the program that the engine is part of, with any value.
-- @journals host
-- @returns what it answered, or nil and an error
-- @error no_function the program has no such function; the outdial command has none
-- @error timeout it has not answered in the time given
-- @error CODE as it refused
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

--- outdial.log(...: any)
-- Says something in the run's timeline; what is no text is made one. A replay does not say it again.
-- @journals log
--- outdial.log.info(...: any)
-- The same.
-- @journals log
--- outdial.log.warn(...: any)
-- The same, as a warning.
-- @journals log
outdial.log = setmetatable({ info = say "info", warn = say "warning" }, {
  __call = function(_, ...) return say "info"(...) end,
})

--- outdial.flow(options: outdial.flow): outdial.flow
-- What a flow file returns: `return outdial.flow { … }`.
-- @allowed the file's end
function outdial.flow(given)
  local made = options.check("outdial.flow", given, api["outdial.flow"])
  local wrong = not known and require "outdial.params".problem(made.params)
  if wrong then options.fail(wrong) end
  return setmetatable(made, { __name = "flow" })
end

-- The engine's side: what it calls, in a table that scripts do not see.
local host = { verbs = Call } -- which outdial.check names

--- Takes what the script returned; gives its description, or nil and a sentence.
function host.take(value)
  local meta = type(value) == "table" and lua.debug.getmetatable(value)
  if not meta or meta.__name ~= "flow" then
    return nil, "a flow must end with: return outdial.flow { … }"
  end
  flow = value
  if known then return {} end
  return { summary = flow.summary, params = flow.params, on_hangup = flow.on_hangup ~= nil }
end

--- The parameters as the flow will see them, or nil and a sentence.
function host.params(given)
  return require "outdial.params".read(flow.params, given)
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
