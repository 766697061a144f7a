local process = require "spec.support.process"
local support = require "spec.support.prefix"

local made = support.build .. "/package"

describe("the page of the C API", function()
  local folder
  setup(function() folder = process.folder() end)
  teardown(function() process.remove(folder) end)

  -- Of a header of the spec's; the rest is as the target `docs` has it.
  local function page_of(header)
    process.write(folder .. "/outdial.h", header)
    local rules = process.read(made .. "/Doxyfile")
    rules = rules:gsub('(INPUT += )[^\n]*', "%1" .. folder .. "/outdial.h")
    rules = rules:gsub('(OUTPUT_DIRECTORY += )[^\n]*', "%1" .. folder)
    process.write(folder .. "/Doxyfile", rules)
    return process.run { "doxygen", folder .. "/Doxyfile" }
  end

  local header = process.read "engine/include/outdial.h"

  it("tells of everything in the header", function()
    local ended = page_of(header)
    assert.equal("", ended.out .. ended.err)
    assert.equal(0, ended.status)
    local html = process.read(folder .. "/html/outdial_8h.html")
    for name in process.read("engine/package/symbols/" .. support.configured "CMAKE_PROJECT_VERSION"):gmatch "%S+" do
      assert(html:find("</span>" .. name .. "()", 1, true), name)
    end
    assert(html:find("\nleg       call, to, state              a number the call was connected to\n", 1, true))
  end)

  it("cannot be made without a comment on a function, a type or a member", function()
    for what, undocumented in pairs {
      ["od_new_function"] = "OD_API bool od_new_function(int number);\n\n",
      ["od_new_fn"] = "typedef void (*od_new_fn)(void *context);\n\n",
      ["od_new_struct"] = "struct od_new_struct {\n  int one; /* a member */\n};\n\n",
      ["od_new_member"] = "/* A struct. */\nstruct od_new_struct {\n  int od_new_member;\n};\n\n",
    } do
      local ended = page_of((header:gsub('/%* The version of the library', undocumented .. "%0")))
      assert.not_equal(0, ended.status, what)
      assert.has_match(what, ended.err, 1, true)
    end
  end)
end)
