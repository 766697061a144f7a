local json = require "spec.support.json"
local process = require "spec.support.process"
local lab = require("spec.support.lab").new()

describe("the journal", function()
  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:provider "tin"
  end)

  it("has what a flow asked for, in its order, by its line, with a digest and what it got", function()
    lab:flow("steps", [[
      local now = outdial.now()
      outdial.log("at", now > 0)

      outdial.sleep(0)
      return outdial.random(5, 5)]])
    local ended = lab:run "steps"
    assert.equal(0, ended.status, ended.err)
    local rows = lab:query "SELECT * FROM op ORDER BY seq"
    local expected = { { "now", "{}", 2 }, { "log", '{"level":"info","message":"at true"}', 3 },
      { "sleep", '{"seconds":0}', 5 }, { "random", '{"high":5,"low":5}', 6 } }
    assert.equal(#expected, #rows)
    for i, row in ipairs(rows) do
      local op, args = table.unpack(expected[i])
      assert.equal(ended.report.run, row.run)
      assert.equal(i, row.seq)
      assert.equal(op, row.op)
      assert.equal(args, row.args)
      local digest = process.line("printf %s " .. process.quote(args) .. " | sha256sum"):match "^%x+"
      assert.equal(digest, row.digest)
      assert.equal("table", type(json.decode(row.result)))
      assert.is_true(row.started > 0 and row.finished >= row.started)
    end
    for i = 1, 3 do assert.equal(expected[i][3], rows[i].line) end
    assert.equal("[5]", rows[4].result)
  end)

  it("has what is waited for, without a result", function()
    lab:flow("steps", "outdial.now() outdial.sleep(60)")
    local run = lab:start "steps"
    repeat until io.open(lab.desk.store) and #lab:query "SELECT * FROM sqlite_schema WHERE name = 'op'" == 1
      and #lab:query "SELECT * FROM op" == 2
    local rows = lab:query "SELECT op, result, finished FROM op ORDER BY seq"
    assert.equal("now", rows[1].op)
    assert.not_equal(json.null, rows[1].result)
    assert.same({ op = "sleep", result = json.null, finished = json.null }, rows[2])
    run:signal "INT"
    local ended = lab:wait(run)
    assert.equal(3, ended.status)
    assert.same({ { state = "running", finished = json.null } }, lab:query "SELECT state, finished FROM run")
  end)

  it("has what failed, too", function()
    lab:flow("steps", [[
      local fine = pcall(outdial.call, { provider = "nobody", to = "+306900000001" })
      local answer, err = outdial.http { url = "nonsense" }
      return { fine, answer == nil, err.code }]])
    local ended = lab:run "steps"
    assert.same({ false, true, "invalid" }, ended.report.result)
    local rows = lab:query "SELECT op, result FROM op ORDER BY seq"
    assert.equal("call", rows[1].op)
    assert.equal(json.null, json.decode(rows[1].result)[1])
    assert.equal("invalid", json.decode(rows[2].result)[2].code)
  end)
end)
