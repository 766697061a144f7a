local desk = require("spec.support.desk").new()
local process = require "spec.support.process"
local support = require "spec.support.prefix"

-- Words, however they are broken into lines.
local function flat(text)
  return (text:gsub("%s+", " "))
end

local function page(name)
  local ended = process.run({ "mandoc", "-T", "utf8", "-O", "width=1000", support.build .. "/package/" .. name })
  assert(ended.status == 0, ended.err)
  return flat(ended.out:gsub(".\b", ""))
end

local function said(...)
  local ended = desk:command(...)
  assert(ended.status == 0, ended.err)
  return ended.out
end

describe("the manual page of", function()
  teardown(function() desk:close() end)

  it("the command has all that each of its commands says", function()
    local manual, count = page "outdial.1", 0
    for name in said "help":gmatch "\n  outdial (%l+)" do
      if name ~= "help" then
        count = count + 1
        local synopsis, text, options = said("help", name):match "^outdial (%l+[^\n]*)\n\n(.-)\n\nOptions:\n(.*)"
        assert.has_match(flat(synopsis):gsub(" $", ""), manual, 1, true)
        for paragraph in (text .. "\n\n"):gmatch "(.-)\n\n+" do
          assert.has_match(flat(paragraph), manual, 1, true)
        end
        for option in options:gmatch "[^\n]+" do assert.has_match(flat(option), manual, 1, true) end
      end
    end
    assert.is_true(count > 5)
  end)

  it("the command has the settings of the engine and of each provider", function()
    local manual = page "outdial.1"
    for _, group in ipairs { "routee", "veratad", "sendservice", "phonon", "engine" } do
      local provider = group == "engine" and "veratad" or group
      local flow = group == "routee" and { "pin", "pin=1", "support=+12025550002" } or { "deliver", "message=m" }
      local ended = desk:command("run", flow[1], "to=+12025550001", flow[2], flow[3] or "wait=false",
        "provider=" .. provider, "--store", desk.store, "--set", group .. ".nonsense=1")
      local list = assert(flat(ended.out .. ended.err):match "no setting 'nonsense'; it has ([%w_, ]+)")
      for name in list:gmatch "[%w_]+" do assert.has_match("%f[%w_]" .. name .. "%f[^%w_]", manual) end
    end
  end)

  it("the library has every function", function()
    local manual = page "liboutdial.3"
    local version = support.configured "CMAKE_PROJECT_VERSION"
    for name in process.read("engine/package/symbols/" .. version):gmatch "%S+" do
      assert.has_match(name .. "(", manual, 1, true)
    end
  end)

  it("both is written as mandoc wants it", function()
    for _, name in ipairs { "outdial.1", "liboutdial.3" } do
      local ended = process.run { "mandoc", "-T", "lint", "-W", "warning", support.build .. "/package/" .. name }
      assert.equal("", ended.out .. ended.err)
      assert.equal(0, ended.status)
    end
  end)
end)
