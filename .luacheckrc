-- What may be used where; a name that is not here is a mistake.

-- What scripts have is said once, for operators' folders too: stds.outdial_flow, stds.outdial_provider.
local scripts = assert(loadfile("scripts/.luacheckrc", "t", _ENV))
if setfenv then setfenv(scripts, getfenv(1)) end -- luacheck on Lua 5.1
scripts()
for path in pairs(files) do files[path] = nil end -- as they are named there

std = "lua54"
max_line_length = 120
self = false -- methods that need no self are still methods

files["lua"] = { read_globals = { "lua" } } -- the whole of Lua's libraries, for the library alone
exclude_files = { "lua/outdial/types" } -- declarations without bodies, for editors
files["scripts"] = { std = "outdial_flow" }
files["scripts/providers"] = { std = "outdial_provider" }
for _, folder in ipairs { "flows", "providers" } do
  files["scripts/" .. folder .. "/*_spec.lua"] = { std = "lua54+busted" }
end
files["engine/cli/templates/*_spec.lua"] = { std = "lua54+busted" }
files["examples"] = { std = "outdial_flow" }
files["spec"] = { std = "lua54+busted" }
