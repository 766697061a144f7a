local lab = require("spec.support.lab").new()

describe("what a provider cannot do", function()
  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    for _, name in ipairs { "veratad", "sendservice", "phonon", "routee" } do
      lab:set(name .. ".url=" .. lab.line.url)
    end
    for _, setting in ipairs { "veratad.user=u", "veratad.pass=p", "sendservice.username=u", "sendservice.password=p",
      "sendservice.guid=00000000-0000-4000-8000-000000000001", "sendservice.caller_id=+359880000000",
      "phonon.security_id=" .. ("S"):rep(64), "phonon.flow_id=Fl0w1234", "routee.access_token=t" } do
      lab:set(setting)
    end
  end)

  -- Refused at the flow's line, naming those that can, and before anything was sent.
  local function assert_refused(call, what)
    lab:flow("ask", ("local call = outdial.call { to = '+12015106000', %s }\ncall:wait {} return true"):format(call))
    local ended = lab:run "ask"
    assert.is_true(ended.status == 1 or ended.status == 2, call)
    assert.equal("failed", ended.report.state)
    assert.equal("unsupported", ended.report.error.code)
    assert.has_match("ask.lua:2: " .. what, ended.report.error.message, 1, true)
    assert.same({}, ended.report.calls)
    assert.is_true(lab.line:is_quiet())
    assert.same({}, lab:query "SELECT * FROM call")
  end

  it("is a conversation, where it only plays recordings", function()
    for _, name in ipairs { "veratad", "sendservice", "phonon" } do
      for _, verbs in ipairs { "call:say 'Hello' call:wait {}", "call:collect {}" } do
        lab:flow("ask", ("local call = outdial.call { to = '+12015106000', provider = '%s' }\n%s"):format(name, verbs))
        local ended = lab:run "ask"
        assert.equal("unsupported", ended.report.error.code)
        local refusal = "ask.lua:3: %s cannot run a conversation (say, collect, dial …); these can: routee"
        assert.has_match(refusal:format(name), ended.report.error.message, 1, true)
        assert.is_true(lab.line:is_quiet())
      end
    end
  end)

  it("is a recording, where it only speaks", function()
    assert_refused("provider = 'routee', from = 'Us', message = 'hello'",
      "routee cannot deliver a recorded message; these can: phonon, sendservice, veratad")
  end)

  it("is to leave out line types", function()
    for _, name in ipairs { "sendservice", "phonon" } do
      assert_refused(("provider = '%s', message = 'm', exclude = { 'mobile' }"):format(name),
        name .. " cannot leave out line types (exclude); these can: veratad")
    end
  end)

  it("is to keep to a window", function()
    for _, key in ipairs { "start", "finish" } do
      assert_refused(("provider = 'veratad', message = 'm', %s = '2030-01-01T00:00:00Z'"):format(key),
        "veratad cannot keep to a window (start, finish); these can: ")
    end
  end)

  it("is to try one number after the other", function()
    assert_refused("provider = 'veratad', message = 'm', to = { '+12015106000', '+12015106001' }",
      "veratad cannot take alternate numbers; these can: ")
  end)

  it("is a key that it does not have", function()
    assert_refused("provider = 'veratad', message = 'm', keys = { refrence = 'x' }",
      "veratad has no key 'refrence'; it has reference, rules, test_key")
  end)

  it("is to say something in a recording", function()
    lab:flow("ask", [[
      local call = outdial.call { provider = "veratad", to = "+12015106000", message = "m" }
      call:say "Hello"
      call:wait {} return true]])
    local ended = lab:run "ask"
    assert.equal("unsupported", ended.report.error.code)
    assert.has_match("ask.lua:4: veratad cannot run a conversation", ended.report.error.message, 1, true)
    assert.is_true(lab.line:is_quiet())
  end)

  it("is everything, where there is no such provider", function()
    lab:flow("ask", "local call = outdial.call { provider = 'nobody', to = '+12015106000', message = 'm' } return call")
    local ended = lab:run "ask"
    assert.is_true(ended.status == 1 or ended.status == 2)
    for _, name in ipairs { "nobody", "phonon", "routee", "sendservice", "veratad" } do
      assert.has_match(name, ended.report.error.message, 1, true)
    end
  end)

  it("is not held against it when another provider's script is broken", function()
    lab:script("providers/broken", "return {")
    lab:script("providers/other", "while true do end")
    assert_refused("provider = 'sendservice', message = 'm', exclude = { 'mobile' }",
      "sendservice cannot leave out line types (exclude); these can: veratad")
  end)
end)
