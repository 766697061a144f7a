--- What scripts get and give beside options: each a name, what it is, and its fields {name, type,
-- what it is}. A "?" after a name: not always there. Their keys are the engine's (engine/bind,
-- engine/run, engine/hooks.c); spec/lua/reference_spec.lua compares.

-- What can be known of a call when the provider's functions run.
local function subject(more)
  local fields = {
    { "id", "string", "the engine's id of the call" },
    { "provider", "string", "the provider's name" },
    { "to", "string|string[]", "whom to call" },
    { "from?", "string", "number or name to call from" },
    { "message?", "string", "the recording, by the provider's own name" },
    { "exclude?", "outdial.line_type[]", "line types that are not to be called" },
    { "start?", "string", "not before" },
    { "finish?", "string", "not after" },
    { "keys?", "table<string, any>", "the provider's own values" },
    { "state", "outdial.state", "how the call stands" },
    { "detail", "table<string, any>", "what the provider's script said so far in detail" },
    { "hook?", "string", "the webhook address of this call alone" },
  }
  for _, field in ipairs(more) do fields[#fields + 1] = field end
  return fields
end

local known = {
  { "reference?", "string", "the provider's id of the call" },
  { "cursor?", "string", "what the next status request needs, newest" },
  { "submitted?", "integer", "when it was first sent, in milliseconds since 1970 UTC" },
}

local function news(more)
  local fields = {
    { "state?", "outdial.state", "a call only moves up, and the first disposition stays; left out: no news" },
    { "reason?", "string", "why it failed, a word: see Reasons" },
    { "message?", "string", "the same as a sentence" },
    { "reference?", "string", "the provider's id of the call" },
    { "cursor?", "string", "for the next status request" },
    { "detail?", "table<string, any>", "plain values to keep with the call; they are merged. starts: when " ..
      "the call is to begin (ms), which polling then counts from. unconfirmed = true: the request was " ..
      "there before, and whether a call came of it is still to be seen" },
  }
  for _, field in ipairs(more or {}) do fields[#fields + 1] = field end
  return fields
end

return {
  aliases = {
    { "outdial.state", { "submitting", "queued", "ringing", "in_progress", "completed", "busy", "no_answer",
      "rejected", "canceled", "failed", "expired", "unknown" }, "how a call stands, in rank order" },
    { "outdial.disposition", { "completed", "busy", "no_answer", "rejected", "canceled", "failed",
      "expired" }, "how a call ended" },
    { "outdial.line_type", "line_types", "a kind of line" },
  },

  { "outdial.error", "What went wrong.", {
    { "code", "string", "a word" },
    { "message?", "string", "a sentence" },
    { "sent?", '"no"|"maybe"', "of a request: whether it may have reached the other side" },
    { "state?", "outdial.disposition", "of a call: how it ended" },
  } },

  { "outdial.answer", "What an HTTP server answered.", {
    { "status", "integer", "such as 200" },
    { "headers", "table<string, string>", "by name in lower case" },
    { "body", "string", "as text; bytes that are not UTF-8 show as ?" },
    { "json?", "any", "the body, when it is JSON" },
  } },

  { "outdial.report", "What outdial.audio found; the same as of `outdial audio --json`.", {
    { "path", "string", "the file" },
    { "verdict", '"good"|"warning"', "warning: see warnings" },
    { "mime", "string", "such as audio/wav" },
    { "mimes", "string[]", "all names of that kind" },
    { "container", "string", "WAV, MPEG …" },
    { "codec", "string", "PCM …" },
    { "bits", "integer", "of a sample" },
    { "rate", "integer", "samples a second" },
    { "channels", "integer", "1: mono" },
    { "frames", "integer", "samples of a channel" },
    { "bytes", "integer", "of the file" },
    { "duration", "number", "seconds" },
    { "measures", "table", "what was heard: clipped, dropouts, level, rms, peak, offset, lead, tail, pause, wide; " ..
      "outdial.null when nothing was" },
    { "reason", "lightuserdata", "outdial.null: it was not refused" },
    { "message", "lightuserdata", "the same" },
    { "mend", "lightuserdata", "the same" },
    { "warnings", "table[]", "each {code, message, mend, start, end}" },
  }, kind = "flow" },

  { "outdial.verb", "One instruction of a plan: its word, what it is about, and the options of the flow.", {
    { "verb", '"say"|"play"|"pause"|"collect"|"dial"|"hangup"', "which one" },
    { "text?", "string", "say: what" },
    { "url?", "string", "play: what" },
    { "seconds?", "number", "pause: how long" },
    { "turn?", "integer|string", "collect: its number in the call; comes back as the webhook's query.turn" },
    { "to?", "string", "dial: whom" },
    { "leg?", "integer", "dial: its number in the call; comes back as the webhook's query.leg" },
    { "language?", "string", "say: such as en-GB" },
    { "gender?", '"female"|"male"', "say: the voice's" },
    { "repeats?", "integer", "say, play: how often again" },
    { "barge_in?", "boolean", "say, play: whether a key stops it" },
    { "max_digits?", "integer", "collect: how many keys end it" },
    { "submit_on_hash?", "boolean", "collect: whether the pound key ends it" },
    { "timeout?", "number", "collect: seconds to wait for keys" },
    { "from?", "string", "dial: what the other person sees" },
    { "ring?", "integer", "dial: seconds that it may ring" },
    { "limit?", "integer", "dial: seconds that they may talk" },
    { "record?", "boolean", "dial: whether it is recorded" },
  }, kind = "provider" },

  { "outdial.request", "What place is to place.", subject {
    { "verbs?", "outdial.verb[]", "the plan so far, for providers with accepts.plan" },
  }, kind = "provider" },

  { "outdial.subject", "The call that a function is asked about.", subject(known), kind = "provider" },

  { "outdial.news", "What place and status say of the call. place without a state: queued.", news(),
    kind = "provider" },

  { "outdial.finding", "What find found, of a submission whose answer never came.", news {
    { "found?", "boolean", "whether the call is there; left out: that cannot be said now" },
    { "candidates?", "outdial.news[]", "with found = true: calls that may be it, each with its reference; " ..
      "the engine knows which are other calls" },
  }, kind = "provider" },

  { "outdial.webhook", "A webhook that arrived.", {
    { "method", "string", "POST" },
    { "query", "outdial.query", "of the address" },
    { "body", "any", "the JSON" },
    { "text", "string", "the same as text" },
  }, kind = "provider" },

  { "outdial.query", "What plan put behind call.hook.", {
    { "turn?", "string", "?turn=" },
    { "leg?", "string", "?leg=" },
  }, kind = "provider" },

  { "outdial.event", "What a webhook means.", news {
    { "kind", '"digits"|"status"|"hangup"|"leg"|"ignored"', "digits: keys of a collect; status: the call's " ..
      "state; hangup: the person called has gone; leg: state of a dial; ignored: nothing" },
    { "id?", "string", "the same for a webhook that comes twice: the second does nothing" },
    { "digits?", "string", "digits: the keys, without the pound key; \"\" for none" },
    { "turn?", "integer|string", "digits: of which collect" },
    { "leg?", "integer", "leg: of which dial" },
    { "to?", "string", "leg: the number" },
    { "call?", "string", "the engine's id, where one address is for all calls and reference does not tell" },
  }, kind = "provider" },

  { "outdial.test.options", "What test.run takes in one table.", {
    { "flow", "string", "the flow's name, or its script's path" },
    { "params?", "table<string, any>", "what the run is started with" },
    { "callees?", "string[]", 'who is called: "answers after 3 s, presses 12, waits 9 s, hangs up"' },
    { "http?", "fun(request: table): outdial.answer?, outdial.error?", "answers outdial.http, which reaches " ..
      "no network" },
    { "host?", "table<string, function>", "answers outdial.host, by name" },
    { "begins?", "integer", "when, in milliseconds since 1970 UTC; Monday, 2026-01-05, 9:00 UTC unless given" },
  }, kind = "test" },

  { "outdial.test.run", "What a run came to.", {
    { "state", "string", "completed, failed, unknown … as `outdial run --json` has it; refused: it did not begin; " ..
      "waiting: nothing more can happen; endless: it goes on and on" },
    { "result?", "any", "what the flow returned" },
    { "error?", "outdial.error", "why it failed" },
    { "calls", "outdial.test.call[]", "in the order in which they were made" },
    { "said", "string[]", "the texts that were spoken to somebody, in order" },
    { "keyed", "string[]", "what they keyed" },
    { "dialled", "string[]", "the numbers that they were connected to" },
    { "logged", "string[]", "what the flow logged" },
    { "asked", "table[]", "its questions to http and host, each {name, args}" },
    { "seconds", "number", "how long it took by the simulated clock" },
    { "timeline", "string", "what outdial run would have shown" },
  }, kind = "test" },

  { "outdial.test.call", "One call of the run.", {
    { "number", "integer", "which one" },
    { "to", "string", "whom it called" },
    { "provider", "string", "through whom" },
    { "state", "outdial.state", "how it ended" },
    { "reason?", "string", "why it failed" },
    { "said", "string[]", "the texts that were spoken in it" },
    { "keyed", "string[]", "what was keyed" },
    { "dialled", "string[]", "the numbers that it was connected to" },
  }, kind = "test" },

  -- Codes of errors, in two tables of the page.
  run_codes = {
    { "failed", "the flow returned nil and a text, or no code" },
    { "unknown", "nobody can know whether the call was placed; a person says so: outdial resolve" },
    { "hangup", "the person called hung up and the call did not end as completed" },
    { "script", "the script raised: a mistake in it" },
    { "json", "the flow returned what is no plain value, such as a function" },
    { "syntax", "the script is no Lua" },
    { "runaway", "the script took too many instructions or 2 s of processor time in one go" },
    { "memory", "the script took more than its share of memory" },
    { "usage", "parameters that the flow does not have or take" },
    { "settings", "a setting is missing or cannot be right" },
    { "missing", "there is no such provider, flow or module" },
    { "unsupported", "the provider cannot do what the flow asks" },
    { "limit", "more calls than a run may have" },
    { "mismatch", "parked: the replay asks for something else than before" },
    { "canceled", "a person canceled the run" },
    { "listen", "the address for webhooks cannot be had" },
    { "store", "the store cannot be written" },
    { "stopping", "the engine takes no new runs" },
    { "interrupted", "outdial run was stopped; the run goes on in outdial serve" },
  },
  reasons = {
    { "invalid_number", "the number cannot be called" },
    { "invalid_request", "the request was refused for its contents" },
    { "auth", "the service does not know us" },
    { "config", "the account or the address is not set up for this" },
    { "insufficient_funds", "the account is empty" },
    { "rate_limited", "too many requests" },
    { "capacity", "the service has no line free" },
    { "duplicate", "the service has this call already" },
    { "blacklisted", "the number is not to be called" },
    { "tts_failed", "the text could not be spoken" },
    { "machine", "an answering machine took the call" },
    { "carrier_error", "the network between failed" },
    { "unreachable", "the number could not be reached" },
    { "provider_error", "the service failed" },
    { "failed", "the service says no more than that" },
    { "expired", "the service gave the call up, or no final status came in time" },
    { "not_placed", "a person said so of a call that was unknown" },
  },
}
