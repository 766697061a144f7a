local test = require "outdial.test"

local welcome = "Please enter your four digits service number and then press the pound key."
local again = "Your four digits service number is not valid. Please try again."
local connecting = "You will shortly be connected to the first available representative"

describe("pin", function()
  local function pin(callee, tries)
    return test.run("pin", { to = "+306900000001", pin = "1234", support = "+306900000009", tries = tries }, callee)
  end

  it("connects who keys the number, at the second try too", function()
    local run = pin "answers after 3 s, presses 9999#, waits 2 s, presses 1234#"
    assert.equal("completed", run.state)
    assert.same({ accepted = true }, run.result)
    assert.same({ welcome, again, connecting }, run.said)
    assert.same({ "9999", "1234" }, run.keyed)
    assert.same({ "+306900000009" }, run.dialled)
  end)

  it("takes keys that come slowly", function()
    local run = pin "answers, presses 12, waits 9 s, presses 34#"
    assert.same({ accepted = true }, run.result)
    assert.same({ "1234" }, run.keyed)
  end)

  it("says no after the last try, without connecting anybody", function()
    local run = pin("answers, presses 1#, presses 22#, presses 1234#", 2)
    assert.same({ accepted = false }, run.result)
    assert.same({ welcome, again, again }, run.said)
    assert.same({}, run.dialled)
  end)

  it("goes on to its end when nobody takes the call at support", function()
    local run = pin "answers, presses 1234#, support busy"
    assert.same({ accepted = true }, run.result)
    assert.equal("completed", run.calls[1].state)
  end)

  -- To Routee no keys at all are the end of the call.
  for what, callee in pairs { ["keys nothing"] = "answers, presses nothing",
    ["keys the pound key alone"] = "answers, presses #, presses 1234#",
    ["is slow to finish"] = "answers, presses 1234, waits 11 s, presses #",
    ["hangs up"] = "answers, waits 2 s, hangs up", ["is a machine"] = "voicemail" } do
    it("ends without a result when the one called " .. what, function()
      local run = pin(callee)
      assert.equal("completed", run.state)
      assert.is_nil(run.result)
      assert.same({ welcome }, run.said)
    end)
  end

  for callee, code in pairs { busy = "busy", ["no answer"] = "no_answer", rejects = "rejected" } do
    it(("fails with %s on %s"):format(code, callee), function()
      local run = pin(callee)
      assert.equal("failed", run.state)
      assert.equal(code, run.calls[1].state)
      assert.same({}, run.said)
    end)
  end
end)
