---@meta outdial
-- Written by lua/reference/generate.lua from what the sources say; edit those.

---how a call stands, in rank order
---@alias outdial.state "submitting"|"queued"|"ringing"|"in_progress"|"completed"|"busy"|"no_answer"|"rejected"|"canceled"|"failed"|"expired"|"unknown"

---how a call ended
---@alias outdial.disposition "completed"|"busy"|"no_answer"|"rejected"|"canceled"|"failed"|"expired"

---a kind of line
---@alias outdial.line_type "landline"|"mobile"|"voip"

---What went wrong.
---@class outdial.error
---@field code string # a word
---@field message? string # a sentence
---@field sent? "no"|"maybe" # of a request: whether it may have reached the other side
---@field state? outdial.disposition # of a call: how it ended

---What an HTTP server answered.
---@class outdial.answer
---@field status integer # such as 200
---@field headers table<string, string> # by name in lower case
---@field body string # as text; bytes that are not UTF-8 show as ?
---@field json? any # the body, when it is JSON

---What outdial.audio found; the same as of `outdial audio --json`.
---@class outdial.report
---@field path string # the file
---@field verdict "good"|"warning" # warning: see warnings
---@field mime string # such as audio/wav
---@field mimes string[] # all names of that kind
---@field container string # WAV, MPEG …
---@field codec string # PCM …
---@field bits integer # of a sample
---@field rate integer # samples a second
---@field channels integer # 1: mono
---@field frames integer # samples of a channel
---@field bytes integer # of the file
---@field duration number # seconds
---@field measures table # what was heard: clipped, dropouts, level, rms, peak, offset, lead, tail, pause, wide; outdial.null when nothing was
---@field reason lightuserdata # outdial.null: it was not refused
---@field message lightuserdata # the same
---@field mend lightuserdata # the same
---@field warnings table[] # each {code, message, mend, start, end}

---@class (exact) outdial.flow.options
---@field summary string # what the flow is for, in a sentence
---@field params? table<string, outdial.param> # what a run is started with, by name; default {}
---@field run fun(p: table<string, any>): any, (outdial.error|string)? # the conversation. What it returns is the run's result; nil and an error, and the run has failed
---@field on_hangup? fun(p: table<string, any>, call: outdial.call) # runs in place of the rest of run when the person called, who had answered, hangs up while the flow waits for keys. When nobody answers (busy, no_answer …), the run fails as the call did

---@class (exact) outdial.param
---@field type "boolean"|"digits"|"integer"|"list"|"number"|"phone"|"string"|"table"|"time" # what it is converted to and must be: phone (E.164: + and 7 to 15 digits), digits (a text), string, integer, number, boolean, list, table, time (ISO 8601 with its zone)
---@field required? boolean # a run without it does not start
---@field default? any # what it is when it is not given; of the type, too
---@field list? boolean # whether a list of values of the type may be given in place of one
---@field help? string # what it is for, as an operator is told

---@class (exact) outdial.call.options
---@field provider string # the script in scripts/providers that carries the call
---@field to string|string[] # whom to call; a list: alternate numbers, where the provider takes them
---@field from? string # number or name to call from
---@field message? string # the provider's own name for a recording
---@field exclude? outdial.line_type[] # line types that are not to be called
---@field start? string # not before: ISO 8601 with its zone
---@field finish? string # not after: ISO 8601 with its zone
---@field keys? table<string, any> # the provider's own values, by its own names

---@class (exact) outdial.call.say.options
---@field language? string # language and country, such as en-GB; which ones, the provider knows
---@field gender? "female"|"male" # the voice's
---@field repeats? integer # how often it is said again after the first time; -1: for ever; -1 to 100
---@field barge_in? boolean # whether a key stops it

---@class (exact) outdial.call.play.options
---@field barge_in? boolean # whether a key stops it
---@field repeats? integer # how often it is said again after the first time; -1: for ever; -1 to 100

---@class (exact) outdial.call.collect.options
---@field max_digits? integer # how many keys end it; 1 to 30
---@field submit_on_hash? boolean # whether the pound key ends it; it is not among the digits
---@field timeout? number # how long to wait for keys; how long that is without it, the provider knows; 1 to 600 s

---@class (exact) outdial.call.dial.options
---@field from? string # number or name that the other person sees
---@field ring? integer # seconds that it may ring; 1 to 600
---@field limit? integer # seconds that they may talk; 1 to 86400
---@field record? boolean # whether what they say is recorded

---@class (exact) outdial.call.wait.options
---@field timeout? number # how long to wait; without it, until the call has ended; from 0 s

---@class (exact) outdial.sleep.options
---@field seconds? number # how long; from 0 s
---@field at? integer # until when, in milliseconds since 1970 UTC; in place of seconds

---@class (exact) outdial.http.options
---@field url string # http:// or https://, whole
---@field method? string # such as POST; default "GET"
---@field headers? table<string, string> # texts by the header's name, at most 64
---@field body? any # a text is sent as it is, anything else as JSON, with its Content-Type
---@field deadline? number # for the whole of it, from the name lookup to the answer's last byte; 0.1 to 300 s

---@class (exact) outdial.audio.options
---@field path string # the file
---@field provider? string # whose rules it must meet, beside those of the telephone

---@class (exact) outdial.host.options
---@field timeout? number # how long to wait for the answer; without it, until it comes; from 0.001 s

---What a flow file returns.
---@class outdial.flow

---A call to one person.
---@class outdial.call
---@field id string # the engine's id of the call
---@field number integer # which call of the run it is
local call = {}

---@class outdial
local outdial = {}

---What a flow file returns: `return outdial.flow { … }`.
---
---Allowed: the file's end.
---@param options outdial.flow.options
---@return outdial.flow
function outdial.flow(options) end

---A call to one person through one provider. It is placed by the first op that needs it (collect, wait,
---detach) or by the flow's end. A run has at most 1,000.
---
---Yields. Journals call. Allowed: run, on_hangup.
---@param options outdial.call.options
---@return outdial.call # the call. What the provider cannot do is a mistake and raises, as do missing settings
function outdial.call(options) end

---Notes that a text is to be spoken.
---
---Allowed: run, on_hangup.
---@param text string
---@param options? outdial.call.say.options
function call:say(text, options) end

---Notes that the recording at an address is to be played.
---
---Allowed: run, on_hangup.
---@param url string
---@param options? outdial.call.play.options
function call:play(url, options) end

---Notes silence: more than 0 seconds, at most 3600.
---
---Allowed: run, on_hangup.
---@param seconds number
function call:pause(seconds) end

---Notes that the person called is to be connected to another number.
---
---Allowed: run, on_hangup.
---@param number string
---@param options? outdial.call.dial.options
function call:dial(number, options) end

---Notes that the call is to end here.
---
---Allowed: run, on_hangup.
function call:hangup() end

---Asks for keys: brings what was noted to the call, and waits. When the call is over, the flow ends
---here: on_hangup runs, if there is one and somebody had answered; else how the call ended is the run's
---error, unless that was well.
---
---Yields. Journals collect; the call's first flush also place. Allowed: run, on_hangup.
---
---- `no_input`: nothing was keyed in time
---- `hangup`: only in on_hangup, where nobody is there to key anything
---@param options? outdial.call.collect.options
---@return string? # the keys as a text, or nil and an error
---@return outdial.error?
function call:collect(options) end

---Brings what was noted to the call, and waits until the call has ended.
---
---Yields. Journals wait; the call's first flush also place. Allowed: run, on_hangup.
---
---- `timeout`: the call has not ended in the time given
---- `REASON`: why it ended so: "failed" has the provider's reason, any other disposition is its own
---@param options? outdial.call.wait.options
---@return outdial.disposition? # the disposition, with an error beside it unless it is "completed"; nil and an error when the time was over first
---@return outdial.error?
function call:wait(options) end

---Lets the call go on by itself: the run does not wait for its end. What happens to it is still written
---down.
---
---Yields. Journals detach; the call's first flush also place. Allowed: run, on_hangup.
---
---- `REASON`: why the provider did not take it, as of call:wait
---@return true? # true once the provider has accepted the call, or nil and an error
---@return outdial.error?
function call:detach() end

---Waits, for seconds or until a moment: `outdial.sleep(60)`, `outdial.sleep { at = ms }`. The time goes
---on while no engine runs.
---
---Yields. Journals sleep. Allowed: run, on_hangup.
---@param time number|outdial.sleep.options
---@return true # true
function outdial.sleep(time) end

---What time it is. A replay is told the same.
---
---Yields. Journals now. Allowed: run, on_hangup.
---@return integer # milliseconds since 1970 UTC
function outdial.now() end

---A number that nobody can guess; where that does not matter, math.random is lighter.
---
---Yields. Journals random. Allowed: run, on_hangup.
---@param low integer
---@param high integer
---@return integer # a whole number from low to high, either included
function outdial.random(low, high) end

---Yields. Journals uuid. Allowed: run, on_hangup.
---@return string # a random UUID
function outdial.uuid() end

---A request, once. Its row is on disk before its first byte leaves; after a crash in between only GET
---and HEAD are asked again.
---
---Yields. Journals http. Allowed: run, on_hangup.
---
---- `resolve`, `refused`, `tls`, `timeout`, `cut`: the other side was not found, not reached, not who
---it should be, too slow, or broke off
---- `too_large`: the answer is too large for a script
---- `invalid`: the request cannot be sent so
---- `interrupted`: the engine stopped meanwhile, and asking again might do it twice
---- `canceled`, `internal`, `memory`: the engine could not do it
---@param options outdial.http.options
---@return outdial.answer? # the answer, whatever its status, or nil and an error with `sent`
---@return outdial.error?
function outdial.http(options) end

---Validates a recording by its content: `outdial.audio "message.wav"`.
---
---Yields. Journals audio. Allowed: run, on_hangup.
---
---- `audio`: it cannot be read or played on the telephone, or the provider does not take its kind
---- `missing`: there is no such provider
---- `memory`: the engine could not do it
---@param options outdial.audio.options|string
---@return outdial.report? # a report of the file, or nil and an error when it would not do
---@return outdial.error?
function outdial.audio(options) end

---Calls a function of the program that the engine is part of, with any value.
---
---Yields. Journals host. Allowed: run, on_hangup.
---
---- `no_function`: the program has no such function; the outdial command has none
---- `timeout`: it has not answered in the time given
---- `CODE`: as it refused
---@param name string
---@param args? any
---@param options? outdial.host.options
---@return any # what it answered, or nil and an error
---@return outdial.error?
function outdial.host(name, args, options) end

---Says something in the run's timeline; what is no text is made one. A replay does not say it again.
---
---Yields. Journals log. Allowed: run, on_hangup.
---@class outdial.log
---@overload fun(...: any)
outdial.log = {}

---The same.
---
---Yields. Journals log. Allowed: run, on_hangup.
---@param ... any
function outdial.log.info(...) end

---The same, as a warning.
---
---Yields. Journals log. Allowed: run, on_hangup.
---@param ... any
function outdial.log.warn(...) end

---JSON's null, where nil would leave a hole. In an option table it is as good as nil.
---@type lightuserdata
outdial.null = nil

outdial.json = {}

---The same as outdial.null.
---@type lightuserdata
outdial.json.null = nil

---Raises on what JSON cannot say, with the place in the value.
---@param value any
---@return string # JSON, its keys sorted: the same text for the same value
function outdial.json.encode(value) end

---@param text string
---@return any # the value, or nil and a sentence
---@return string?
function outdial.json.decode(text) end

---Marks a table as a list, so that an empty one is written [].
---@param list? table
---@return table # the same table, or a new one
function outdial.json.array(list) end

return outdial
