--- Reads outdial/api.lua and outdial/traits.lua twice: as Lua for their rules, and as text for what is said of
-- them.

local rules = {}

-- {[table's name] = {{name, text}, …}}, in the order of the text.
local function read_comments(text)
  local tables, now, said = {}, nil, nil
  for line in text:gmatch "(.-)\n" do
    local name = line:match '^  %["([%w.:]+)"%] = {$' or line:match "^local (spoken) = {$"
    local alias, of = line:match '^  %["([%w.:]+)"%] = (%l+),$'
    local more = line:match "^    %-%-%-? (.+)$" or line:match "^  %-%-%-? (.+)$"
    local key = line:match "^    ([%w_]+) = " or line:match "^  ([%w_]+) = "
    if name then
      now, said = {}, nil
      tables[name] = now
    elseif alias then
      tables[alias] = tables[of]
    elseif more then
      said = said and said .. " " .. more or more
    elseif key and now then
      now[#now + 1], said = { name = key, text = said }, nil
    else
      said = nil
      if line:find "^ ? ?}" then now = nil end
    end
  end
  return tables
end

local lua_types = {
  text = "string", phone = "string", phones = "string|string[]", seconds = "number", list = "any[]",
}

local function sorted(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function type_of(rule)
  if not rule.values then return lua_types[rule[1]] or rule[1] end
  local quoted = {}
  for i, value in ipairs(sorted(rule.values)) do quoted[i] = '"' .. value .. '"' end
  return table.concat(quoted, "|")
end

local function range_of(rule)
  local unit = rule[1] == "seconds" and " s" or ""
  if rule.min and rule.max then return ("%s to %s%s"):format(rule.min, rule.max, unit) end
  if rule.min then return ("from %s%s"):format(rule.min, unit) end
  return rule.values and "" or (rule[1] == "seconds" and "seconds") or ""
end

local function default_of(rule)
  if type(rule.default) == "table" then return "{}" end
  if type(rule.default) == "string" then return '"' .. rule.default .. '"' end
  return rule.default ~= nil and tostring(rule.default) or ""
end

local function field_of(name, rule, said)
  assert(said, "nothing is said of " .. name)
  local kind, text = said:match "^(%b{}) (.+)$"
  return {
    name = name, type = kind and kind:sub(2, -2) or type_of(rule), text = text or said,
    required = rule.required, range = range_of(rule), default = default_of(rule),
  }
end

--- {[name] = {field, …}}: every option table, its fields {name, type, text, required, range, default}.
function rules.read(text, api)
  local said, by_rule, read = read_comments(text), {}, {}
  for name, keys in pairs(said) do
    for _, key in ipairs(keys) do
      if api[name] then by_rule[api[name][key.name]] = key.text end
    end
  end
  for name, options in pairs(api) do
    local order, fields = said[name], {}
    if not order and name:find "[.:]" then -- in one line, of another table's rules
      order = {}
      for _, key in ipairs(sorted(options)) do order[#order + 1] = { name = key } end
    end
    for i, key in ipairs(order or {}) do
      fields[i] = field_of(key.name, options[key.name], by_rule[options[key.name]])
    end
    if order then read[name] = fields end
  end
  return read
end

return rules
