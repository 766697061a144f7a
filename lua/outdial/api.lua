--- What scripts can say to the engine: every function's options, in one place (what only providers
-- say is in traits.lua), for the functions themselves, for `outdial check`, and, with what is said
-- of them here, for the reference and the editor's stubs (lua/reference). A line begins with a
-- LuaLS type in braces where the rule's own is too plain.

local line_types = { mobile = true, landline = true, voip = true }
local genders = { male = true, female = true }

local spoken = {
  --- language and country, such as en-GB; which ones, the provider knows
  language = { "text" },
  --- the voice's
  gender = { "text", values = genders },
  --- how often it is said again after the first time; -1: for ever
  repeats = { "integer", min = -1, max = 100 },
  --- whether a key stops it
  barge_in = { "boolean" },
}

return {
  line_types = line_types,

  -- What a flow file returns.
  ["outdial.flow"] = {
    --- what the flow is for, in a sentence
    summary = { "text", required = true },
    --- {table<string, outdial.param>} what a run is started with, by name
    params = { "table", default = {} },
    --- {fun(p: table<string, any>): any, (outdial.error|string)?} the conversation. What it returns is the
    -- run's result; nil and an error, and the run has failed
    run = { "function", required = true },
    --- {fun(p: table<string, any>, call: outdial.call)} runs in place of the rest of run when the person
    -- called, who had answered, hangs up while the flow waits for keys. When nobody answers (busy, no_answer …),
    -- the run fails as the call did
    on_hangup = { "function" },
  },

  -- One entry of a flow's params.
  ["param"] = {
    --- what it is converted to and must be: phone (E.164: + and 7 to 15 digits), digits (a text), string,
    -- integer, number, boolean, list, table, time (ISO 8601 with its zone)
    type = { "text", required = true, values = {
      phone = true, digits = true, string = true, integer = true, number = true,
      boolean = true, list = true, table = true, time = true,
    } },
    --- a run without it does not start
    required = { "boolean" },
    --- what it is when it is not given; of the type, too
    default = { "any" },
    --- whether a list of values of the type may be given in place of one
    list = { "boolean" },
    --- what it is for, as an operator is told
    help = { "text" },
  },

  ["outdial.call"] = {
    --- the script in scripts/providers that carries the call
    provider = { "text", required = true },
    --- whom to call; a list: alternate numbers, where the provider takes them
    to = { "phones", required = true },
    --- number or name to call from
    from = { "text" },
    --- the provider's own name for a recording
    message = { "text" },
    --- {outdial.line_type[]} line types that are not to be called
    exclude = { "list" },
    --- not before: ISO 8601 with its zone
    start = { "text" },
    --- not after: ISO 8601 with its zone
    finish = { "text" },
    --- {table<string, any>} the provider's own values, by its own names
    keys = { "table" },
  },

  ["call:say"] = spoken,
  ["call:play"] = { repeats = spoken.repeats, barge_in = spoken.barge_in },
  ["call:collect"] = {
    --- how many keys end it
    max_digits = { "integer", min = 1, max = 30 },
    --- whether the pound key ends it; it is not among the digits
    submit_on_hash = { "boolean" },
    --- how long to wait for keys; how long that is without it, the provider knows
    timeout = { "seconds", min = 1, max = 600 },
  },
  ["call:dial"] = {
    --- number or name that the other person sees
    from = { "text" },
    --- seconds that it may ring
    ring = { "integer", min = 1, max = 600 },
    --- seconds that they may talk
    limit = { "integer", min = 1, max = 86400 },
    --- whether what they say is recorded
    record = { "boolean" },
  },
  ["call:wait"] = {
    --- how long to wait; without it, until the call has ended
    timeout = { "seconds", min = 0 },
  },

  ["outdial.sleep"] = {
    --- how long
    seconds = { "seconds", min = 0 },
    --- until when, in milliseconds since 1970 UTC; in place of seconds
    at = { "integer" },
  },
  ["outdial.http"] = {
    --- http:// or https://, whole
    url = { "text", required = true },
    --- such as POST
    method = { "text", default = "GET" },
    --- {table<string, string>} texts by the header's name, at most 64
    headers = { "table" },
    --- a text is sent as it is, anything else as JSON, with its Content-Type
    body = { "any" },
    --- for the whole of it, from the name lookup to the answer's last byte
    deadline = { "seconds", min = 0.1, max = 300 },
  },
  ["outdial.host"] = {
    --- how long to wait for the answer; without it, until it comes
    timeout = { "seconds", min = 0.001 },
  },
  ["outdial.audio"] = {
    --- the file
    path = { "text", required = true },
    --- whose rules it must meet, beside those of the telephone
    provider = { "text" },
  },
}
