local http = require "spec.support.http"
local lab = require("spec.support.lab").new()

-- One of many fetches what all of them need; who is given up meanwhile must not leave the others waiting.
describe("outdial.single", function()
  local served, api

  -- Every request of the provider's takes a token first, and says which.
  local function with_token(text)
    return (text:gsub("local function place.-\nend\n", [[
local function token(settings)
  return outdial.single("token", function()
    local answer, err = outdial.http { method = "POST", url = settings.url .. "/token" }
    return answer and answer.json.token, err
  end)
end

local function place(request, settings)
  local held, err = token(settings)
  if not held then return nil, err end
  request.token = held
  return outcome(outdial.submit { url = settings.url .. "/calls", body = request })
end
]]):gsub("return function%(call, settings%)\n", "%0    local held = token(settings)\n    call.token = held\n"))
  end

  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:provider("tin", "status = status, poll = { first = 0.02, ceiling = 0.02, deadline = 60 }", with_token)
    lab:flow("calls", "return outdial.call { provider = 'tin', to = '+306900000001', message = 'm' }:wait {}")
    served = lab:serve()
    api = lab:control()
  end)

  local function start()
    return api:ask("POST", "/runs", { flow = "calls" }).json.run
  end

  local function until_state(run, state)
    repeat until api:ask("GET", "/runs/" .. run).json.state == state
  end

  local function finish(create)
    assert.equal(200, http.send("POST", create.json.hook, { kind = "status", id = "end", state = "completed" }).status)
  end

  -- A call that is asked about, and the token request of the one who asks.
  local function ask_about_a_call()
    local run = start()
    lab.line:take "/token":answer(200, { token = "first" })
    local create = lab.line:take "/calls"
    create:answer(200, { state = "queued" })
    return run, create, lab.line:take "/token"
  end

  local function assert_placed(run, token)
    local create = lab.line:take "/calls"
    assert.equal(token, create.json.token)
    create:answer(200, { state = "completed" })
    until_state(run, "completed")
  end

  it("gives all who ask meanwhile what one of them got", function()
    local first, create, token = ask_about_a_call()
    local second = start()
    local third = start()
    repeat until api:ask("GET", "/runs/" .. third).json.calls[1]
    token:answer(200, { token = "shared" })
    for _ = 1, 3 do
      local request = lab.line:take()
      assert.equal("shared", request.json.token)
      request:answer(200, { state = "completed" })
    end
    for _, run in ipairs { first, second, third } do until_state(run, "completed") end
    assert.is_string(create.json.hook)
  end)

  it("lets the next one in when the one inside was given up", function()
    local first, create, token = ask_about_a_call()
    finish(create)
    until_state(first, "completed")
    token:cut()
    local second = start()
    lab.line:take "/token":answer(200, { token = "another" })
    assert_placed(second, "another")
  end)

  it("lets one of those in who waited for one that was given up", function()
    local first, create, token = ask_about_a_call()
    local second = start()
    repeat until api:ask("GET", "/runs/" .. second).json.calls[1]
    finish(create)
    until_state(first, "completed")
    token:cut()
    lab.line:take "/token":answer(200, { token = "another" })
    assert_placed(second, "another")
  end)

  it("lets one in whose turn came when the one inside was canceled", function()
    local first = start()
    local token = lab.line:take "/token"
    local second = start()
    assert.equal(200, api:ask("POST", "/runs/" .. first .. "/cancel").status)
    until_state(first, "canceled")
    token:cut()
    lab.line:take "/token":answer(200, { token = "another" })
    assert_placed(second, "another")
    lab:shut(served)
    assert.is_true(lab.line:is_quiet())
  end)
end)
