--- A script's text as words and signs, and what can be told from them without parsing it all.

local tokens = {}

-- Lua's own: what scripts have is charged by the whole text's length each time.
local byte, find, match, sub = lua.string.byte, lua.string.find, lua.string.match, lua.string.sub

local function long_bracket(text, at)
  local equals = match(text, "^%[(=*)%[", at)
  if not equals then return nil end
  local _, last = find(text, "]" .. equals .. "]", at, true)
  return last or #text
end

-- The place of the quote that ends what one at `at` begins, or of the line's end.
local function quoted(text, at)
  local stop = sub(text, at, at) == '"' and '["\\\n]' or "['\\\n]"
  local i = find(text, stop, at + 1)
  while i and byte(text, i) == 92 do i = find(text, stop, i + 2) end -- a backslash
  return i or #text
end

-- The end of what begins at `at`, which is no blank, and its kind: nil for comments.
local function token(text, at)
  local c = sub(text, at, at)
  if find(c, "[%a_]") then return match(text, "^[%w_]+()", at) - 1, "name" end
  if c == "-" and byte(text, at + 1) == 45 then
    return long_bracket(text, at + 2) or (find(text, "\n", at, true) or #text + 1) - 1
  end
  if find(c, "%d") then return match(text, "^[%w.]+()", at) - 1, "number" end
  if c == '"' or c == "'" then return quoted(text, at), "string" end
  if c == "." then return match(text, "^%.+()", at) - 1, "sign" end -- a.b, but a .. b
  local last = c == "[" and long_bracket(text, at)
  if last then return last, "string" end
  return at, "sign"
end

local latest = {} -- first it is asked what is wrong with a text, then what it requires

--- A list of {text, kind, line}.
function tokens.read(text)
  if latest.text == text then return latest.list end
  local list, line = {}, 1
  latest = { text = text, list = list }
  local at, newline = find(text, "%S"), find(text, "\n", 1, true)
  while at do
    while newline and newline < at do
      line, newline = line + 1, find(text, "\n", newline + 1, true)
    end
    local last, kind = token(text, at)
    if kind then list[#list + 1] = { text = sub(text, at, last), kind = kind, line = line } end
    at = find(text, "%S", last + 1)
  end
  return list
end

local opens = { ["{"] = 1, ["("] = 1, ["["] = 1, ["}"] = -1, [")"] = -1, ["]"] = -1 }
for word, step in pairs { ["function"] = 1, ["do"] = 1, ["then"] = 1, ["repeat"] = 1 } do
  opens[word] = step
end
opens["end"], opens["until"], opens["elseif"] = -1, -1, -1

function tokens.is(list, at, text)
  return list[at] and list[at].text == text
end

local is = tokens.is

--- Where what opens at `at` (a bracket, a function) closes.
function tokens.close(list, at)
  local depth = 0
  for i = at, #list do
    depth = depth + (opens[list[i].text] or 0)
    if depth == 0 then return i end
  end
  return #list
end

-- Where the value that begins at `at` in a constructor ends: before the comma or the brace.
local function value_end(list, at, last)
  local i = at
  while i < last do
    if is(list, i, ",") or is(list, i, ";") then return i - 1 end
    local step = opens[list[i].text] or 0
    i = (step > 0 and tokens.close(list, i) or i) + 1
  end
  return last - 1
end

--- The entries `name = …` of the table constructor whose brace is at `at`: a list of {key, from, to}, key a
-- token, the others where its value is; and whether these are all its entries.
function tokens.fields(list, at)
  local last, found, whole, i = tokens.close(list, at), {}, true, at + 1
  while i < last do
    local named = list[i].kind == "name" and is(list, i + 1, "=") and not is(list, i + 2, "=")
    local from = named and i + 2 or i
    local to = value_end(list, from, last)
    if named then found[#found + 1] = { key = list[i], from = from, to = to } end
    whole = whole and named
    i = to + 2
  end
  return found, whole
end

--- Where the option table of a call stands whose name is at `at`: f{…}, f({…}), f(x, {…}).
function tokens.option_table(list, at)
  if is(list, at + 1, "{") then return at + 1 end
  if not is(list, at + 1, "(") then return nil end
  if is(list, at + 2, "{") then return at + 2 end
  local comma = value_end(list, at + 2, tokens.close(list, at + 1)) + 1
  return is(list, comma, ",") and is(list, comma + 1, "{") and comma + 1 or nil
end

--- The value of a literal that is all there is from one token to another; nil for anything else.
function tokens.literal(list, from, to)
  local sign = is(list, from, "-") and -1 or 1
  local first = sign < 0 and from + 1 or from
  local one = list[first]
  if first ~= to then return nil end
  if one.kind == "number" then
    local number = tonumber(one.text)
    return number and sign * number
  end
  if sign < 0 then return nil end
  if one.text == "true" or one.text == "false" then return one.text == "true" end
  return one.kind == "string" and one.text:match "^[\"']([^\\]*)[\"']$" or nil
end

--- The names between brackets that open at `at`: a function's parameters.
function tokens.parameters(list, at)
  local names = {}
  for i = at + 1, tokens.close(list, at) - 1 do
    if list[i].kind == "name" then names[#names + 1] = list[i].text end
  end
  return names
end

-- Where the names of the declaration at `at` stand, one after the other; nil for no declaration.
local function declares(list, at)
  local here = list[at].text
  if here == "local" then return is(list, at + 1, "function") and at + 2 or at + 1 end
  if here == "for" then return at + 1 end
  if here ~= "function" then return nil end
  local i = at + 1
  while list[i] and not is(list, i, "(") do i = i + 1 end
  return i + 1
end

--- Calls each(name, at) for every local name that is declared from one token to another.
function tokens.declared(list, from, to, each)
  for at = from, to do
    local i = list[at].kind == "name" and declares(list, at)
    while i and list[i] and list[i].kind == "name" do
      each(list[i].text, i)
      i = i + 1
      if is(list, i, "<") then i = i + 3 end -- local x <const>
      i = is(list, i, ",") and i + 1 or nil
    end
  end
end

return tokens
