-- What is installed for those who write scripts.
local json = require "spec.support.json"
local process = require "spec.support.process"
local support = require "spec.support.prefix"

describe("an installation", function()
  local prefix
  setup(function() prefix = support.new() end)
  teardown(function() prefix:close() end)

  it("has the reference page", function()
    assert.equal(process.read "lua/outdial/README.md", process.read(prefix.root .. "/share/outdial/scripts.md"))
  end)

  it("tells editors where the stubs are", function()
    local configured = support.configured "CMAKE_INSTALL_PREFIX"
    for folder, kind in pairs { flows = "flow", providers = "provider" } do
      local rules = json.decode(process.read(("%s/etc/outdial/scripts/%s/.luarc.json"):format(prefix.root, folder)))
      local types = rules["workspace.library"][1]
      assert.equal(configured .. "/share/outdial/types/" .. kind, types)
      local here = prefix.root .. types:sub(#configured + 1)
      for _, name in ipairs { "lua.lua", "outdial.lua" } do
        assert.equal(process.read(("lua/outdial/types/%s/%s"):format(kind, name)), process.read(here .. "/" .. name))
      end
    end
  end)

  it("tells luacheck what scripts have", function()
    assert.equal(process.read "scripts/.luacheckrc", process.read(prefix.root .. "/etc/outdial/scripts/.luacheckrc"))
  end)
end)
