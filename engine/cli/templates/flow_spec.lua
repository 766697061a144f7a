-- What NAME does, with somebody who is not there: `outdial test` says how the one called behaves.
local test = require "outdial.test"

describe("NAME", function()
  local function call(callee)
    return test.run("NAME", { to = "+12025550143", day = "Friday" }, callee)
  end

  it("takes one for yes", function()
    local run = call "answers after 3 s, presses 1#"
    assert.equal("completed", run.state)
    assert.same({ confirmed = true }, run.result)
    assert.equal("You have an appointment on Friday.", run.said[1])
  end)

  it("takes two for no", function()
    assert.same({ confirmed = false }, call "answers, presses 2#".result)
  end)

  it("asks again after a wrong key", function()
    assert.same({ confirmed = true }, call "answers, presses 7#, presses 1#".result)
  end)

  it("fails when neither was keyed", function()
    local run = call "answers, presses 7#, presses 8#"
    assert.equal("failed", run.state)
    assert.equal("no_choice", run.error.code)
  end)

  it("ends when the one called hangs up", function()
    assert.is_nil(call "answers, waits 2 s, hangs up".result)
  end)

  for callee, state in pairs { busy = "busy", ["no answer"] = "no_answer", rejects = "rejected" } do
    it("ends without a word on " .. callee, function()
      local run = call(callee)
      assert.equal(state, run.calls[1].state)
      assert.same({}, run.said)
    end)
  end
end)
