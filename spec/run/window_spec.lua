local lab = require("spec.support.lab").new()

-- No provider says for how long it knows a create-call's bytes again, so they are sent a second time only for a while
-- after the first.
describe("the bytes of a create-call whose answer an engine did not live to see", function()
  local minute = 60 * 1000
  local served, run

  -- The provider's script asks for something before it places.
  local function asking_first(text)
    return (text:gsub('duplicate = "none"', 'duplicate = "checksum"'):gsub("return outcome%(outdial.submit",
      'outdial.http { method = "POST", url = settings.url .. "/token" }\n  %0'))
  end

  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:provider("tin", "reconcile = { first = 0.02, ceiling = 0.02, deadline = 0.5 }", asking_first)
    lab:flow("calls", "return outdial.call { provider = 'tin', to = '+306900000001', message = 'm' }:wait {}")
    served = lab:serve()
    run = lab:control():ask("POST", "/runs", { flow = "calls" }).json.run
    lab.line:take "/token":answer(200, {})
  end)

  -- The engine dies, time passes for what its call has of it (or goes back), and another one goes on.
  local function die(create, times)
    served:signal "KILL"
    served:wait()
    lab.running[served] = nil
    create:cut()
    assert(os.execute(("sqlite3 %s 'UPDATE call SET %s'"):format(lab.desk.store, times)))
    served = lab:serve()
  end

  local function until_state(state)
    local story
    repeat story = lab:control():ask("GET", "/runs/" .. run).json until story.state == state
  end

  local function assert_quiet()
    until_state "unknown"
    lab:shut(served)
    assert.is_true(lab.line:is_quiet())
  end

  it("are sent again", function()
    local create = lab.line:take "/calls"
    die(create, "submitted = submitted - 1")
    lab.line:take "/token":answer(200, {})
    local again = lab.line:take "/calls"
    assert.equal(create.body, again.body)
    again:answer(200, { state = "completed" })
    until_state "completed"
  end)

  it("are not when that was too long ago", function()
    die(lab.line:take "/calls", "not_after = submitted")
    assert_quiet()
  end)

  it("are not when it is too long ago by the time they could leave", function()
    die(lab.line:take "/calls", ("submitted = submitted - %d"):format(20 * minute))
    lab.line:take "/token":answer(200, {})
    assert_quiet()
  end)

  it("are not when a person has found meanwhile that it did not arrive", function()
    die(lab.line:take "/calls", "submitted = submitted - 1")
    local token = lab.line:take "/token"
    until_state "unknown"
    assert.equal(200, lab:control():ask("POST", "/runs/" .. run .. "/resolve", { placed = false }).status)
    until_state "completed"
    token:answer(200, {})
    lab:shut(served)
    assert.is_true(lab.line:is_quiet())
  end)

  it("are not when the clock has been set back, so that nobody knows how long ago it was", function()
    local later = ("submitted = submitted + %d, not_after = not_after + %d"):format(20 * minute, 20 * minute)
    die(lab.line:take "/calls", later)
    assert_quiet()
  end)
end)
