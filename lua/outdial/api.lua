--- What scripts can say to the engine: every function's options, in one place, for the
-- functions themselves and for `outdial check`.

local line_types = { mobile = true, landline = true, voip = true }
local genders = { male = true, female = true }

local spoken = {
  language = { "text" },
  gender = { "text", values = genders },
  repeats = { "integer", min = -1, max = 100 },
  barge_in = { "boolean" },
}

return {
  line_types = line_types,

  -- What a flow file returns.
  ["outdial.flow"] = {
    summary = { "text", required = true },
    params = { "table", default = {} },
    run = { "function", required = true },
    on_hangup = { "function" },
  },

  -- One entry of a flow's params.
  ["param"] = {
    type = { "text", required = true, values = {
      phone = true, digits = true, string = true, integer = true, number = true,
      boolean = true, list = true, table = true, time = true,
    } },
    required = { "boolean" },
    default = { "any" },
    list = { "boolean" },
    help = { "text" },
  },

  ["outdial.call"] = {
    provider = { "text", required = true },
    to = { "phones", required = true },
    from = { "text" },
    message = { "text" },
    exclude = { "list" },
    start = { "text" },
    finish = { "text" },
    keys = { "table" },
  },

  ["call:say"] = spoken,
  ["call:play"] = { repeats = spoken.repeats, barge_in = spoken.barge_in },
  ["call:collect"] = {
    max_digits = { "integer", min = 1, max = 30 },
    submit_on_hash = { "boolean" },
    timeout = { "seconds", min = 1, max = 600 },
  },
  ["call:dial"] = {
    from = { "text" },
    ring = { "integer", min = 1, max = 600 },
    limit = { "integer", min = 1, max = 86400 },
    record = { "boolean" },
  },
  ["call:wait"] = { timeout = { "seconds", min = 0 } },

  ["outdial.sleep"] = { seconds = { "seconds", min = 0 }, at = { "integer" } },
  ["outdial.http"] = {
    url = { "text", required = true },
    method = { "text", default = "GET" },
    headers = { "table" },
    body = { "any" },
    deadline = { "seconds", min = 0.1, max = 300 },
  },
  ["outdial.submit"] = {
    url = { "text", required = true },
    headers = { "table" },
    body = { "any", required = true },
    deadline = { "seconds", min = 0.1, max = 300 },
  },
  ["outdial.host"] = { timeout = { "seconds", min = 0.001 } },
  ["outdial.audio"] = { path = { "text", required = true }, provider = { "text" } },

  -- What a provider file returns.
  ["outdial.provider"] = {
    summary = { "text" },
    settings = { "table", required = true },
    accepts = { "table", required = true },
    duplicate = { "text", required = true, values = { none = true, checksum = true, query = true } },
    place = { "function", required = true },
    status = { "function" },
    find = { "function" },
    hangup = { "function" },
    plan = { "function" },
    webhook = { "function" },
    poll = { "table" },
    reconcile = { "table" },
    rate = { "number", min = 0.001 },
    hold = { "list" },
    answer_within = { "seconds", min = 1, max = 60 },
  },
  ["setting"] = {
    default = { "any" },
    required = { "boolean" },
    unless = { "text" },
    secret = { "boolean" },
    help = { "text" },
    length = { "integer", min = 1 },
    pattern = { "text" },
  },
  ["accepts"] = {
    message = { "boolean" },
    plan = { "boolean" },
    batch = { "integer", min = 1, default = 1 },
    line_types = { "boolean" },
    window = { "boolean" },
    keys = { "any" },
    alternates = { "boolean" },
    audio = { "list" },
  },
  -- When to find out about a submission whose answer never came. `apart`: seconds between two
  -- answers "not there" that together are proof.
  ["reconcile"] = {
    first = { "seconds", min = 0, required = true },
    factor = { "seconds", min = 1, default = 1 },
    ceiling = { "seconds", min = 0.001, required = true },
    jitter = { "number", min = 0, max = 1, default = 0 },
    deadline = { "seconds", min = 0.001, required = true },
    apart = { "seconds", min = 0, default = 30 },
  },
  ["poll"] = {
    first = { "seconds", min = 0.001, required = true },
    factor = { "seconds", min = 1, default = 1 },
    ceiling = { "seconds", min = 0.001, required = true },
    jitter = { "number", min = 0, max = 1, default = 0 },
    deadline = { "seconds", min = 0, required = true },
  },
}
