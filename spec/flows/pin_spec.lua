local json = require "spec.support.json"
local desk = require("spec.support.desk").new()

local person, support = "+306900000001", "+306900000009"

describe("the flow pin", function()
  local routee

  teardown(function() desk:close() end)
  before_each(function()
    routee = desk:double "routee"
    desk:reset()
  end)

  local function pin(...)
    return desk:report("pin", "to=" .. person, "pin=4711", "support=" .. support, ...)
  end

  -- The caller keys these, one entry for each question.
  local function caller_keys(...)
    routee:behave { callee = { keys = json.array { ... } } }
  end

  local function ends(ended, result, state)
    assert.equal(0, ended.status, ended.err)
    assert.equal("completed", ended.report.state)
    assert.same(result, ended.report.result)
    assert.equal(state or "completed", ended.report.calls[1].state)
  end

  -- What the double had to refuse, of requests and of our answers to its webhooks.
  local function refusals()
    local record, list = routee:record(), {}
    for _, entries in ipairs { record.requests, record.webhooks } do
      for _, entry in ipairs(entries) do
        if entry.refused ~= json.null then list[#list + 1] = entry.refused end
      end
    end
    return list
  end

  local function creates()
    local list = {}
    for _, request in ipairs(routee:record().requests) do
      if request.path == "/voice/conversation" then list[#list + 1] = request end
    end
    return list
  end

  local function types(plan)
    local list = {}
    for i, verb in ipairs(plan) do list[i] = verb.type end
    return table.concat(list, " ")
  end

  it("connects a caller who first keys a wrong number and then the right one", function()
    caller_keys("9999#", "4711#")
    local ended = pin()
    ends(ended, { accepted = true })
    local call = routee:record().calls[1]
    assert.equal(call.ids.trackingId, ended.report.calls[1].reference)
    assert.equal(json.null, call.dead)
    assert.same({ "SAY COLLECT PAUSE", "SAY COLLECT PAUSE", "SAY DIAL" },
      { types(call.plans[1]), types(call.plans[2]), types(call.plans[3]) })
    assert.equal("Please enter your four digits service number and then press the pound key.",
      call.plans[1][1].message.text)
    assert.equal("Your four digits service number is not valid. Please try again.",
      call.plans[2][1].message.text)
    assert.equal("You will shortly be connected to the first available representative",
      call.plans[3][1].message.text)
    assert.same({ phone = support }, call.plans[3][2].to)
    assert.equal(support, call.legs[2].to)
    assert.equal("Completed", call.legs[2].state)
    assert.same({}, refusals())
  end)

  it("places the call as the page has it, its answers in time and without dialPlan", function()
    caller_keys "4711#"
    pin "from=+302100000000"
    local body = json.decode(creates()[1].body)
    assert.same({ phone = person }, body.to)
    assert.equal("+302100000000", body.from)
    local collect = body.dialPlan.verbs[2]
    assert.equal(4, collect.maxDigits)
    assert.is_true(collect.submitOnHash)
    assert.equal("OnChange", body.callback.strategy)
    assert.equal(body.callback.url .. "?turn=1", collect.eventUrl)
    for _, webhook in ipairs(routee:record().webhooks) do
      assert.equal(200, webhook.status)
      assert.is_true(webhook.took < 3)
    end
  end)

  it("says no after the last try, without connecting anybody", function()
    caller_keys("1#", "22#", "333#")
    ends(pin "tries=2", { accepted = false })
    local call = routee:record().calls[1]
    assert.equal(3, #call.plans)
    assert.equal("SAY", types(call.plans[3]))
    assert.equal(1, #call.legs)
    assert.same({}, refusals())
  end)

  for _, way in ipairs { "comma", "plain", "hash" } do
    it("reads tones that are written as " .. way, function()
      routee:behave { tones = way }
      caller_keys "4711#"
      ends(pin(), { accepted = true })
    end)
  end

  it("keeps leading zeros and stars of what is keyed", function()
    caller_keys("0471#", "*471#", "0042#")
    local ended = desk:report("pin", "to=" .. person, "pin=0042", "support=" .. support)
    ends(ended, { accepted = true })
  end)

  it("ends without a result when the caller keys nothing, or hangs up", function()
    caller_keys(json.null)
    ends(pin(), json.null)
    assert.equal(1, #routee:record().calls[1].plans)
    desk:reset()
    routee:behave { callee = { keys = json.array { "9999#", "4711#" }, hangup_after = 8 } }
    ends(pin(), json.null)
  end)

  it("asks nobody for a number who isn't there", function()
    for knob, state in pairs { busy = "busy", no_answer = "no_answer" } do
      desk:reset()
      routee:behave { callee = { [knob] = true } }
      local ended = pin()
      assert.equal(state, ended.report.calls[1].state)
      assert.equal(0, #routee:record().calls[1].plans)
    end
  end)

  it("takes every webhook twice and in any order for what it is", function()
    caller_keys("9999#", "4711#")
    routee:behave { webhooks = json.array {
      { on = "collect", twice = true, times = 3 }, { on = "status", twice = true, reorder = true, times = 20 },
    } }
    ends(pin(), { accepted = true })
    assert.equal(3, #routee:record().calls[1].plans)
  end)

  it("takes callbacks that are here before the answer to its request", function()
    caller_keys "4711#"
    routee:behave { faults = json.array { { on = "create", delay = 0.2 } } }
    ends(pin(), { accepted = true })
    assert.equal(1, #creates())
  end)

  for _, status in ipairs { 401, 403 } do
    it(("gets one new token on HTTP %d and places one call"):format(status), function()
      caller_keys "4711#"
      routee:behave { faults = json.array { { on = "create", status = status } } }
      ends(pin(), { accepted = true })
      assert.equal(2, #creates())
      assert.not_equal(creates()[1].headers.authorization, creates()[2].headers.authorization)
      assert.equal(1, #routee:record().calls)
    end)

    it(("gives up after HTTP %d a second time"):format(status), function()
      routee:behave { faults = json.array { { on = "create", status = status, times = 3 } } }
      local ended = pin()
      assert.equal("failed", ended.report.calls[1].state)
      assert.equal("auth", ended.report.calls[1].reason)
      assert.equal(2, #creates())
      assert.equal(0, #routee:record().calls)
    end)
  end

  it("finds its call at Routee when the answer was lost, and goes on with it", function()
    caller_keys "4711#"
    routee:behave { faults = json.array { { on = "create", cut = "after" } } }
    ends(pin(), { accepted = true })
    assert.equal(1, #creates())
  end)

  for _, provider in ipairs { "veratad", "sendservice", "phonon" } do
    it("is refused by " .. provider .. " before anything is sent, with who can do it", function()
      local double = desk:double(provider)
      local ended = pin("provider=" .. provider, "from=+306900000005")
      assert.not_equal(0, ended.status)
      assert.matches(provider .. " cannot run a conversation", ended.report.error.message, 1, true)
      assert.matches("routee", ended.report.error.message)
      assert.equal(0, #double:record().requests)
      assert.equal(0, #routee:record().requests)
    end)
  end
end)
