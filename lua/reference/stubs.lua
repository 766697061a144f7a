--- Writes what LuaLS, the language server of editors, reads: one file for what of Lua a kind of script
-- has, one for `require "outdial"`.

local book = require "book"

local stubs = {}

local head = [[
---@meta%s
-- Written by lua/reference/generate.lua from what the sources say; edit those.

]]

local function add(out, format, ...)
  out[#out + 1] = select("#", ...) > 0 and format:format(...) or format
end

-- An option table's name as its class, in a parameter's type.
local function type_of(kind, names)
  return (kind:gsub("[%l]+[:.][%l]+", function(word)
    return names[word] and book.class(word)
  end))
end

local function add_wrapped(out, text)
  local line = ""
  for word in text:gmatch "%S+" do
    if #line + #word > 100 then
      add(out, "---" .. line)
      line = ""
    end
    line = line == "" and word or line .. " " .. word
  end
  if line ~= "" then add(out, "---" .. line) end
end

local function add_notes(out, entry, where)
  if entry.text then add_wrapped(out, entry.text) end
  local notes = {}
  if entry.yields then notes[#notes + 1] = "Yields." end
  if entry.journals then notes[#notes + 1] = "Journals " .. entry.journals .. "." end
  if where then notes[#notes + 1] = "Allowed: " .. where .. "." end
  if #notes > 0 then
    if entry.text then add(out, "---") end
    add_wrapped(out, table.concat(notes, " "))
  end
  for i, each in ipairs(entry.errors) do
    if i == 1 then add(out, "---") end
    add_wrapped(out, ("- `%s`: %s"):format(each.codes:gsub(", ", "`, `"), each.text))
  end
end

local function add_function(out, entry, names, where)
  local words = {}
  add_notes(out, entry, where)
  for i, param in ipairs(entry.params) do
    words[i] = param.name
    add(out, "---@param %s%s %s", param.name, param.optional and "?" or "", type_of(param.type, names))
  end
  for i, kind in ipairs(entry.returns) do
    local said = i == 1 and entry.returned and " # " .. entry.returned or ""
    add(out, "---@return %s%s", kind, said)
  end
  if entry.refused then add(out, "---@deprecated") end
  add(out, "function %s(%s) end", entry.name, table.concat(words, ", "))
  add(out, "")
end

-- A value that is no function, or a table that functions are in.
local function add_value(out, name, kind, text)
  if text then add_wrapped(out, text) end
  add(out, "---@type %s", kind)
  add(out, "%s = nil", name)
  add(out, "")
end

local function add_entries(out, entries, names, where)
  local opened = {}
  for _, entry in ipairs(entries) do
    local library = entry.name:match "^(.+)%.[^.]+$"
    if library and library ~= "outdial" and library ~= "call" and not opened[library] then
      opened[library] = true
      if library == "outdial.log" and names.log then -- can be called itself
        add_notes(out, names.log, where(names.log))
        add(out, "---@class outdial.log")
        add(out, "---@overload fun(...: any)")
      elseif not library:find "%." then
        add(out, "---@class %slib", library)
      end
      add(out, "%s = {}", library)
      add(out, "")
    end
    if entry.type then
      add_value(out, entry.name, entry.type, entry.text)
    elseif entry ~= names.log then
      add_function(out, entry, names, where(entry))
    end
  end
end

local function names_of(read)
  local names = {}
  for _, options in ipairs(read.options) do names[options.name] = true end
  for _, entry in ipairs(read.entries) do
    if entry.name == "outdial.log" then names.log = entry end
  end
  return names
end

local function is_ours(entry)
  return entry.name:find "^outdial[.]" or entry.name:find "^call:"
end

local function entries_of(read, ours)
  local list = {}
  for _, entry in ipairs(read.entries) do
    if (is_ours(entry) ~= nil) == ours then list[#list + 1] = entry end
  end
  return list
end

--- Where an entry may be used, in a few words; nil for everywhere.
function stubs.where(read, entry)
  if entry.allowed then return entry.allowed end
  if not is_ours(entry) then return nil end
  if read.kind == "flow" and (entry.yields or entry.name:find "^call:") then return "run, on_hangup" end
end

--- What of Lua there is.
function stubs.lua(read)
  local out = {}
  add_entries(out, entries_of(read, false), {}, function() end)
  return head:format "" .. table.concat(out, "\n")
end

local function add_options(out, options)
  add(out, "---@class (exact) %s", options.class)
  for _, field in ipairs(options.fields) do
    local notes = { field.text }
    if field.range ~= "" then notes[#notes + 1] = field.range end
    if field.default ~= "" then notes[#notes + 1] = "default " .. field.default end
    add(out, "---@field %s%s %s # %s", field.name, field.required and "" or "?",
      field.type, table.concat(notes, "; "))
  end
  add(out, "")
end

local function add_class(out, value)
  add_wrapped(out, value[2])
  add(out, "---@class %s", value[1])
  for _, field in ipairs(value[3]) do add(out, "---@field %s %s # %s", field[1], field[2], field[3]) end
  add(out, "")
end

--- `require "outdial"`.
function stubs.outdial(read)
  local out, names = {}, names_of(read)
  for _, alias in ipairs(read.aliases) do
    add_wrapped(out, alias.text)
    add(out, '---@alias %s "%s"', alias.name, table.concat(alias.words, '"|"'))
    add(out, "")
  end
  for _, value in ipairs(read.values) do add_class(out, value) end
  for _, options in ipairs(read.options) do add_options(out, options) end
  add(out, "---What a %s file returns.\n---@class outdial.%s\n", read.kind, read.kind)
  if read.kind == "flow" then
    add(out, "---A call to one person.\n---@class outdial.call\n---@field id string # the engine's id of the call")
    add(out, "---@field number integer # which call of the run it is\nlocal call = {}\n")
  end
  add(out, "---@class outdial\nlocal outdial = {}\n")
  add_entries(out, entries_of(read, true), names, function(entry) return stubs.where(read, entry) end)
  add(out, "return outdial\n")
  return head:format " outdial" .. table.concat(out, "\n")
end

--- `require "outdial.test"`. It lies beside the flow's, whose classes it knows.
function stubs.test(read)
  local out = {}
  for _, value in ipairs(read.values) do
    if value.kind == "test" then add_class(out, value) end
  end
  add(out, "---@class outdial.test\nlocal test = {}\n")
  for _, entry in ipairs(read.entries) do add_function(out, entry, {}) end
  add(out, "return test\n")
  return head:format " outdial.test" .. table.concat(out, "\n")
end

return stubs
