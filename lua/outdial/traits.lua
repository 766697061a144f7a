--- What only providers say to the engine, as api.lua has it: apart, since every run of a flow would
-- have to make these tables.

return {
  -- What a provider file returns.
  ["outdial.provider"] = {
    --- whose service it is and what it carries, in a sentence
    summary = { "text" },
    --- {table<string, outdial.setting>} what an operator sets, by name: NAME.key
    settings = { "table", required = true },
    --- {outdial.accepts} what calls can be asked of it
    accepts = { "table", required = true },
    --- what the service does with a repeated request. none: it calls twice. checksum: it takes the same
    -- bytes for the same call. query: find can tell whether the first one is there
    duplicate = { "text", required = true, values = { none = true, checksum = true, query = true } },
    --- {fun(request: outdial.request, settings: table<string, string>): outdial.news?, outdial.error?} makes
    -- the create-call request, with outdial.submit
    place = { "function", required = true },
    --- {fun(call: outdial.subject, settings: table<string, string>): outdial.news?, outdial.error?} asks how
    -- the call stands; needs poll
    status = { "function" },
    --- {fun(call: outdial.subject, settings: table<string, string>): outdial.finding?, outdial.error?} after
    -- a submission whose answer never came: was the call placed? Needs reconcile
    find = { "function" },
    --- {fun(call: outdial.subject, settings: table<string, string>): true?, outdial.error?} ends the call;
    -- true when that was taken
    hangup = { "function" },
    --- {fun(verbs: outdial.verb[], call: outdial.subject): any, outdial.error?} turns verbs into the body
    -- that answers the provider's webhook: a text as it is, a table as JSON; no ops
    plan = { "function" },
    --- {fun(request: outdial.webhook, call: outdial.subject?): outdial.event?, outdial.error?} what a
    -- webhook means; no ops. call is nil where one address of the console is for all calls
    webhook = { "function" },
    --- {outdial.poll} when to ask for the status
    poll = { "table" },
    --- {outdial.reconcile} when to find out about a submission whose answer never came
    reconcile = { "table" },
    --- create-call requests a second, at most
    rate = { "number", min = 0.001 },
    --- {outdial.verb[]} what is said when a flow is not ready to answer a webhook in time; needs plan
    hold = { "list" },
    --- seconds in which the service wants its webhook answered (3 where it is not said)
    answer_within = { "seconds", min = 1, max = 60 },
    --- what the service makes of it that nothing was keyed in time. no_input: the flow goes on. hangup: the
    -- call is over. Tests of flows go by it
    silence = { "text", values = { no_input = true, hangup = true }, default = "no_input" },
  },
  ["setting"] = {
    --- what it is when it is not set
    default = { "any" },
    --- no call without it
    required = { "boolean" },
    --- another setting in whose presence this one is not required
    unless = { "text" },
    --- never shown: it is ${name} wherever people can read
    secret = { "boolean" },
    --- what it is, as an operator is told
    help = { "text" },
    --- how many bytes it has, exactly
    length = { "integer", min = 1 },
    --- a Lua pattern that it matches
    pattern = { "text" },
  },
  ["accepts"] = {
    --- recorded messages by name
    message = { "boolean" },
    --- conversations: say, collect, dial …; needs plan and webhook
    plan = { "boolean" },
    --- how many calls one request may carry; the engine puts one in each
    batch = { "integer", min = 1, default = 1 },
    --- exclude
    line_types = { "boolean" },
    --- start and finish
    window = { "boolean" },
    --- {boolean|string[]} values of its own: true, or their names
    keys = { "any" },
    --- a list of numbers to try in turn
    alternates = { "boolean" },
    --- {string[]} the MIME types of recordings it plays
    audio = { "list" },
  },
  -- When to find out about a submission whose answer never came.
  ["reconcile"] = {
    --- before the first question
    first = { "seconds", min = 0, required = true },
    --- each wait is the last one times this
    factor = { "number", min = 1, default = 1 },
    --- the longest wait
    ceiling = { "seconds", min = 0.001, required = true },
    --- by which share of itself a wait varies
    jitter = { "number", min = 0, max = 1, default = 0 },
    --- when to leave it to a person
    deadline = { "seconds", min = 0.001, required = true },
    --- between two answers "not there" that together are proof
    apart = { "seconds", min = 0, default = 30 },
  },
  ["poll"] = {
    --- before the first question
    first = { "seconds", min = 0.001, required = true },
    --- each wait is the last one times this
    factor = { "number", min = 1, default = 1 },
    --- the longest wait
    ceiling = { "seconds", min = 0.001, required = true },
    --- by which share of itself a wait varies
    jitter = { "number", min = 0, max = 1, default = 0 },
    --- when the call counts as expired; 0: never
    deadline = { "seconds", min = 0, required = true },
  },
  ["outdial.submit"] = {
    --- http:// or https://, whole
    url = { "text", required = true },
    --- {table<string, string>} texts by the header's name, at most 64
    headers = { "table" },
    --- a text is sent as it is, anything else as JSON, with its Content-Type
    body = { "any", required = true },
    --- for the whole of it, from the name lookup to the answer's last byte
    deadline = { "seconds", min = 0.1, max = 300 },
  },
}
