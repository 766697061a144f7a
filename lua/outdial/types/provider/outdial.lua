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

---One instruction of a plan: its word, what it is about, and the options of the flow.
---@class outdial.verb
---@field verb "say"|"play"|"pause"|"collect"|"dial"|"hangup" # which one
---@field text? string # say: what
---@field url? string # play: what
---@field seconds? number # pause: how long
---@field turn? integer|string # collect: its number in the call; comes back as the webhook's query.turn
---@field to? string # dial: whom
---@field leg? integer # dial: its number in the call; comes back as the webhook's query.leg
---@field language? string # say: such as en-GB
---@field gender? "female"|"male" # say: the voice's
---@field repeats? integer # say, play: how often again
---@field barge_in? boolean # say, play: whether a key stops it
---@field max_digits? integer # collect: how many keys end it
---@field submit_on_hash? boolean # collect: whether the pound key ends it
---@field timeout? number # collect: seconds to wait for keys
---@field from? string # dial: what the other person sees
---@field ring? integer # dial: seconds that it may ring
---@field limit? integer # dial: seconds that they may talk
---@field record? boolean # dial: whether it is recorded

---What place is to place.
---@class outdial.request
---@field id string # the engine's id of the call
---@field provider string # the provider's name
---@field to string|string[] # whom to call
---@field from? string # number or name to call from
---@field message? string # the recording, by the provider's own name
---@field exclude? outdial.line_type[] # line types that are not to be called
---@field start? string # not before
---@field finish? string # not after
---@field keys? table<string, any> # the provider's own values
---@field state outdial.state # how the call stands
---@field detail table<string, any> # what the provider's script said so far in detail
---@field hook? string # the webhook address of this call alone
---@field verbs? outdial.verb[] # the plan so far, for providers with accepts.plan

---The call that a function is asked about.
---@class outdial.subject
---@field id string # the engine's id of the call
---@field provider string # the provider's name
---@field to string|string[] # whom to call
---@field from? string # number or name to call from
---@field message? string # the recording, by the provider's own name
---@field exclude? outdial.line_type[] # line types that are not to be called
---@field start? string # not before
---@field finish? string # not after
---@field keys? table<string, any> # the provider's own values
---@field state outdial.state # how the call stands
---@field detail table<string, any> # what the provider's script said so far in detail
---@field hook? string # the webhook address of this call alone
---@field reference? string # the provider's id of the call
---@field cursor? string # what the next status request needs, newest
---@field submitted? integer # when it was first sent, in milliseconds since 1970 UTC

---What place and status say of the call. place without a state: queued.
---@class outdial.news
---@field state? outdial.state # a call only moves up, and the first disposition stays; left out: no news
---@field reason? string # why it failed, a word: see Reasons
---@field message? string # the same as a sentence
---@field reference? string # the provider's id of the call
---@field cursor? string # for the next status request
---@field detail? table<string, any> # plain values to keep with the call; they are merged. starts: when the call is to begin (ms), which polling then counts from. unconfirmed = true: the request was there before, and whether a call came of it is still to be seen

---What find found, of a submission whose answer never came.
---@class outdial.finding
---@field state? outdial.state # a call only moves up, and the first disposition stays; left out: no news
---@field reason? string # why it failed, a word: see Reasons
---@field message? string # the same as a sentence
---@field reference? string # the provider's id of the call
---@field cursor? string # for the next status request
---@field detail? table<string, any> # plain values to keep with the call; they are merged. starts: when the call is to begin (ms), which polling then counts from. unconfirmed = true: the request was there before, and whether a call came of it is still to be seen
---@field found? boolean # whether the call is there; left out: that cannot be said now
---@field candidates? outdial.news[] # with found = true: calls that may be it, each with its reference; the engine knows which are other calls

---A webhook that arrived.
---@class outdial.webhook
---@field method string # POST
---@field query outdial.query # of the address
---@field body any # the JSON
---@field text string # the same as text

---What plan put behind call.hook.
---@class outdial.query
---@field turn? string # ?turn=
---@field leg? string # ?leg=

---What a webhook means.
---@class outdial.event
---@field state? outdial.state # a call only moves up, and the first disposition stays; left out: no news
---@field reason? string # why it failed, a word: see Reasons
---@field message? string # the same as a sentence
---@field reference? string # the provider's id of the call
---@field cursor? string # for the next status request
---@field detail? table<string, any> # plain values to keep with the call; they are merged. starts: when the call is to begin (ms), which polling then counts from. unconfirmed = true: the request was there before, and whether a call came of it is still to be seen
---@field kind "digits"|"status"|"hangup"|"leg"|"ignored" # digits: keys of a collect; status: the call's state; hangup: the person called has gone; leg: state of a dial; ignored: nothing
---@field id? string # the same for a webhook that comes twice: the second does nothing
---@field digits? string # digits: the keys, without the pound key; "" for none
---@field turn? integer|string # digits: of which collect
---@field leg? integer # leg: of which dial
---@field to? string # leg: the number
---@field call? string # the engine's id, where one address is for all calls and reference does not tell

---@class (exact) outdial.provider.options
---@field summary? string # whose service it is and what it carries, in a sentence
---@field settings table<string, outdial.setting> # what an operator sets, by name: NAME.key
---@field accepts outdial.accepts # what calls can be asked of it
---@field duplicate "checksum"|"none"|"query" # what the service does with a repeated request. none: it calls twice. checksum: it takes the same bytes for the same call. query: find can tell whether the first one is there
---@field place fun(request: outdial.request, settings: table<string, string>): outdial.news?, outdial.error? # makes the create-call request, with outdial.submit
---@field status? fun(call: outdial.subject, settings: table<string, string>): outdial.news?, outdial.error? # asks how the call stands; needs poll
---@field find? fun(call: outdial.subject, settings: table<string, string>): outdial.finding?, outdial.error? # after a submission whose answer never came: was the call placed? Needs reconcile
---@field hangup? fun(call: outdial.subject, settings: table<string, string>): true?, outdial.error? # ends the call; true when that was taken
---@field plan? fun(verbs: outdial.verb[], call: outdial.subject): any, outdial.error? # turns verbs into the body that answers the provider's webhook: a text as it is, a table as JSON; no ops
---@field webhook? fun(request: outdial.webhook, call: outdial.subject?): outdial.event?, outdial.error? # what a webhook means; no ops. call is nil where one address of the console is for all calls
---@field poll? outdial.poll # when to ask for the status
---@field reconcile? outdial.reconcile # when to find out about a submission whose answer never came
---@field rate? number # create-call requests a second, at most; from 0.001
---@field hold? outdial.verb[] # what is said when a flow is not ready to answer a webhook in time; needs plan
---@field answer_within? number # seconds in which the service wants its webhook answered (3 where it is not said); 1 to 60 s
---@field silence? "hangup"|"no_input" # what the service makes of it that nothing was keyed in time. no_input: the flow goes on. hangup: the call is over. Tests of flows go by it; default "no_input"

---@class (exact) outdial.setting
---@field default? any # what it is when it is not set
---@field required? boolean # no call without it
---@field unless? string # another setting in whose presence this one is not required
---@field secret? boolean # never shown: it is ${name} wherever people can read
---@field help? string # what it is, as an operator is told
---@field length? integer # how many bytes it has, exactly; from 1
---@field pattern? string # a Lua pattern that it matches

---@class (exact) outdial.accepts
---@field message? boolean # recorded messages by name
---@field plan? boolean # conversations: say, collect, dial …; needs plan and webhook
---@field batch? integer # how many calls one request may carry; the engine puts one in each; from 1; default 1
---@field line_types? boolean # exclude
---@field window? boolean # start and finish
---@field keys? boolean|string[] # values of its own: true, or their names
---@field alternates? boolean # a list of numbers to try in turn
---@field audio? string[] # the MIME types of recordings it plays

---@class (exact) outdial.poll
---@field first number # before the first question; from 0.001 s
---@field factor? number # each wait is the last one times this; from 1; default 1
---@field ceiling number # the longest wait; from 0.001 s
---@field jitter? number # by which share of itself a wait varies; 0 to 1; default 0
---@field deadline number # when the call counts as expired; 0: never; from 0 s

---@class (exact) outdial.reconcile
---@field first number # before the first question; from 0 s
---@field factor? number # each wait is the last one times this; from 1; default 1
---@field ceiling number # the longest wait; from 0.001 s
---@field jitter? number # by which share of itself a wait varies; 0 to 1; default 0
---@field deadline number # when to leave it to a person; from 0.001 s
---@field apart? number # between two answers "not there" that together are proof; from 0 s; default 30

---@class (exact) outdial.submit.options
---@field url string # http:// or https://, whole
---@field headers? table<string, string> # texts by the header's name, at most 64
---@field body any # a text is sent as it is, anything else as JSON, with its Content-Type
---@field deadline? number # for the whole of it, from the name lookup to the answer's last byte; 0.1 to 300 s

---@class (exact) outdial.http.options
---@field url string # http:// or https://, whole
---@field method? string # such as POST; default "GET"
---@field headers? table<string, string> # texts by the header's name, at most 64
---@field body? any # a text is sent as it is, anything else as JSON, with its Content-Type
---@field deadline? number # for the whole of it, from the name lookup to the answer's last byte; 0.1 to 300 s

---What a provider file returns.
---@class outdial.provider

---@class outdial
local outdial = {}

---What a provider file returns: `return outdial.provider { … }`.
---
---Allowed: the file's end.
---@param options outdial.provider.options
---@return outdial.provider
function outdial.provider(options) end

---@return integer # milliseconds since 1970 UTC
function outdial.now() end

---@return string # a random UUID
function outdial.uuid() end

---@param text string
---@return string # the text in Base64 (RFC 4648); it may have 64 KiB
function outdial.base64(text) end

outdial.log = {}

---Writes a line into the engine's log. Secrets are hidden only where the engine wrote them: do not log
---settings.
---@param text string
function outdial.log.info(text) end

---The same, as a warning.
---@param text string
function outdial.log.warn(text) end

---The create-call POST: its intent is on disk before its first byte leaves, on a connection of its own;
---the provider's rate is kept. It is sent again only when nothing has left, or on HTTP 429, or 503 with
---Retry-After.
---
---Yields. Allowed: place.
---
---- `resolve`, `refused`, `tls`, `timeout`, `cut`: the service was not found, not reached, not who it
---should be, too slow, or broke off
---- `too_large`: the answer is too large for a script
---- `invalid`: the request cannot be sent so
---- `canceled`, `internal`, `memory`: the engine could not do it
---- `store`: it could not be written down that it would be sent, so it was not
---- `usage`: it was called outside of place
---@param options outdial.submit.options
---@return outdial.answer? # the answer, whatever its status, or nil and an error with `sent`: return that as it is
---@return outdial.error?
function outdial.submit(options) end

---Any other request, once: a status, a token, a hang-up.
---
---Yields. Allowed: place, status, find, hangup.
---
---- `resolve`, `refused`, `tls`, `timeout`, `cut`: the service was not found, not reached, not who it
---should be, too slow, or broke off
---- `too_large`: the answer is too large for a script
---- `invalid`: the request cannot be sent so
---- `canceled`, `internal`, `memory`: the engine could not do it
---@param options outdial.http.options
---@return outdial.answer? # the answer, whatever its status, or nil and an error with `sent`
---@return outdial.error?
function outdial.http(options) end

---Runs the function, or, while a caller with the same key is inside, waits for that one and returns
---what it returned: one token request for many calls.
---
---Yields. Allowed: place, status, find, hangup.
---
---- `timeout`: the one inside took too long
---- `script`: the function raised in the one inside
---@param key string
---@param work fun(): any
---@return any # what the function returned
function outdial.single(key, work) end

outdial.time = {}

---Reads a time like 2026-01-31T09:30:00.5+01:00. Seconds and fraction may be left out, the zone may
---not; "Z+05:30" is read as +05:30.
---@param text string
---@return integer? # milliseconds since 1970 UTC, and minutes east of UTC; or nil and a sentence
---@return integer|string
function outdial.time.parse(text) end

---The digits that a clock shows so many minutes east of UTC.
---@param ms integer
---@param offset? integer
---@return string # 2026-01-31T09:30:00.500
function outdial.time.format(ms, offset) end

---@param minutes integer
---@return string # +05:30 for 330
function outdial.time.offset(minutes) end

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
