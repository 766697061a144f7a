--- Reads what the sources say of the functions that scripts see:
--
--   --- call:collect(options?: call:collect): string?, outdial.error?
--   -- Asks for keys …                       what it does
--   -- @journals collect                     an op: it yields
--   -- @returns the keys, or nil and an error
--   -- @error no_input nothing was keyed     one for each code
--   -- @allowed place, status                where, if not where its kind of function mostly is
--   -- @in flow                              for this kind of script only
--   -- @refused                              is there to say that it is not
--
-- Types are LuaLS's; an option table is named as in outdial/api.lua.

local comments = {}

-- The text up to the bracket that closes the one at `at`, and what follows it.
local function bracketed(text, at)
  local depth = 0
  for i = at, #text do
    local c = text:sub(i, i)
    if c == "(" then depth = depth + 1 end
    if c == ")" then depth = depth - 1 end
    if depth == 0 then return text:sub(at + 1, i - 1), text:sub(i + 1) end
  end
  error("a bracket is not closed: " .. text)
end

local opening = { ["("] = 1, ["<"] = 1, [")"] = -1, [">"] = -1 }

--- The parts between the commas that are in no brackets.
function comments.split(text)
  local parts, depth, part = {}, 0, ""
  for c in text:gmatch "." do
    depth = depth + (opening[c] or 0)
    if c == "," and depth == 0 then
      parts[#parts + 1], part = part:match "^%s*(.-)%s*$", ""
    else
      part = part .. c
    end
  end
  parts[#parts + 1] = part:match "%S.*"
  return parts
end

local function read_params(text)
  local params = {}
  for i, part in ipairs(comments.split(text)) do
    local name, mark, kind = part:match "^([%w_.]+)(%??): (.+)$"
    assert(name, "a parameter has a name and a type: " .. part)
    params[i] = { name = name, optional = mark == "?", type = kind }
  end
  return params
end

-- "outdial.null: lightuserdata", "call:hangup()", "call:detach(): true?, outdial.error?"
local function read_head(head)
  local name = head:match "^[%w_.]+:%l[%w_]*" or head:match "^[%w_.]+"
  local rest = head:sub(#name + 1)
  if rest:sub(1, 1) ~= "(" then return { name = name, type = rest:match "^: (.+)$" } end
  local inside, after = bracketed(rest, 1)
  return { name = name, params = read_params(inside), returns = comments.split(after:match "^: (.+)$" or "") }
end

local tags = {}

function tags.error(entry, text)
  local codes, at = {}, 1
  repeat -- "resolve, refused, tls the other side …": up to the first word that no comma follows
    local code, comma, next_at = text:match("^([%w_]+)(,?) ()", at)
    assert(code, "an error has a code and what it means: " .. text)
    codes[#codes + 1], at = code, next_at
  until comma == ""
  entry.errors[#entry.errors + 1] = { codes = table.concat(codes, ", "), text = text:sub(at) }
end

tags["in"] = function(entry, text)
  assert(text == "flow" or text == "provider", "there is no kind of script named " .. text)
  entry.kind = text
end
function tags.refused(entry) entry.refused = true end
function tags.journals(entry, text) entry.journals, entry.yields = text, true end
function tags.yields(entry) entry.yields = true end
function tags.allowed(entry, text) entry.allowed = text end
function tags.returns(entry, text) entry.returned = text end

local function add_lines(entry, lines)
  local paragraphs, tag = {}, nil
  for _, line in ipairs(lines) do
    local name = line:match "^@(%w+)"
    if name then
      tag = { name, line:match "^@%w+ ?(.*)$" }
      paragraphs[#paragraphs + 1] = tag
    elseif tag then
      tag[2] = tag[2] .. " " .. line
    else
      entry.text = entry.text and entry.text .. " " .. line or line
    end
  end
  for _, paragraph in ipairs(paragraphs) do
    local read = assert(tags[paragraph[1]], "there is no tag @" .. paragraph[1])
    read(entry, paragraph[2])
  end
end

-- Whether a comment is of something that scripts see: it begins with a name and a bracket or type.
local function is_entry(line)
  return line:find "^outdial[%w_.]*[(:]" or line:find "^call:%l+%(" or line:find "^[%l_][%w_]*%("
    or line:find "^[%l]+%d?%.%l%w*[(:]" or line:find "^_%u+: "
end

--- A list of entries {name, params, returns, type, text, errors, yields, journals, allowed, kind},
-- in the order of the text.
function comments.read(text)
  local list, entry, lines = {}, nil, nil
  local function finish()
    if entry then add_lines(entry, lines) end
    entry = nil
  end
  for line in (text .. "\n\n"):gmatch "(.-)\n" do
    local head, more = line:match "^%s*%-%-%- (.+)$", line:match "^%s*%-%- (.+)$"
    if head then
      finish()
      if is_entry(head) then
        entry, lines = read_head(head), {}
        entry.errors, list[#list + 1] = {}, entry
      end
    elseif more and entry then
      lines[#lines + 1] = more
    else
      finish()
    end
  end
  return list
end

return comments
