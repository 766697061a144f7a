local process = require "spec.support.process"
local lab = require("spec.support.lab").new()

describe("engine.keep", function()
  local day = 24 * 60 * 60 * 1000

  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:provider "tin"
    lab:flow("quick", "outdial.log 'hello'")
    lab:flow("asks", "outdial.call { provider = 'tin', to = '+306900000001' }:wait {}")
  end)

  -- Lets the store believe that this was a number of days ago.
  local function age(days)
    process.run { "sqlite3", lab.desk.store, ("UPDATE run SET created = created - %d,"
      .. " finished = finished - %d"):format(days * day, days * day) }
  end

  local function count(table)
    return lab:query("SELECT count(*) AS n FROM " .. table)[1].n
  end

  it("is how long finished runs stay", function()
    lab:run "quick"
    age(2)
    lab:run "quick"
    local served = lab:serve "--set=engine.keep=1d"
    repeat until count "run" == 1
    assert.equal(1, count "op")
    assert.equal(0, lab:shut(served).status)
  end)

  it("keeps what has not finished, however old", function()
    local run = lab:start "asks"
    lab.line:take():cut()
    assert.equal("unknown", lab:wait(run).report.state)
    lab:run "quick"
    age(1000)
    lab:serve "--set=engine.keep=1h"
    repeat until count "run" == 1
    assert.equal("unknown", lab:query("SELECT state FROM run")[1].state)
    assert.equal(1, count "call")
  end)

  it("works off a great many", function()
    lab:run "quick"
    process.run { "sqlite3", lab.desk.store, [[WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
      WHERE i < 500) INSERT INTO run (id, flow, state, created, finished)
      SELECT printf('run%09d', i), 'quick', 'completed', 1, 2 FROM n]] }
    assert.equal(501, count "run")
    lab:serve "--set=engine.keep=4w"
    repeat until count "run" == 1
  end)

  it("is for ever when it is not set", function()
    lab:run "quick"
    age(10000)
    local served = lab:serve()
    lab:shut(served)
    assert.equal(1, count "run")
  end)

  it("must be an age", function()
    for _, wrong in ipairs { "90", "d", "-1d", "0d", "1y", "1d2h", "" } do
      local ended = lab.desk:ask("serve", "--set=engine.keep=" .. wrong)
      assert.equal(2, ended.status, wrong)
      assert.has_match("engine.keep must be a number of hours, days or weeks", ended.err, 1, true)
    end
  end)
end)
