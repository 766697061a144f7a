-- luacheck knows what scripts have: here, and in an operator's own folder.
local process = require "spec.support.process"

describe("luacheck", function()
  local folder

  before_each(function()
    folder = process.folder()
    assert(os.execute(("mkdir -p %s/flows %s/providers %s/lib && cp scripts/.luacheckrc %s"):format(
      folder, folder, folder, folder)))
  end)

  after_each(function() process.remove(folder) end)

  -- Writes a script into the operator's folder and checks it there; its complaints.
  local function check(path, text)
    process.write(folder .. "/" .. path, text)
    local ended = process.run { "sh", "-c", "cd " .. folder .. " && luacheck --no-color " .. path }
    return ended.out, ended.status
  end

  local absent = { "os", "io", "debug", "load", "loadfile", "dofile", "loadstring", "next", "coroutine", "print",
    "collectgarbage", "package", "warn", "unpack" }

  it("knows what flows have not", function()
    for _, name in ipairs(absent) do
      local out = check("flows/a.lua", ("return %s\n"):format(name))
      assert.has_match("undefined variable '" .. name .. "'", out, 1, true)
    end
    for _, name in ipairs { "string.dump", "math.randomseed", "table.unpak" } do
      assert.has_match("undefined field", (check("flows/a.lua", ("return %s\n"):format(name))), 1, true)
    end
  end)

  it("knows what providers have beside", function()
    local text = "return os.time(), os.date(), os.clock(), next({}), coroutine.running(), math.randomseed(1)\n"
    local out, status = check("providers/a.lua", text)
    assert.equal(0, status, out)
    assert.has_match("undefined variable 'os'", (check("flows/a.lua", text)), 1, true)
    assert.has_match("undefined variable 'os'", (check("lib/a.lua", text)), 1, true)
    assert.has_match("field 'exit' of global 'os'", (check("providers/a.lua", "os.exit()\n")), 1, true)
    assert.has_match("undefined variable 'io'", (check("providers/a.lua", "io.open()\n")), 1, true)
  end)

  it("finds globals that are set", function()
    assert.has_match("non-standard global variable 'total'", (check("flows/a.lua", "total = 1\n")), 1, true)
    assert.has_match("read-only global variable 'tostring'", (check("flows/a.lua", "tostring = nil\n")), 1, true)
  end)

  it("has nothing against the shipped scripts, by either file", function()
    for _, command in ipairs { "luacheck scripts", "cd scripts && luacheck ." } do
      local ended = process.run { "sh", "-c", command }
      assert.equal(0, ended.status, ended.out)
    end
  end)

  it("holds the shipped scripts to the same, here", function()
    local path = folder .. "/next.lua"
    process.write(path, "next()\n")
    local ended = process.run { "luacheck", "--no-color", "--filename", "scripts/flows/next.lua", path }
    assert.has_match("undefined variable 'next'", ended.out, 1, true)
  end)
end)
