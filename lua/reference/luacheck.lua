--- Writes scripts/.luacheckrc: what luacheck must know of scripts' globals.

local luacheck = {}

-- {name = true, library = {field = true}}
local function globals_of(read)
  local all = {}
  for _, entry in ipairs(read.entries) do
    local library, field = entry.name:match "^(%l+%d?)%.(%w+)$"
    if library and library ~= "outdial" and not entry.refused then
      all[library] = all[library] or {}
      all[library][field] = true
    elseif not entry.name:find "[.:]" then
      all[entry.name] = true
    end
  end
  return all
end

local function sorted(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- Words in lines of at most 110 characters.
local function wrapped(words, indent)
  local lines, line = {}, indent
  for _, word in ipairs(words) do
    if #line + #word > 110 then
      lines[#lines + 1] = line:gsub(" $", "")
      line = indent
    end
    line = line .. word .. " "
  end
  lines[#lines + 1] = line:gsub(" $", "")
  return table.concat(lines, "\n")
end

local function quoted(names)
  local words = {}
  for i, name in ipairs(names) do words[i] = ('"%s",'):format(name) end
  return words
end

local function standard(read)
  local all, plain, out = globals_of(read), {}, {}
  for _, name in ipairs(sorted(all)) do
    if all[name] == true then plain[#plain + 1] = name end
  end
  out[1] = ("stds.outdial_%s = {\n  read_globals = {\n%s"):format(read.kind, wrapped(quoted(plain), "    "))
  for _, name in ipairs(sorted(all)) do
    if all[name] ~= true then
      local fields = {}
      for i, field in ipairs(sorted(all[name])) do fields[i] = field .. " = {}," end
      out[#out + 1] = ("    %s = { fields = {\n%s\n    } },"):format(name, wrapped(fields, "      "))
    end
  end
  out[#out + 1] = "  },\n}\n"
  return table.concat(out, "\n")
end

local template = [[
-- What luacheck must know of scripts: a name that is not here is a mistake. Run it in this folder:
-- luacheck .
-- Written by lua/reference/generate.lua of outdial.
std = "outdial_flow"
max_line_length = 120

%s
%s
files["providers"] = { std = "outdial_provider" }
for _, folder in ipairs { "flows", "providers", "lib" } do
  files[folder .. "/*_spec.lua"] = { std = "lua54+busted" }
end
]]

function luacheck.write(flow, provider)
  return template:format(standard(flow), standard(provider))
end

return luacheck
