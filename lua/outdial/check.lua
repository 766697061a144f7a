--- What can be seen wrong in a script's text without running it: option keys that nothing
-- knows. Globals and syntax are looked at by the engine, the definition by loading it.

local api = require "outdial.api"
local options = require "outdial.options"

local function long_bracket(text, at)
  local equals = text:match("^%[(=*)%[", at)
  if not equals then return nil end
  local _, last = text:find("]" .. equals .. "]", at, true)
  return last or #text
end

local function quoted(text, at)
  local quote = text:sub(at, at)
  local i = at + 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == "\\" then
      i = i + 1
    elseif c == quote or c == "\n" then
      return i
    end
    i = i + 1
  end
  return #text
end

-- The end of what begins at `at`, and its kind: nil for blanks and comments.
local function token(text, at)
  local c = text:sub(at, at)
  if c:match "%s" then return text:match("^%s+()", at) - 1 end
  if text:find("^%-%-", at) then
    return long_bracket(text, at + 2) or (text:find("\n", at, true) or #text + 1) - 1
  end
  if c:match "[%a_]" then return text:match("^[%w_]+()", at) - 1, "name" end
  if c:match "%d" then return text:match("^[%w.]+()", at) - 1, "number" end
  if c == '"' or c == "'" then return quoted(text, at), "string" end
  local last = c == "[" and long_bracket(text, at)
  if last then return last, "string" end
  return at, "sign"
end

-- A list of {text, kind, line}.
local function tokens(text)
  local list, at, line = {}, 1, 1
  while at <= #text do
    local last, kind = token(text, at)
    local word = text:sub(at, last)
    if kind then list[#list + 1] = { text = word, kind = kind, line = line } end
    for _ in word:gmatch "\n" do line = line + 1 end
    at = last + 1
  end
  return list
end

local opens = { ["{"] = 1, ["("] = 1, ["["] = 1, ["}"] = -1, [")"] = -1, ["]"] = -1 }
for word, step in pairs { ["function"] = 1, ["do"] = 1, ["then"] = 1, ["repeat"] = 1 } do
  opens[word] = step
end
opens["end"], opens["until"], opens["elseif"] = -1, -1, -1

local function is(list, at, text)
  return list[at] and list[at].text == text
end

-- The keys `name = …` of the table constructor whose brace is at `at`.
local function keys(list, at)
  local found, depth = {}, 0
  for i = at, #list do
    depth = depth + (opens[list[i].text] or 0)
    if depth == 0 then break end
    local starts = is(list, i - 1, "{") or is(list, i - 1, ",") or is(list, i - 1, ";")
    if depth == 1 and starts and list[i].kind == "name" and is(list, i + 1, "=")
      and not is(list, i + 2, "=") then
      found[#found + 1] = list[i]
    end
  end
  return found
end

-- Where the option table of a call stands whose name is at `at`: f{…}, f({…}), f(x, {…}).
local function option_table(list, at)
  if is(list, at + 1, "{") then return at + 1 end
  if not is(list, at + 1, "(") then return nil end
  if is(list, at + 2, "{") then return at + 2 end
  local depth = 0
  for i = at + 1, #list do
    depth = depth + (opens[list[i].text] or 0)
    if depth == 0 then return nil end
    if depth == 1 and list[i].text == "," then
      return is(list, i + 1, "{") and i + 1 or nil
    end
  end
end

-- The names by which the script knows the library: local NAME = require "outdial".
local function library_names(list)
  local names = { outdial = true }
  for i = 1, #list - 4 do
    local required = is(list, i, "local") and is(list, i + 2, "=") and is(list, i + 3, "require")
    local what = list[i + 4].text == "(" and list[i + 5] or list[i + 4]
    if required and what and what.text:match "^[\"']outdial[\"']$" then
      names[list[i + 1].text] = true
    end
  end
  return names
end

local function called(list, at, names)
  if list[at].kind ~= "name" then return nil end
  if is(list, at - 1, ":") and api["call:" .. list[at].text] then return "call:" .. list[at].text end
  if is(list, at - 1, ".") and list[at - 2] and names[list[at - 2].text] then
    return "outdial." .. list[at].text
  end
end

local host = {}

function host.take()
  return {}
end

--- A list of {line, message}: option keys that the called function does not know.
function host.problems(text)
  local list = tokens(text)
  local names = library_names(list)
  local problems = {}
  for at = 1, #list do
    local what = called(list, at, names)
    local table_at = what and api[what] and option_table(list, at)
    for _, key in ipairs(table_at and keys(list, table_at) or {}) do
      if not api[what][key.text] then
        problems[#problems + 1] = { key.line, ("%s has no option '%s'; it has %s"):format(what,
          key.text, options.names(api[what])) }
      end
    end
  end
  return problems
end

lua.debug.getregistry()["outdial.host"] = host

return host
