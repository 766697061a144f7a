local json = require "spec.support.json"
local lab = require("spec.support.lab").new()
local process = require "spec.support.process"
local desk = lab.desk

describe("outdial check --against", function()
  local path

  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    desk.env.LC_ALL = "C.UTF-8"
    path = desk.scripts .. "/flows/greets.lua"
  end)

  local params = [[params = {
    name = { type = "string", default = "Ann" },
    loud = { type = "boolean", default = false },
  }]]
  local greets = [[
    outdial.log("Hello " .. p.name)
    if p.loud then outdial.log "LOUD" end
    return { greeted = true }]]

  local function run(...)
    local ended = desk:report("greets", ...)
    assert.equal(0, ended.status)
    return ended.report.run
  end

  local function check(...)
    return desk:ask("check", path, "--against", ...)
  end

  local function object(...)
    local ended = check(...)
    return assert(json.decode(desk:ask("check", "--json", path, "--against", ...).out)), ended.status
  end

  it("says that an edit changes nothing", function()
    lab:flow("greets", greets, params)
    for _ = 1, 3 do run() end
    local ended = check "100"
    assert.equal(0, ended.status, ended.err)
    assert.equal(path .. " against the last 3 runs of greets\n  ✓    3  the same\n", ended.out)
  end)

  it("groups the runs by where they first differ", function()
    lab:flow("greets", greets, params)
    local quiet = { run(), run(), run() }
    local loud = run "loud=true"
    lab:flow("greets", (greets:gsub("LOUD", "VERY LOUD")), params)
    local ended = check "100"
    assert.equal(1, ended.status)
    assert.has_match("  ✓    3  the same\n  ✗    1  differ\n" ..
      " +1  greets.lua:3, now greets.lua:3, log: the logged text\n" ..
      ' +the logged text was "LOUD" and is now "VERY LOUD"\n' ..
      " +" .. loud .. "; outdial replay " .. loud .. " %-%-with " .. path:gsub("%p", "%%%0") .. "\n$", ended.out)

    lab:flow("greets", (greets:gsub("Hello", "Good day")), params)
    local told, status = object "100"
    assert.equal(1, status)
    assert.same({ "greets", 0, 4, 0 }, { told.flow, told.same, told.differ, told.skipped })
    assert.equal(1, #told.differences)
    local group = told.differences[1]
    assert.same({ "text", "the logged text", "greets.lua:2", "greets.lua:2" },
      { group.kind, group.what, group.recorded, group.replayed })
    assert.same({ loud, quiet[3], quiet[2], quiet[1] }, group.runs)
  end)

  it("takes as many runs as were asked for, the newest", function()
    lab:flow("greets", greets, params)
    for _ = 1, 3 do run "loud=true" end
    run()
    lab:flow("greets", (greets:gsub("LOUD", "VERY LOUD")), params)
    assert.equal(0, check("1").status)
    assert.equal(1, object("2").differ)
    assert.equal(3, object("1000").differ)
  end)

  it("says which could not be compared, and why", function()
    lab:flow("greets", greets, params)
    local one, other = run(), run "name=Eve"
    lab:flow("greets", 'outdial.log("Hello " .. p.name) return { greeted = true }',
      'params = { name = { type = "string", required = true, help = "whom" } }')
    local told, status = object "10"
    assert.equal(0, status)
    assert.same({ 1, 0, 1 }, { told.same, told.differ, told.skipped })
    assert.same({ { message = "it would not start with the run's parameters: missing: name (whom)", runs = { one } } },
      told.reasons)
    process.run { "sqlite3", desk.store, ("UPDATE op SET digest = 'another' WHERE run = '%s'"):format(other) }
    local ended = check "10"
    assert.has_match("?    2  could not be compared\n", ended.out, 1, true)
    assert.has_match("1  its own script does not do again what it did\n", ended.out, 1, true)
  end)

  it("compares runs that have not ended as far as they have come", function()
    lab:flow("greets", "outdial.log 'x' outdial.sleep(3600)")
    local running = lab:start "greets"
    repeat until process.run({ "sqlite3", "-readonly", desk.store,
      "SELECT 1 FROM op WHERE op = 'sleep'" }).out == "1\n"
    assert.has_match("✓    1  the same, 1 of them as far as they have come\n", check("10").out, 1, true)
    running:signal "TERM"
  end)

  it("looks at the script first", function()
    lab:flow("greets", greets, params)
    run()
    lab:flow("greets", "outdial.log(nothing)")
    local ended = check "10"
    assert.equal(1, ended.status)
    assert.has_match("there is no global 'nothing'", ended.out)
    assert.is_nil(ended.out:find "against")
  end)

  it("says that there is nothing to compare with", function()
    lab:flow("greets", greets, params)
    desk:report("greets")
    os.execute(("cp %s %s/flows/fresh.lua"):format(path, desk.scripts))
    path = desk.scripts .. "/flows/fresh.lua"
    local ended = check "10"
    assert.equal(0, ended.status)
    assert.equal(path .. " against no run: this store has none of fresh. It is the file's name that says which "
      .. "flow's runs are meant: a copy must be called as the flow is, in another folder\n", ended.out)
  end)

  it("compares a copy that is called as the flow is", function()
    lab:flow("greets", greets, params)
    run()
    os.execute(("mkdir -p %s/mine && cp %s %s/mine"):format(desk.folder, path, desk.folder))
    path = desk.folder .. "/mine/greets.lua"
    assert.equal(path .. " against the last 1 run of greets\n  ✓    1  the same\n", check("10").out)
  end)

  it("refuses what it cannot do", function()
    lab:flow("greets", greets, params)
    for _, count in ipairs { "0", "1001", "many", "10x" } do
      local ended = check(count)
      assert.equal(2, ended.status)
      assert.has_match("--against is a number of runs from 1 to 1000", ended.err, 1, true)
    end
    local ended = desk:ask("check", "--against", "10")
    assert.equal(2, ended.status)
    assert.has_match("--against takes one flow: the path of its script", ended.err, 1, true)
    ended = check "10" -- no store yet
    assert.equal(1, ended.status)
    assert.has_match("cannot read the store", ended.err, 1, true)
  end)
end)
