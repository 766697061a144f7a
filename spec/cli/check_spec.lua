local desk = require("spec.support.desk").new()
local json = require "spec.support.json"

describe("outdial check", function()
  teardown(function() desk:close() end)
  before_each(function() desk:reset() end)

  -- Checks a flow of these lines; the first is line 2.
  local function check(text)
    local path = desk:flow("flow", text)
    local ended = desk:command("check", path)
    ended.path = path
    return ended
  end

  local function assert_problem(ended, line, part)
    assert.equal(1, ended.status, ended.out .. ended.err)
    local start = ("%s:%d: "):format(ended.path, line)
    for problem in ended.out:gmatch "[^\n]+" do
      if problem:sub(1, #start) == start and problem:find(part, #start, true) then return end
    end
    error(("no problem at line %d with %q in\n%s"):format(line, part, ended.out), 2)
  end

  it("has nothing against the shipped scripts", function()
    local ended = desk:command "check"
    assert.equal(0, ended.status, ended.out .. ended.err)
    assert.has_match("6 scripts checked", ended.out)
  end)

  it("looks at files and folders it is given", function()
    local one, some = desk:command("check", "scripts/flows/pin.lua"), desk:command("check", "scripts/providers")
    assert.equal(0, one.status, one.out .. one.err)
    assert.has_match("1 script checked", one.out)
    assert.has_match("4 scripts checked", some.out)
  end)

  it("finds a syntax error", function()
    assert_problem(check "return outdial.flow {\n  summary = \"x\",\n  run = function( end,\n}", 4, "end")
  end)

  it("finds an unknown global, with the line that uses it", function()
    assert_problem(check [[
return outdial.flow {
  summary = "x",
  run = function()
    pritn "hello"
  end,
}]], 5, "pritn")
  end)

  it("finds an unknown option", function()
    assert_problem(check [[
return outdial.flow {
  summary = "x",
  run = function()
    local call = outdial.call { provider = "routee", to = "+306900000001" }
    local digits = call:collect { max_digit = 4 }
    return { digits = digits }
  end,
}]], 6, "max_digit")
  end)

  it("finds a flow without a summary", function()
    local ended = check "return outdial.flow { run = function() end }"
    assert.equal(1, ended.status, ended.out)
    assert.has_match("summary", ended.out)
  end)

  it("counts problems and the scripts that have them", function()
    desk:file("scripts_a.lua", "x = = 1")
    local ended = desk:command("check", desk.folder .. "/scripts_a.lua", "scripts/providers/veratad.lua")
    assert.equal(1, ended.status)
    assert.has_match("1 problem in 1 of 2 scripts", ended.out)
  end)

  it("runs nothing", function()
    local trace = desk.folder .. "/trace"
    check(("local f = io and io.open(%q, 'w') while true do end"):format(trace))
    assert.is_nil(io.open(trace))
  end)

  it("prints one object with --json", function()
    local path = desk:flow("flow", "return 1 +")
    local ended = desk:command("check", "--json", path)
    assert.equal(1, ended.status)
    local report = assert(json.decode(ended.out))
    assert.equal(1, report.checked)
    assert.equal(path, report.problems[1].path)
    assert.equal(2, report.problems[1].line)
    assert.equal(json.null, report.error)
  end)

  it("refuses a path that is not there", function()
    local ended = desk:command("check", "no/such/path.lua")
    assert.equal(2, ended.status)
    assert.has_match("no/such/path.lua", ended.err, 1, true)
    assert.equal("", ended.out)
  end)

  it("lets no script's name steer the terminal", function()
    local ended = desk:command("check", desk:file("a\27[2Jb.lua", "return 1 +"))
    assert.equal(1, ended.status)
    assert.is_nil(ended.out:find "\27")
  end)
end)
