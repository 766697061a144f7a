-- What each kind of script may use; a name that is not here is a mistake.
std = "lua54"
max_line_length = 120
self = false -- methods that need no self are still methods

-- As the sandbox has it (engine/script): no clock, no files, nothing that differs in a replay.
local flow = {
  "assert", "error", "getmetatable", "ipairs", "math", "pairs", "pcall", "rawequal", "rawget",
  "rawlen", "rawset", "require", "select", "setmetatable", "string", "table", "tonumber",
  "tostring", "type", "utf8", "xpcall",
}

local provider = { "coroutine", "next", os = { fields = { "clock", "date", "time" } } }
for _, name in ipairs(flow) do table.insert(provider, name) end

stds.flow = { read_globals = flow }
stds.provider = { read_globals = provider }

files["lua"] = { read_globals = { "lua" } } -- the whole of Lua's libraries, for the library alone
files["scripts/flows"] = { std = "flow" }
files["scripts/providers"] = { std = "provider" }
files["examples"] = { std = "flow" }
files["spec"] = { std = "lua54+busted" }
