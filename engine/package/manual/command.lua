-- Makes outdial(1): lua command.lua COMMAND SCRIPTS TEMPLATE OUTPUT NAME=VALUE…
-- What the commands do and take is what they say themselves, so the page cannot say otherwise.
local roff = dofile((arg[0]:gsub("[^/]*$", "roff.lua")))
local program, scripts, template, output = table.unpack(arg)
local page = roff.new()
local values = roff.values(table.move(arg, 5, #arg, 1, {}))
local plain, quoted = roff.plain, roff.quoted
local function add(...) page:add(...) end

local function said(...)
  local pipe = assert(io.popen(table.concat({ "'" .. program .. "'", ... }, " ")))
  local text = pipe:read "a"
  assert(pipe:close(), "the command failed")
  return text
end

-- A list of { name, value, help }.
local function read_options(text)
  local options = {}
  for line in text:gmatch "[^\n]+" do
    local name, value, help = line:match "^  (%-%-[%w-]+) ?(%S*)%s+(.*)$"
    if name then options[#options + 1] = { name, value, help } end
  end
  return options
end

local function add_options(options)
  add ".Bl -tag -width Ds"
  for _, option in ipairs(options) do
    local name, value, help = table.unpack(option)
    add(".It Fl " .. plain(name:sub(2)) .. (value ~= "" and " Ar " .. quoted(value) or ""), plain(help))
  end
  add ".El"
end

local function read_commands(usage)
  local commands = {}
  for name in usage:gmatch "\n  outdial (%l+)" do
    if name ~= "help" then commands[#commands + 1] = name end
  end
  return commands
end

local usage = said "help"
local common = read_options(usage)
local commands = read_commands(usage)

for _, name in ipairs(commands) do
  local help = said("help", name)
  local synopsis, text = help:match "^outdial %l+ ?([^\n]*)\n\n(.-)\n\nOptions:\n"
  local options = read_options(help:match "\nOptions:\n(.*)")
  add(".It Cm " .. name .. (synopsis ~= "" and " No " .. quoted(synopsis) or ""))
  page:text(text)
  local own = table.move(options, 1, #options - #common, 1, {})
  if #own > 0 then add_options(own) end
  values.SYNOPSIS = (values.SYNOPSIS and values.SYNOPSIS .. "\n" or "") .. ".Nm\n.Cm " .. name ..
    (synopsis ~= "" and "\n.No " .. quoted(synopsis) or "")
end
values.COMMANDS = ".Bl -tag -width Ds\n" .. page:taken() .. "\n.El"
add_options(common)
values.OPTIONS = page:taken()

-- What a script declares: its table, as it gave it to outdial.provider or outdial.flow.
local function declaration(path)
  local function itself(self) return self end
  local anything = setmetatable({}, { __index = itself, __call = itself })
  local outdial = setmetatable({}, { __index = anything })
  function outdial.provider(given) return given end
  outdial.flow = outdial.provider
  local environment = setmetatable({ require = function() return outdial end }, { __index = _G })
  return assert(loadfile(path, "t", environment))()
end

local function names_in(folder)
  local names = {}
  local pipe = assert(io.popen("ls '" .. folder .. "'"))
  for file in pipe:lines() do
    local name = file:match "^(.*)%.lua$"
    if name and not name:find "_spec$" then names[#names + 1] = name end
  end
  pipe:close()
  table.sort(names)
  return names
end

local function add_rules(rules)
  local names = {}
  for name in pairs(rules) do names[#names + 1] = name end
  table.sort(names)
  add ".Bl -tag -width Ds"
  for _, name in ipairs(names) do
    local rule, words = rules[name], {}
    words[#words + 1] = rule.help
    if rule.required then words[#words + 1] = rule.unless and "needed without " .. rule.unless or "needed" end
    if rule.default ~= nil then words[#words + 1] = tostring(rule.default) .. " if not given" end
    add(".It Cm " .. plain(name), plain(#words > 0 and table.concat(words, "; ") or rule.type))
  end
  add ".El"
end

for _, name in ipairs(names_in(scripts .. "/providers")) do
  local provider = declaration(scripts .. "/providers/" .. name .. ".lua")
  add(".Ss " .. name, plain(provider.summary) .. ".")
  add_rules(provider.settings)
end
values.PROVIDERS = page:taken()
for _, name in ipairs(names_in(scripts .. "/flows")) do
  local flow = declaration(scripts .. "/flows/" .. name .. ".lua")
  add(".Ss " .. name, plain(flow.summary) .. ".")
  add_rules(flow.params)
end
values.FLOWS = page:taken()

roff.write(template, values, output)
