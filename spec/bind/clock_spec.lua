local json = require "spec.support.json"
local socket = require "socket"
local lab = require("spec.support.lab").new()

describe("a flow's clock", function()
  teardown(function() lab:close() end)
  before_each(function() lab:reset() end)

  local function run(lines)
    lab:flow("clock", lines)
    local ended = lab:run "clock"
    assert.equal(0, ended.status, ended.out .. ended.err)
    return ended.report.result
  end

  it("tells milliseconds since 1970, and the journal what it told", function()
    local before = socket.gettime() * 1000
    local now = run "return { type = math.type(outdial.now()), now = outdial.now() }"
    assert.equal("integer", now.type)
    assert.is_true(now.now >= before // 1 and now.now <= socket.gettime() * 1000)
    assert.equal(json.encode { now.now }, lab:query("SELECT result FROM op WHERE seq = 2")[1].result)
  end)

  it("sleeps for some seconds, or until a moment", function()
    local slept = run [[
      local times = { outdial.now() }
      outdial.sleep(0.2)
      times[2] = outdial.now()
      outdial.sleep { seconds = 0.1 }
      times[3] = outdial.now()
      outdial.sleep { at = times[3] + 150 }
      times[4] = outdial.now()
      return { times[2] - times[1], times[3] - times[2], times[4] - times[3] }
    ]]
    for i, least in ipairs { 200, 100, 150 } do assert.is_true(slept[i] >= least - 1, slept[i]) end
  end)

  it("does not sleep until what is past, nor for no time at all", function()
    local lasted = run [[
      local before = outdial.now()
      outdial.sleep(0)
      outdial.sleep { at = before - 3600000 }
      outdial.sleep { at = math.mininteger }
      outdial.sleep(1e-300)
      return outdial.now() - before]]
    assert.is_true(lasted < 5000, lasted)
  end)

  it("sleeps for as long as there is", function()
    for _, given in ipairs { "1e300", "{ at = math.maxinteger }", "{ seconds = math.maxinteger }" } do
      lab:flow("clock", "outdial.sleep(" .. given .. ")")
      local run_of_it = lab:start "clock"
      repeat until lab.desk and io.open(lab.desk.store) and #lab:query "SELECT name FROM sqlite_schema" > 0
        and #lab:query "SELECT * FROM op WHERE op = 'sleep'" == 1
      run_of_it:signal "INT"
      assert.equal(3, lab:wait(run_of_it).status, given)
      lab:reset()
    end
  end)

  it("is not turned by what is no time", function()
    for _, given in ipairs { "-1", "0/0", "'1'", "nil", "{}", "{ seconds = 1, at = 1 }", "{ at = 1.5 }", "1/0" } do
      lab:flow("clock", "\noutdial.sleep(" .. given .. ")")
      local ended = lab:run "clock"
      assert.equal(1, ended.status, given)
      assert.has_match("clock%.lua:3: ", ended.report.error.message)
    end
  end)
end)
