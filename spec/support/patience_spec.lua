local process = require "spec.support.process"

local endless = [[
describe("a loop", function()
  it("waits", function()
    local n = 0
    repeat
      n = n + 1
    until n < 0
  end)
  it("ends", function() end)
end)
]]

describe("a spec that never comes to its end", function()
  it("is stopped, with its name and its line, and the others run", function()
    local folder = process.folder()
    local path = folder .. "/endless_spec.lua"
    process.write(path, endless)
    local ended = process.run { "lua5.4", "/usr/bin/busted", "--output=plainTerminal", "-Xhelper", "0", path }
    process.remove(folder)
    assert.equal(1, ended.status)
    assert.has_match("1 success / 0 failures / 1 error / 0 pending", ended.out, 1, true)
    assert.has_match("\na loop waits\n" .. path .. ":%d: this spec has not come to its end in 0 s", ended.out)
  end)
end)
