local host = require "spec.support.provider_host"
local json = require "spec.support.json"

local initial = "https://production.idresponse.com/process/comprehensive/gateway"
local continue = "https://production.idresponse.com/process/continue"
local token = "ssskwryi5u5t222kd3sqjey4axsnonl8"

local function result(action, detail, more)
  return host.merged({ result = { action = action, detail = detail, issues = json.array {} } }, more)
end

local function pending(template)
  return result("PENDING", "TRANSACTION REQUIRES FURTHER ATTENTION", {
    meta = { confirmation = 57984073, reference = "12345" },
    continuations = { outofband = { url = "/process/continue", template = template } },
  })
end

describe("veratad", function()
  local veratad

  before_each(function()
    veratad = host.load("veratad", { user = "me@example.com", pass = "secret" })
  end)

  local function place(more)
    return veratad:place(host.merged({ to = "+12015106000", message = "test.message" }, more))
  end

  describe("place", function()
    it("sends what the page asks for, the number in national form", function()
      veratad:answer(200, pending { token = token })
      place()
      local sent = veratad.sent[1]
      assert.equal("submit", sent.kind)
      assert.equal(initial, sent.url)
      assert.equal("application/json", sent.headers["content-type"])
      assert.same({
        user = "me@example.com",
        pass = "secret",
        service = "PhoneMatch5.0.Dialer",
        reference = host.id,
        options = { outofband = { message = "test.message" } },
        target = { phone = "2015106000" },
      }, sent.json)
      assert.is_nil(sent.headers.authorization)
    end)

    it("leaves out do_not_send_to_types unless line types are excluded", function()
      veratad:answer(200, pending { token = token })
      veratad:answer(200, pending { token = token })
      place { exclude = json.array {} }
      place { exclude = json.array { "mobile" } }
      assert.is_nil(veratad.sent[1].json.options.outofband.do_not_send_to_types)
      assert.same({ "mobile" }, veratad.sent[2].json.options.outofband.do_not_send_to_types)
    end)

    it("passes reference, test_key and rules on", function()
      veratad:answer(200, pending { token = token })
      place { keys = { reference = "R-7", test_key = "general_identity", rules = "strict" } }
      local body = veratad.sent[1].json
      assert.equal("R-7", body.reference)
      assert.equal("general_identity", body.target.test_key)
      assert.equal("strict", body.rules)
    end)

    it("refuses a value that is no text, as the page has them all, before anything is sent", function()
      for _, name in ipairs { "reference", "rules", "test_key" } do
        for _, value in ipairs { 12345, true, "", json.null, json.array {} } do
          local placed, err = place { keys = { [name] = value } }
          assert.is_nil(placed)
          assert.equal("no", err.sent)
          assert.equal(name .. " must be a text", err.message)
        end
      end
      assert.same({}, veratad.sent)
    end)

    for _, number in ipairs { "+442079460958", "+1201510600", "+120151060001", "2015106000" } do
      it("refuses " .. number .. " before anything is sent", function()
        local placed, err = place { to = number }
        assert.is_nil(placed)
        assert.equal("invalid_request", err.code)
        assert.equal("no", err.sent)
        assert.matches(number, err.message, 1, true)
        assert.same({}, veratad.sent)
      end)
    end

    it("refuses a call without a message before anything is sent", function()
      local placed, err = veratad:place { to = "+12015106000" }
      assert.is_nil(placed)
      assert.matches("needs a message", err.message)
      assert.same({}, veratad.sent)
    end)

    it("takes PENDING as accepted, not as delivered, and keeps the template", function()
      local template = { dialer = { ["return"] = "status" }, token = token, more = 1 }
      veratad:answer(200, pending(template))
      local placed = place()
      assert.equal("queued", placed.state)
      assert.equal("57984073", placed.reference)
      assert.same(template, json.decode(placed.cursor))
    end)

    it("takes PENDING with the status request's detail as well", function()
      veratad:answer(200, result("PENDING", "MORE INFORMATION IS REQUIRED",
        { continuations = { outofband = { template = { token = token } } } }))
      assert.equal("queued", place().state)
    end)

    it("takes PASS as delivered", function()
      veratad:answer(200, result("PASS", "ALL CHECKS PASSED"))
      assert.equal("completed", place().state)
    end)

    it("says that nobody knows when PENDING comes without a token", function()
      veratad:answer(200, result("PENDING", "TRANSACTION REQUIRES FURTHER ATTENTION",
        { continuations = json.null }))
      local placed, err = place()
      assert.is_nil(placed)
      assert.equal("maybe", err.sent)
    end)

    local reasons = {
      ["SUPPRESSED SENDING CODE"] = "suppressed_line_type",
      ["FAILED TO SEND TO NUMBER"] = "provider_error",
      ["DATA CHECK FAILED"] = "invalid_number",
      ["A DETAIL OF TOMORROW"] = "provider_error",
    }
    for detail, reason in pairs(reasons) do
      it("takes FAIL, " .. detail .. " as " .. reason .. " whatever the HTTP status", function()
        for _, status in ipairs { 200, 422, 500 } do
          veratad:answer(status, result("FAIL", detail))
          local placed = place()
          assert.equal("failed", placed.state)
          assert.equal(reason, placed.reason)
          assert.matches(detail, placed.message, 1, true)
          assert.equal(detail, placed.detail.said)
        end
      end)
    end

    it("takes an error object as a refusal", function()
      veratad:answer(200, { error = { code = 7, message = "Invalid service", detail = "" } })
      local placed = place()
      assert.equal("failed", placed.state)
      assert.equal("config", placed.reason)
      assert.matches("Invalid service", placed.message)
    end)

    it("takes an error with the HTTP status or the code 401 as wrong credentials", function()
      veratad:answer(200, { error = { code = 401, message = "user or pass is wrong" } })
      assert.equal("auth", place().reason)
      veratad:answer(401, { error = { code = 7, message = "user or pass is wrong" } })
      assert.equal("auth", place().reason)
    end)

    for status, reason in pairs { [300] = "config", [302] = "config", [400] = "invalid_request", [401] = "auth",
      [403] = "auth", [429] = "rate_limited" } do
      it(("takes HTTP %d without a result as a refusal, %s"):format(status, reason), function()
        veratad:answer(status, "<html>")
        local placed = place()
        assert.equal("failed", placed.state)
        assert.equal(reason, placed.reason)
      end)
    end

    for _, case in ipairs { { 200, "<html>" }, { 200, "" }, { 200, { result = json.null } },
      { 200, json.array {} }, { 500, "" }, { 503, "" }, { 200, result("MAYBE", "SO") },
      { 500, { error = { code = 500, message = "Internal error" } } } } do
      it(("says that nobody knows after HTTP %d and %s"):format(case[1], json.encode(case[2])), function()
        veratad:answer(case[1], case[2])
        local placed, err = place()
        assert.is_nil(placed)
        assert.equal("maybe", err.sent)
      end)
    end

    it("hands on how far a failed request came", function()
      for _, sent in ipairs { "no", "maybe" } do
        veratad:fail("timeout", sent)
        local placed, err = place()
        assert.is_nil(placed)
        assert.equal(sent, err.sent)
      end
    end)
  end)

  describe("status", function()
    it("resubmits the newest template word for word, without credentials", function()
      local template = '{"dialer":{"return":"status"},"token":"' .. token .. '","x":[]}'
      veratad:answer(200, result("PASS", "ALL CHECKS PASSED"))
      veratad:status { cursor = template }
      local sent = veratad.sent[1]
      assert.equal("http", sent.kind)
      assert.equal("POST", sent.method)
      assert.equal(continue, sent.url)
      assert.equal("application/json", sent.headers["content-type"])
      assert.equal(template, sent.body)
    end)

    it("takes the next token from each answer and keeps the last where none comes", function()
      veratad:answer(200, pending { token = "newer" })
      assert.same({ token = "newer" }, json.decode(veratad:status({ cursor = "old" }).cursor))
      veratad:answer(200, result("PENDING", "MORE INFORMATION IS REQUIRED"))
      assert.equal("old", veratad:status({ cursor = "old" }).cursor)
    end)

    it("makes the page's own body around a token that comes without a template", function()
      veratad:answer(200, result("PENDING", "MORE INFORMATION IS REQUIRED",
        { continuations = { outofband = { token = token } } }))
      assert.same({ dialer = { ["return"] = "status" }, token = token },
        json.decode(veratad:status({ cursor = "old" }).cursor))
    end)

    it("takes PENDING as in progress and PASS alone as delivered", function()
      veratad:answer(200, result("PENDING", "MORE INFORMATION IS REQUIRED"))
      assert.equal("in_progress", veratad:status({ cursor = "{}" }).state)
      veratad:answer(200, result("PASS", "ALL CHECKS PASSED"))
      assert.equal("completed", veratad:status({ cursor = "{}" }).state)
    end)

    it("takes FAIL as not delivered, even with HTTP 200", function()
      veratad:answer(200, result("FAIL", "MESSAGE COULD NOT BE DELIVERED"))
      local outcome = veratad:status { cursor = "{}" }
      assert.equal("failed", outcome.state)
      assert.equal("not_delivered", outcome.reason)
    end)

    for _, case in ipairs { { 500, "" }, { 200, "<html>" }, { 404, { error = { message = "no" } } },
      { 200, result("LATER", "?") } } do
      it(("ends nothing on HTTP %d and %s"):format(case[1], json.encode(case[2])), function()
        veratad:answer(case[1], case[2])
        local outcome, err = veratad:status { cursor = "{}" }
        assert.is_nil(outcome)
        assert.equal("provider_error", err.code)
      end)
    end

    it("ends nothing when no answer comes", function()
      veratad:fail("timeout", "maybe")
      local outcome, err = veratad:status { cursor = "{}" }
      assert.is_nil(outcome)
      assert.equal("timeout", err.code)
    end)
  end)

  it("takes exactly the page's ten kinds of audio", function()
    assert.same({
      "audio/mpeg", "audio/wav", "audio/wave", "audio/x-wav", "audio/aiff", "audio/x-aifc",
      "audio/x-aiff", "audio/x-gsm", "audio/gsm", "audio/ulaw",
    }, veratad.traits.accepts.audio)
  end)

  it("is never sent the same call twice by itself", function()
    assert.equal("none", veratad.traits.duplicate)
    assert.is_nil(veratad.traits.can.find)
  end)

  it("takes no plan, no window, no alternates and only its own values", function()
    local accepts = veratad.traits.accepts
    assert.is_true(accepts.message)
    assert.is_true(accepts.line_types)
    assert.is_nil(accepts.plan)
    assert.is_nil(accepts.window)
    assert.is_nil(accepts.alternates)
    assert.same({ "reference", "rules", "test_key" }, accepts.keys)
  end)
end)
