-- Makes liboutdial(3): lua library.lua HEADER TEMPLATE OUTPUT NAME=VALUE…
-- A comment of the header and what it stands before are shown one after the other.
local roff = dofile((arg[0]:gsub("[^/]*$", "roff.lua")))
local header, template, output = table.unpack(arg)
local values = roff.values(table.move(arg, 4, #arg, 1, {}))
local page = roff.new()
local source = roff.read(header)

-- A comment's text, without what makes it one.
local function text_of(comment)
  return (comment:gsub("^/%*%s?", ""):gsub("%s*%*/$", ""):gsub("\n %*/?$", ""):gsub("\n %* ?", "\n"))
end

local function add_declaration(code)
  local exported = code:match "^OD_API "
  if exported then code = code:gsub("OD_API ", ""):gsub("\n       ", "\n") end
  page:add(".Bd -literal", roff.literal(code), ".Ed")
end

-- A piece is what empty lines separate.
local function add_piece(piece)
  local title = piece:match "^/%* %-%-%- (.-) %-%-%- %*/$"
  local comment, code = piece:match "^(/%*.-%*/)\n?(.*)$"
  if title then
    page:add(".Sh " .. title:upper())
  elseif comment then
    if code ~= "" then add_declaration(code) else page:add ".Pp" end
    page:text(text_of(comment))
  else
    add_declaration(piece)
  end
end

local body = source:match "extern \"C\" {\n#endif\n\n(.-)\n#ifdef __cplusplus\n}"
body = body:gsub("#if defined%(__GNUC__%).-#endif\n\n", "")
page:text(text_of(source:match "^(/%*.-%*/)"))
values.DESCRIPTION = page:taken()
for piece in (body .. "\n\n"):gmatch "(.-)\n\n+" do
  if piece ~= "" then add_piece(piece) end
end
values.NAMES = page:taken()
roff.write(template, values, output)
