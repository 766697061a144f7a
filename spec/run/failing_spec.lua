local control = require "spec.support.control"
local json = require "spec.support.json"
local survivor = require "spec.support.survivor"

-- Each of the commits on a run's way fails once, alone and with the one behind it. Who asked for the run asks again
-- under the same key until it is accepted, and so does the provider with its webhooks: there must be one run, whole,
-- and one call.
describe("a disk that fails for a moment", function()
  if not survivor.possible() then return pending "needs a build with fault points" end

  local self = survivor.new()
  local person, support = "+306900000001", "+306900000009"
  local double

  teardown(function() self:close() end)

  local function prepare()
    double = self.desk:double "routee"
    self:reset()
    double:behave { callee = { keys = json.array { "9999#", "4711#" } }, per_second = 0, answer_within = 30,
      webhook_tries = 200 }
  end

  -- What cannot be read now is read again.
  local function ask(api, ...)
    local answer
    repeat answer = api:ask(...) until answer.status ~= 503
    return answer
  end

  -- A run from being asked for to its end, in an engine with this fault.
  local function live(fault)
    local engine = self:serve(fault)
    engine:await "webhooks are taken"
    local api = control.at(self.desk.store .. ".control")
    local asked = { flow = "pin", params = { to = person, pin = "4711", support = support } }
    local started = ask(api, "POST", "/runs", asked, { ["Idempotency-Key"] = "key" })
    local story
    repeat
      story = ask(api, "GET", "/runs/" .. started.json.run)
      assert.equal(200, story.status)
    until story.json.state ~= "running"
    engine:stop()
    return story.json
  end

  local function assert_lives(fault)
    prepare()
    local story = live(fault)
    assert.equal("completed", story.state)
    assert.same({ accepted = true }, story.result)
    assert.same({ { id = story.run } }, self:query "SELECT id FROM run")
    assert.same({ { holes = 0 } }, self:query "SELECT max(seq) - count(result) AS holes FROM op")
    assert.equal(1, #double:record().calls)
  end

  it("does no harm to a run", function()
    prepare()
    local commits
    for _, point in ipairs(self:passages(live)) do
      if point.name == "disk" then commits = point.count end
    end
    assert.is_true(commits > 5)
    for commit = 1, commits do
      for _, fault in ipairs { "disk:" .. commit, ("disk:%d-%d"):format(commit, commit + 1) } do
        local fine, problem = pcall(assert_lives, fault)
        local sentence = tostring(problem and problem.message or problem)
        if not fine then error(("failed at %s: %s"):format(fault, sentence), 0) end
      end
    end
  end)
end)
