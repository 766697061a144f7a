local json = require "spec.support.json"
local process = require "spec.support.process"
local lab = require("spec.support.lab").new()
local desk = lab.desk

describe("outdial runs", function()
  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:provider "tin"
    lab:flow("quick", "outdial.log 'hello'")
    lab:flow("wrong", "return nil, { code = 'odd', message = 'it is odd' }")
    lab:flow("waits", "outdial.sleep(3600)")
    lab:flow("asks", [[
      local call = outdial.call { provider = "tin", to = "+306900000001" }
      call:collect { max_digits = 4 }]])
  end)

  local function list(...)
    local ended = desk:ask("runs", "--json", ...)
    assert.equal(0, ended.status, ended.err)
    return assert(json.decode(ended.out)).runs
  end

  local function flows_of(runs)
    local names = {}
    for i, run in ipairs(runs) do names[i] = run.flow end
    return table.concat(names, " ")
  end

  -- A run that waits for digits; its call is up.
  local function start_asking()
    local run = lab:start "asks"
    local create = lab.line:take()
    create:answer(200, { state = "in_progress", reference = "r-1" })
    repeat
      local rows = lab:query "SELECT 1 FROM op WHERE op = 'collect' AND result IS NULL"
    until #rows == 1
    return run
  end

  it("tells of a run whose error holds a NUL", function()
    lab:flow("odd", "return nil, { code = 'odd', detail = 'a\\0b' }")
    desk:run("odd")
    assert.has_match("odd +failed", desk:ask("runs").out)
  end)

  it("tells what each run waits for, while the engine works on it", function()
    start_asking()
    local run = list()[1]
    assert.equal("asks", run.flow)
    assert.equal("running", run.state)
    assert.equal("collect", run.waiting.op)
    assert.equal(3, run.waiting.line)
    assert.is_true(run.waiting.since >= run.created)
    assert.equal("in_progress", run.call.state)
    local shown = desk:ask "runs"
    assert.has_match("asks +running +%d+ s +digits since %d+ s, line 3\n", shown.out)
  end)

  it("tells how the ended ones ended, newest first", function()
    lab:run "quick"
    lab:run "wrong"
    local runs = list()
    assert.equal("wrong quick", flows_of(runs))
    assert.same({ code = "odd", message = "it is odd" }, runs[1].error)
    assert.equal(json.null, runs[1].waiting)
    assert.equal(64, #runs[1].version)
    local shown = desk:ask "runs"
    assert.has_match("wrong +failed +%d+ s +odd\n%w+ +quick +completed +%d+ s", shown.out)
  end)

  it("tells that an unknown one waits for a person", function()
    local run = lab:start "asks"
    lab.line:take():cut()
    assert.equal(3, lab:wait(run).status)
    assert.has_match("unknown +%d+ s +a person", desk:ask("runs").out)
  end)

  it("filters by state, by flow, and by number", function()
    for _, flow in ipairs { "quick", "wrong", "quick" } do lab:run(flow) end
    assert.equal("quick quick", flows_of(list "--state=completed"))
    assert.equal("wrong", flows_of(list "--flow=wrong"))
    assert.equal("quick wrong", flows_of(list "--limit=2"))
    assert.equal("", flows_of(list("--flow=wrong", "--state=completed")))
    assert.equal("no runs\n", desk:ask("runs", "--flow=nobody").out)
  end)

  it("refuses what it does not understand", function()
    lab:run "quick"
    for _, wrong in ipairs { "--limit=0", "--limit=many", "--limit=1001", "--state=complete", "pin" } do
      assert.equal(2, desk:ask("runs", wrong).status, wrong)
    end
    assert.has_match("--state is running, completed, failed, canceled, unknown or parked, not \"complete\"",
      desk:ask("runs", "--state=complete").err, 1, true)
    for state in ("running completed failed canceled unknown parked"):gmatch "%a+" do
      assert.equal(0, desk:ask("runs", "--state", state).status, state)
    end
    local ended = desk:ask("runs", "--json", "--limit=x")
    assert.equal("usage", json.decode(ended.out).error.code)
  end)

  it("says that the store is empty", function()
    process.write(desk.store, "")
    local ended = desk:ask "runs"
    assert.equal(1, ended.status)
    assert.has_match("outdial.db is empty; outdial serve or outdial run brings it up to date\n", ended.err, 1, true)
    assert.equal(0, lab:run "quick".status)
    assert.equal(0, desk:ask "runs".status)
  end)

  it("says that there is no store", function()
    local ended = desk:ask "runs"
    assert.equal(1, ended.status)
    assert.has_match("cannot read the store .*outdial.db: No such file", ended.err)
    assert.is_nil(io.open(desk.store))
  end)
end)
