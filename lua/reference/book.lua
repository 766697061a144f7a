--- All that is known of the API, for one kind of script: what the writers (stubs.lua, page.lua,
-- luacheck.lua) write down.

local comments = require "comments"
local rules = require "rules"
local values = require "values"

local book = {}

local sources = {
  flow = { "outdial/flow.lua", "reference/engine.lua" },
  provider = { "outdial/provider.lua", "outdial/time.lua", "reference/engine.lua" },
  test = { "rehearsal/test.lua" }, -- what specs of flows have beside Lua and busted
}

-- The option tables that each kind's functions take, the page's order.
local tables = {
  flow = { "outdial.flow", "param", "outdial.call", "call:say", "call:play", "call:collect", "call:dial",
    "call:wait", "outdial.sleep", "outdial.http", "outdial.audio", "outdial.host" },
  provider = { "outdial.provider", "setting", "accepts", "poll", "reconcile", "outdial.submit", "outdial.http" },
  test = {},
}

local classes = {
  param = "outdial.param", setting = "outdial.setting", accepts = "outdial.accepts",
  poll = "outdial.poll", reconcile = "outdial.reconcile",
}

--- The class of an option table, in the stubs: "call:say" → "outdial.call.say.options".
function book.class(name)
  return classes[name] or (name:gsub("^call:", "outdial.call.") .. ".options")
end

function book.read_file(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

local function is_of(kind)
  return function(thing) return thing.kind == nil or thing.kind == kind end
end

local function filter(list, test)
  local kept = {}
  for _, thing in ipairs(list) do
    if test(thing) then kept[#kept + 1] = thing end
  end
  return kept
end

-- The definition first, then calls and what is done with them.
local function rank(entry, kind)
  if entry.name == "outdial." .. kind then return 1 end
  if entry.name == "outdial.call" then return 2 end
  return entry.name:find "^call:" and 3 or 4
end

local function ranked(list, kind)
  local order = {}
  for wanted = 1, 4 do
    for _, entry in ipairs(list) do
      if rank(entry, kind) == wanted then order[#order + 1] = entry end
    end
  end
  return order
end

local function read_entries(root, kind)
  local list = {}
  for _, path in ipairs(sources[kind]) do
    for _, entry in ipairs(comments.read(book.read_file(root .. "/" .. path))) do list[#list + 1] = entry end
  end
  return ranked(filter(list, is_of(kind)), kind)
end

local function read_aliases(api)
  local list = {}
  for i, alias in ipairs(values.aliases) do
    local words = alias[2]
    if type(words) == "string" then
      local set = api[words]
      words = {}
      for word in pairs(set) do words[#words + 1] = word end
      table.sort(words)
    end
    list[i] = { name = alias[1], words = words, text = alias[3] }
  end
  return list
end

--- {kind, entries, options = {{name, class, fields}}, values, aliases, run_codes, reasons, callee}
function book.read(root, kind)
  local api, read, options = dofile(root .. "/outdial/api.lua"), {}, {}
  for _, path in ipairs { root .. "/outdial/api.lua", root .. "/outdial/traits.lua" } do
    for name, fields in pairs(rules.read(book.read_file(path), dofile(path))) do read[name] = fields end
  end
  for i, name in ipairs(tables[kind]) do
    options[i] = { name = name, class = book.class(name), fields = assert(read[name], name) }
  end
  return {
    kind = kind, entries = read_entries(root, kind), options = options,
    values = filter(values, is_of(kind)), aliases = read_aliases(api),
    run_codes = values.run_codes, reasons = values.reasons,
    callee = book.read_file(root .. "/rehearsal/callee.lua"):match "local understood = %[%[\n(.-)%]%]",
  }
end

return book
