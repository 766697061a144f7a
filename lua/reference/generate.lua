--- lua5.4 lua/reference/generate.lua [FOLDER]: writes the reference page, the stubs for editors and the
-- rules for luacheck into the repository, or beneath another folder.

local root = arg[0]:match "^(.*)/reference/[^/]*$" or ".."
package.path = root .. "/reference/?.lua"

local book = require "book"
local luacheck = require "luacheck"
local page = require "page"
local stubs = require "stubs"

local into = arg[1] or root .. "/.."

local function write(path, text)
  local file = assert(io.open(into .. "/" .. path, "w"))
  assert(file:write(text))
  assert(file:close())
end

local flow, provider = book.read(root, "flow"), book.read(root, "provider")
local test = book.read(root, "test")

write("lua/outdial/README.md", page.write(flow, provider, test))
write("lua/outdial/types/flow/test.lua", stubs.test(test))
write("scripts/.luacheckrc", luacheck.write(flow, provider))
for _, read in ipairs { flow, provider } do
  write(("lua/outdial/types/%s/lua.lua"):format(read.kind), stubs.lua(read))
  write(("lua/outdial/types/%s/outdial.lua"):format(read.kind), stubs.outdial(read))
end
