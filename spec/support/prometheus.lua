--- Prometheus's text format, version 0.0.4, read strictly: each family has its HELP and TYPE once and before
-- its samples, which stand together; counters end in _total; no sample comes twice.

local prometheus = {}

local types = { counter = true, gauge = true, histogram = true, summary = true, untyped = true }

local function refuse(line, what)
  error(("%s: %s"):format(what, line), 0)
end

local function check_labels(line, labels)
  local rest = labels:sub(2, -2)
  while rest ~= "" do
    local _, last = rest:find '^[%a_][%w_]*="[^"\\]*"'
    if not last then refuse(line, "labels") end
    rest = rest:sub(last + 1):gsub("^,", "")
  end
end

local function read_sample(line)
  local name, labels, value = line:match "^([%a_:][%w_:]*)(%b{}) (%S+)$"
  if not name then name, value = line:match "^([%a_:][%w_:]*) (%S+)$" end
  if not name or not tonumber(value) then refuse(line, "neither comment nor sample") end
  check_labels(line, labels or "{}")
  return name, labels or "", tonumber(value)
end

local function check_type(line, name, kind)
  if not types[kind] then refuse(line, "no such type") end
  if kind == "counter" and not name:find "_total$" then refuse(line, "a counter's name") end
end

--- { name = { [labels or ""] = value } }; raises where the text is not as the format wants it.
function prometheus.read(text)
  local figures, helped, typed, current = {}, {}, {}, nil
  assert(text:sub(-1) == "\n", "the last line has no end")
  for line in text:gmatch "([^\n]*)\n" do
    local word, name, rest = line:match "^# (%u+) ([%a_:][%w_:]*) (.+)$"
    if word == "HELP" or word == "TYPE" then
      local known = word == "HELP" and helped or typed
      if known[name] or figures[name] then refuse(line, "said twice, or behind its samples") end
      if word == "TYPE" then check_type(line, name, rest) end
      known[name], current = rest, name
    else
      local labels, value
      name, labels, value = read_sample(line)
      if name ~= current or not (helped[name] and typed[name]) then refuse(line, "outside of its family") end
      figures[name] = figures[name] or {}
      if figures[name][labels] then refuse(line, "a sample twice") end
      if typed[name] == "counter" and value < 0 then refuse(line, "a counter below 0") end
      figures[name][labels] = value
    end
  end
  return figures
end

return prometheus
