local test = require "outdial.test"

describe("deliver", function()
  local function deliver(callee, more)
    local params = { to = "+12025550143", message = "reminder" }
    for name, value in pairs(more or {}) do params[name] = value end
    return test.run("deliver", params, callee)
  end

  it("delivers a message", function()
    local run = deliver "answers after 5 s"
    assert.equal("completed", run.state)
    assert.same({ delivered = true }, run.result)
    assert.equal("veratad", run.calls[1].provider)
  end)

  it("fails for the reason that the call had", function()
    local run = deliver "fails with not_delivered"
    assert.equal("failed", run.state)
    assert.equal("not_delivered", run.error.code)
  end)

  for callee, code in pairs { busy = "busy", ["no answer"] = "no_answer", rejects = "rejected" } do
    it(("fails with %s through Phonon on %s"):format(code, callee), function()
      local run = deliver(callee, { provider = "phonon", message = "Fl0w1234", to = "+918000000001" })
      assert.equal("failed", run.state)
      assert.equal(code, run.error.code)
    end)
  end

  it("gives up when the provider never says how it went", function()
    local run = deliver "no word"
    assert.equal("expired", run.error.code)
    assert.equal(900, run.seconds) -- Veratad's deadline
  end)

  it("returns as soon as the call is accepted, if that will do", function()
    local run = deliver("answers after 60 s", { wait = false })
    assert.same({ accepted = true }, run.result)
    assert.equal(0, run.seconds)
  end)

  it("refuses a recording that the provider could not play, and calls nobody", function()
    local run = deliver("answers", { audio = "scripts/flows/deliver.lua" })
    assert.equal("failed", run.state)
    assert.same({}, run.calls)
  end)

  it("is refused what the provider's script refuses", function()
    local run = deliver("answers", { to = "+306900000001" })
    assert.equal("failed", run.state)
    assert.matches("^invalid_", run.error.code)
  end)
end)
