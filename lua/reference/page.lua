--- Writes the reference page, lua/outdial/README.md.

local stubs = require "stubs"

local page = {}

local function add(out, format, ...)
  out[#out + 1] = select("#", ...) > 0 and format:format(...) or format
end

-- A text in a table's cell.
local function cell(text)
  return (text:gsub("|", "\\|"))
end

local function code(text)
  return text ~= "" and "`" .. cell(text) .. "`" or ""
end

local function signature(entry)
  if entry.type then return entry.name end
  local words, open = {}, ""
  for i, param in ipairs(entry.params) do
    local word = param.name
    if param.optional or (param.name == "..." and i > 1) then word, open = (i > 1 and "[, " or "[") .. word, open .. "]"
    elseif i > 1 then word = ", " .. word end
    words[i] = word
  end
  return ("%s(%s%s)"):format(entry.name, table.concat(words), open)
end

local function add_options(out, options)
  add(out, "| option | type | range | default | |")
  add(out, "|---|---|---|---|---|")
  for _, field in ipairs(options.fields) do
    add(out, "| `%s`%s | %s | %s | %s | %s |", field.name, field.required and " (required)" or "",
      code(field.type), cell(field.range), code(field.default), cell(field.text))
  end
  add(out, "")
end

local function options_of(read, entry)
  for _, param in ipairs(entry.params or {}) do
    for _, options in ipairs(read.options) do
      if (param.type .. "|"):find(options.name .. "|", 1, true) then return options end
    end
  end
end

local function add_entry(out, read, entry)
  add(out, "#### `%s`\n", signature(entry))
  if entry.text then add(out, "%s\n", entry.text) end
  local where = stubs.where(read, entry)
  add(out, "- %s%s; allowed: %s", entry.yields and "yields" or "does not yield",
    entry.journals and ", journals " .. entry.journals or "", where or "everywhere")
  if entry.returned then add(out, "- returns %s", entry.returned) end
  for _, each in ipairs(entry.errors) do
    add(out, "- `%s`: %s", each.codes:gsub(", ", "`, `"), each.text)
  end
  add(out, "")
  local options = options_of(read, entry)
  if options then add_options(out, options) end
end

local function add_api(out, read)
  local own = { flow = { "param" }, provider = { "setting", "accepts", "poll", "reconcile" } }
  local titles = {
    param = "One of a flow's `params`", setting = "One of a provider's `settings`", accepts = "`accepts`",
    poll = "`poll`", reconcile = "`reconcile`",
  }
  for _, entry in ipairs(read.entries) do
    if entry.name:find "^outdial" or entry.name:find "^call:" then add_entry(out, read, entry) end
    if entry.name == "outdial." .. read.kind then
      for _, name in ipairs(own[read.kind]) do
        add(out, "%s:\n", titles[name])
        for _, options in ipairs(read.options) do
          if options.name == name then add_options(out, options) end
        end
      end
    end
  end
end

local function add_values(out, list)
  for _, value in ipairs(list) do
    add(out, "#### `%s`\n\n%s\n\n| field | type | |\n|---|---|---|", value[1], value[2])
    for _, field in ipairs(value[3]) do
      local name = field[1]:gsub("%?$", "")
      add(out, "| `%s`%s | %s | %s |", name, name ~= field[1] and " (optional)" or "", code(field[2]),
        cell(field[3]))
    end
    add(out, "")
  end
end

local function add_codes(out, list)
  add(out, "| code | |\n|---|---|")
  for _, each in ipairs(list) do add(out, "| `%s` | %s |", each[1], each[2]) end
  add(out, "")
end

-- What both kinds have of Lua, and where they differ.
local function add_lua(out, flow, provider)
  local others, shown = {}, {}
  for _, entry in ipairs(provider.entries) do others[entry.name] = entry end
  add(out, "| | flows | providers | |\n|---|---|---|---|")
  local function row(entry, in_flow, in_provider)
    local text = entry.text or (entry.returned and "Returns " .. entry.returned .. ".") or ""
    add(out, "| `%s` | %s | %s | %s |", cell(signature(entry)), in_flow, in_provider, cell(text))
  end
  for _, entry in ipairs(flow.entries) do
    if not entry.name:find "^outdial" and not entry.name:find "^call:" then
      local same = not entry.kind and others[entry.name]
      row(entry, "yes", same and "yes" or "")
      if same then shown[entry.name] = true end
    end
  end
  for _, entry in ipairs(provider.entries) do
    if not entry.name:find "^outdial" and not shown[entry.name] then row(entry, "", "yes") end
  end
  add(out, "")
end

local intro = [[
# What scripts can do

Written by `lua5.4 lua/reference/generate.lua` from what the sources in this folder say; edit those. The
same text is in the stubs for editors that know LuaLS: [types/flow](types/flow) and
[types/provider](types/provider). Open `scripts/flows` or `scripts/providers` itself as the editor's folder;
the `.luarc.json` in it names them. `luacheck .` in `scripts` knows the globals. `outdial new` writes both files
where they are not there.

A script is a flow (`scripts/flows/NAME.lua`), a provider (`scripts/providers/NAME.lua`) or a module that either
requires by its name (`scripts/lib/NAME.lua`).

- Mistakes in what is passed in raise, with the script's line and the options there are. What can go wrong
  on the way is returned as `nil, err`: `err.code` is a word, `err.message` a sentence.
- An op *yields*: the engine does it, and the script goes on with its result. A flow's ops are *journaled*
  before the flow sees the result, and a replay answers from the journal. At a script's top level, which
  only describes, no op is allowed. A provider's ops are live and never journaled.
- `call:say`, `play`, `pause`, `dial` and `hangup` only note a verb. `collect`, `wait`, `detach` and the
  flow's end bring the noted verbs to the call; the first time, that places it.
- In an option table, a key that is not known is refused; `outdial.null` is as good as none.
]]

-- What the specs of flows have.
local function add_test(out, test)
  add(out, "## Tests\n\nA spec, `flows/NAME_spec.lua`, is for [busted](https://lunarmodules.github.io/busted/); "
    .. "`outdial test` runs it. It has all of\nLua, and `local test = require \"outdial.test\"`.\n")
  for _, entry in ipairs(test.entries) do
    add(out, "#### `%s`\n\n%s\n\n- returns %s\n", signature(entry), entry.text, entry.returned)
  end
  add(out, "A callee:\n\n```\n%s\n```\n", test.callee)
  local own = {}
  for _, value in ipairs(test.values) do
    if value.kind == "test" then own[#own + 1] = value end
  end
  add_values(out, own)
end

--- The page, of all kinds.
function page.write(flow, provider, test)
  local out = { intro }
  add(out, "## Flows\n\n### Functions\n\n`call` is what `outdial.call` returned.\n")
  add_api(out, flow)
  add(out, "## Providers\n\n### Functions\n")
  add_api(out, provider)
  add_test(out, test)
  add(out, "## Values\n")
  local seen, list = {}, {}
  for _, read in ipairs { flow, provider } do
    for _, value in ipairs(read.values) do
      if not seen[value[1]] then list[#list + 1] = value end
      seen[value[1]] = true
    end
  end
  for _, alias in ipairs(flow.aliases) do
    add(out, "- `%s`: %s: `%s`", alias.name, alias.text, table.concat(alias.words, "`, `"))
  end
  add(out, "")
  add_values(out, list)
  add(out, "## Codes\n\n### Reasons\n\nWhy a call failed, in a provider's `reason` and so in a flow's "
    .. "`err.code`. These are what the shipped\nproviders and the engine say; a script may have its own.\nWhere no "
    .. "request arrived it is the error of `outdial.submit`, such as `refused`.\n")
  add_codes(out, flow.reasons)
  add(out, "### Errors of runs\n\nBeside the reasons, and whatever a flow returns as its `err.code`.\n")
  add_codes(out, flow.run_codes)
  add(out, "## Lua\n\nLua 5.4, and of its libraries what is listed here: a flow must do the same each time it "
    .. "is replayed, and no\nscript may reach the machine. Globals are for reading; `local` names are yours.\n")
  add_lua(out, flow, provider)
  return (table.concat(out, "\n"):gsub("\n+$", "\n"))
end

return page
