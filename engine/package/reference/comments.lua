-- Doxygen's filter: the header's plain comments as those that Doxygen reads.
local file = assert(io.open(arg[1]))
local source = file:read "a"
file:close()

-- What stands indented in a comment stays as it is; `words` are code.
local function marked(comment)
  local lines, literal = {}, false
  for line in (comment .. "\n"):gmatch "(.-)\n" do
    local indented = line:match "^ %*    +%S" ~= nil
    if indented and not literal then lines[#lines + 1] = " * @verbatim" end
    if literal and not indented and line ~= " *" then
      lines[#lines + 1] = " * @endverbatim"
      indented = false
    end
    literal = indented or (literal and line == " *")
    lines[#lines + 1] = indented and line:gsub("^ %*    ", "") or line:gsub("`([^`]+)`", "<tt>%1</tt>")
  end
  return (table.concat(lines, "\n"):gsub("(%*/)$", literal and " @endverbatim %1" or "%1"))
end

-- The page begins with the header's first comment.
source = source:gsub("^/%*(.-%*/)", function(text) return "/** @file\n *" .. text end, 1)

-- Before a declaration, or before a member.
local plain = source
source = source:gsub("\n( *)/%*( .-%*/)()", function(indent, text, behind)
  if plain:find("^\n *%a", behind) then return "\n" .. indent .. "/**" .. marked(text) end
end)

-- Behind a member.
source = source:gsub("([;,{] *)/%*( .-%*/)", "%1/**<%2"):gsub("(%w) /%*( [^\n]-%*/\n})", "%1 /**<%2")

-- Two that share a comment.
source = source:gsub("(OD_API [^;]-([%w_]+)%([^;]*;\n)(OD_API )", "%1/** @copydoc %2 */\n%3")

io.write(source)
