local json = require "spec.support.json"
local process = require "spec.support.process"
local lab = require("spec.support.lab").new()
local desk = lab.desk

describe("outdial store backup", function()
  local copy

  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:flow("waits", "outdial.sleep(3600)")
    copy = desk.store .. "-copy"
  end)

  local function is_whole(path)
    return process.line(("sqlite3 -readonly %s 'PRAGMA integrity_check'"):format(path))
  end

  it("copies what an engine works on at the moment", function()
    lab:start "waits"
    repeat
      local ended = desk:ask("runs", "--json")
    until ended.out:find '"op":"sleep"'
    assert.equal(0, desk:ask("store", "backup", copy).status)
    assert.equal("ok", is_whole(copy))
    local listed = process.run { desk.binary, "runs", "--store", copy }
    assert.has_match("waits +running", listed.out)
    assert.equal("600", process.line("stat -c %a " .. copy))
  end)

  it("names the copy with --json", function()
    lab:flow("quick", "return true")
    lab:run "quick"
    assert.same({ file = copy }, json.decode(desk:ask("store", "backup", copy, "--json").out))
  end)

  it("overwrites nothing", function()
    lab:flow("quick", "return true")
    lab:run "quick"
    process.write(copy, "mine")
    local ended = desk:ask("store", "backup", copy)
    assert.equal(2, ended.status)
    assert.has_match("it is there already", ended.err)
    assert.equal("mine", process.read(copy))
  end)

  it("says what it needs", function()
    lab:flow("quick", "return true")
    lab:run "quick"
    for _, words in ipairs { {}, { "backup" }, { "backpu", copy }, { "backup", copy, "more" } } do
      local ended = desk:ask("store", table.unpack(words))
      assert.equal(2, ended.status)
      assert.has_match("outdial store backup FILE", ended.err)
    end
    local ended = desk:ask("store", "backup", "/nowhere/copy.db")
    assert.equal(1, ended.status)
    assert.has_match("/nowhere/copy.db: No such file or directory", ended.err, 1, true)
  end)
end)
