local host = require "spec.support.provider_host"
local json = require "spec.support.json"
local merged = host.merged

local security_id = ("S3cur1ty"):rep(8)
local uuid = "501c78ee-8d06-498e-8952-fce3495f326b"

local function coded(code, more)
  return merged({ ["api-response-code"] = code, ["api-response-message"] = "Message " .. code }, more)
end

local function entry(id)
  return { ["client-identifier"] = id, ["phonon-uuid"] = uuid }
end

local function success(...)
  return coded(200, { ["request-id"] = "c46e46f4", ["call-details"] = json.array { ... } })
end

describe("phonon", function()
  local phonon

  local function load_with(more)
    return host.load("phonon", merged({ security_id = security_id, flow_id = "Fl0w1234" }, more))
  end

  before_each(function() phonon = load_with() end)

  local function place(more)
    return phonon:place(merged({ to = "+918000123456" }, more))
  end

  local function sent_call(more)
    phonon:answer(200, success(entry(host.id)))
    place(more)
    return phonon.sent[#phonon.sent].json.calls[1]
  end

  local function refuses(more, pattern)
    local placed, err = place(more)
    assert.is_nil(placed)
    assert.equal("invalid_request", err.code)
    assert.equal("no", err.sent)
    assert.matches(pattern, err.message)
    assert.same({}, phonon.sent)
  end

  describe("place", function()
    it("sends the page's dashed keys", function()
      phonon:answer(200, success(entry(host.id)))
      place { keys = { Name = "Ankit Parihar" } }
      local sent = phonon.sent[1]
      assert.equal("submit", sent.kind)
      assert.equal("https://central.phonon.in/kairos-apis/outbounddialer/create", sent.url)
      assert.equal("application/json", sent.headers["content-type"])
      assert.is_nil(sent.headers.authorization)
      assert.same({
        ["api-version"] = "1.0",
        ["security-id"] = security_id,
        ["flow-id"] = "Fl0w1234",
        calls = { {
          ["client-identifier"] = host.id,
          ["start-time"] = "2026-01-21T17:30:00.000Z+05:30",
          ["contact-numbers"] = { "918000123456" },
          keys = {
            { name = "$flow.key.Name", value = "Ankit Parihar" },
            { name = "$flow.key.attempt_id", value = host.id },
          },
        } },
      }, sent.json)
    end)

    it("makes the same bytes of the same call every time", function()
      local bodies = {}
      for i = 1, 2 do
        phonon = load_with()
        sent_call { keys = { b = 1, a = 2, d = 3, c = 4, e = 5, f = 6 } }
        bodies[i] = phonon.sent[1].body
      end
      assert.equal(bodies[1], bodies[2])
    end)

    it("makes other bytes of another attempt at the same second", function()
      sent_call()
      sent_call { id = "another-attempt" }
      assert.not_equal(phonon.sent[1].body, phonon.sent[2].body)
    end)

    it("gives alternate numbers to Phonon to try, in their order", function()
      local call = sent_call { to = json.array { "+918000000001", "+918100000001" } }
      assert.same({ "918000000001", "918100000001" }, call["contact-numbers"])
    end)

    it("adds the prefix of variables once, and sends their values as text", function()
      local call = sent_call { keys = { ["$flow.key.Name"] = "Ada", Amount = 12, Rate = 1.5, Paid = false } }
      assert.same({
        { name = "$flow.key.Amount", value = "12" },
        { name = "$flow.key.Name", value = "Ada" },
        { name = "$flow.key.Paid", value = "false" },
        { name = "$flow.key.Rate", value = "1.5" },
        { name = "$flow.key.attempt_id", value = host.id },
      }, call.keys)
    end)

    it("refuses a variable that is given twice, is ours, or has no value to send", function()
      refuses({ keys = { Name = "a", ["$flow.key.Name"] = "b" } }, "Name' is given twice")
      refuses({ keys = { attempt_id = "mine" } }, "attempt_id' is given twice")
      refuses({ keys = { Name = json.null } }, "'Name' must be a text")
      refuses({ keys = { Name = {} } }, "'Name' must be a text")
    end)

    it("takes the message for the flow-id, or else the setting", function()
      sent_call { message = "abcd1234" }
      assert.equal("abcd1234", phonon.sent[1].json["flow-id"])
      for _, wrong in ipairs { "abcd123", "abcd12345", "abcd-234" } do
        phonon = load_with()
        refuses({ message = wrong }, "flow%-id of 8")
      end
      phonon = host.load("phonon", { security_id = security_id })
      refuses({}, "flow%-id of 8")
    end)

    it("sends the version that the settings name", function()
      phonon = load_with { api_version = "TEST" }
      sent_call()
      assert.equal("TEST", phonon.sent[1].json["api-version"])
    end)

    it("says an instant by the clock of India, whatever its own offset", function()
      for given, wanted in pairs {
        ["2026-01-22T09:00:00+05:30"] = "2026-01-22T09:00:00.000Z+05:30",
        ["2026-01-22T09:00:00.25Z+05:30"] = "2026-01-22T09:00:00.250Z+05:30",
        ["2026-01-22T09:00:00Z"] = "2026-01-22T14:30:00.000Z+05:30",
        ["2026-01-22T20:00:00-05:00"] = "2026-01-23T06:30:00.000Z+05:30",
      } do
        assert.equal(wanted, sent_call({ start = given })["start-time"])
      end
    end)

    it("takes a past time of today, and refuses a past day", function()
      assert.equal("2026-01-21T00:00:00.000Z+05:30",
        sent_call({ start = "2026-01-21T00:00:00+05:30" })["start-time"])
      phonon = load_with()
      refuses({ start = "2026-01-20T23:59:59+05:30" }, "a day that is over in India")
      refuses({ start = "soon" }, "start: 'soon' is not a time")
    end)

    it("counts today by India's midnight, not by UTC's", function()
      phonon.now = host.noon + 7 * 60 * 60 * 1000 -- 19:00 UTC on the 21st, 00:30 in India on the 22nd
      assert.equal("2026-01-22T00:30:00.000Z+05:30", sent_call()["start-time"])
      phonon.sent = {}
      refuses({ start = "2026-01-21T12:00:00Z" }, "a day that is over in India")
    end)

    it("refuses a finish, which Phonon has no field for", function()
      refuses({ finish = "2026-01-22T09:00:00Z" }, "no finish")
    end)

    it("refuses a request of more than 256 KB", function()
      refuses({ keys = { Text = ("x"):rep(256 * 1024) } }, "Phonon takes 262144")
    end)

    it("takes 200 as accepted, with Phonon's id of our call", function()
      phonon:answer(200, success({ ["client-identifier"] = "another", ["phonon-uuid"] = "other" }, entry(host.id)))
      local placed = place()
      assert.equal("queued", placed.state)
      assert.equal(uuid, placed.reference)
      assert.equal("c46e46f4", placed.detail.request_id)
      assert.is_nil(placed.detail.unconfirmed)
    end)

    it("takes a repeated checksum as placed before, yet to be confirmed by its push", function()
      phonon:answer(200, coded(201))
      local placed = place()
      assert.equal("queued", placed.state)
      assert.is_nil(placed.reference)
      assert.is_true(placed.detail.unconfirmed)
    end)

    it("takes partial success by whether our call is listed", function()
      phonon:answer(200, coded(209, { ["call-details"] = json.array { entry(host.id) } }))
      assert.equal("queued", place().state)
      phonon:answer(200, coded(209, { ["call-details"] = json.array { entry "another" } }))
      local placed = place()
      assert.equal("failed", placed.state)
      assert.equal("provider_error", placed.reason)
    end)

    for _, code in ipairs { 206, 500 } do
      it("says that nobody knows after " .. code .. " whatever the HTTP status", function()
        for _, status in ipairs { 200, 400, 500 } do
          phonon:answer(status, coded(code))
          local placed, err = place()
          assert.is_nil(placed)
          assert.equal("maybe", err.sent)
          assert.equal(("Phonon: %d Message %d"):format(code, code), err.message)
        end
      end)
    end

    it("names a code where Phonon doesn't", function()
      local names = {}
      for code = 200, 500 do
        phonon:answer(200, { ["api-response-code"] = code })
        local placed, err = place()
        local name = placed and placed.detail.said or err.message:match "^Phonon: %d+ (.+)"
        if name then names[#names + 1] = name end
      end
      assert.equal([[SUCCESS CHECKSUM_REPEATED INVALID_SECURITY_ID INVALID_API_VERSION INVALID_GATEWAY_ID ]]
        .. [[INVALID_CONTACT_NUMBER FAILURE_FROM_GATEWAY DID_NOT_MAPPED NO_MASK_AVAILABLE PARTIAL_SUCCESS ]]
        .. [[INVALID_MANDATORY_PARAMETERS VALIDITY_EXPIRED INSUFFICIENT_BALANCE NO_DATA_AVAILABLE ]]
        .. [[INVALID_FLOW_ID EMPTY_CALL_LIST MAX_DATA_LIST_SIZE_EXCEEDED INVALID_FLOW_VERSION ]]
        .. [[INVALID_FORMAT IP_NOT_WHITELISTED PHONE_NOT_WHITELISTED FAILURE]], table.concat(names, " "))
    end)

    local refusals = {
      [202] = "auth", [203] = "config", [204] = "config", [205] = "invalid_number",
      [207] = "config", [208] = "capacity", [210] = "invalid_request", [211] = "expired",
      [212] = "insufficient_funds", [213] = "invalid_request", [301] = "config",
      [302] = "invalid_request", [303] = "invalid_request", [304] = "config",
      [400] = "invalid_request", [401] = "auth", [402] = "config",
    }
    for code, reason in pairs(refusals) do
      it(("takes %d as a refusal, %s, whatever the HTTP status"):format(code, reason), function()
        for _, status in ipairs { 200, 400, 500 } do
          phonon:answer(status, coded(code))
          local placed = place()
          assert.equal("failed", placed.state)
          assert.equal(reason, placed.reason)
          assert.equal(("Phonon: %d Message %d"):format(code, code), placed.message)
        end
      end)
    end

    it("takes a code that is written as text", function()
      phonon:answer(200, coded("205"))
      assert.equal("invalid_number", place().reason)
    end)

    for _, case in ipairs { { 200, "<html>" }, { 200, {} }, { 500, "" }, { 502, "" }, { 200, coded(299) },
      { 200, coded("soon") } } do
      it(("says that nobody knows after HTTP %d and %s"):format(case[1], json.encode(case[2])), function()
        phonon:answer(case[1], case[2])
        local placed, err = place()
        assert.is_nil(placed)
        assert.equal("maybe", err.sent)
      end)
    end

    for status, reason in pairs { [300] = "config", [302] = "config", [400] = "config", [401] = "auth",
      [403] = "auth", [404] = "config", [429] = "rate_limited" } do
      it(("takes HTTP %d without a code as a refusal, %s"):format(status, reason), function()
        phonon:answer(status, "<html>")
        local placed = place()
        assert.equal("failed", placed.state)
        assert.equal(reason, placed.reason)
      end)
    end

    it("hands on how far a failed request came", function()
      phonon:fail("timeout", "maybe")
      local _, err = place()
      assert.equal("maybe", err.sent)
    end)
  end)

  describe("settings", function()
    it("refuse a security-id that is not 64 letters and digits", function()
      for _, wrong in ipairs { ("x"):rep(63), ("x"):rep(63) .. "-" } do
        assert.has_error(function() load_with { security_id = wrong } end)
      end
    end)

    it("refuse to do without a security-id", function()
      assert.has_error(function() host.load("phonon", { flow_id = "Fl0w1234" }) end)
    end)

    it("refuse a flow-id that is not 8 letters and digits", function()
      assert.has_error(function() load_with { flow_id = "short" } end)
    end)
  end)

  describe("webhook", function()
    local function leg(more)
      return merged({ cdrId = "17##pbx-9", calleeType = "VISITOR", calleeNumber = "918000123456",
        hangupCause = "16" }, more)
    end

    local function push(...)
      return { ["phonon-uuid"] = uuid, callDetails = json.array { ... } }
    end

    it("reads a call that was answered", function()
      local event = phonon:webhook { body = merged(push(leg {
        startTime = "2022-11-29T23:49:00.08+05:30",
        connectTime = "2022-11-29T23:49:13.901+05:30",
        endTime = "2022-11-29T23:51:19.131+05:30",
        duration = "125230",
        dtmfPressesd = json.array { { key = "6", label = "" }, { key = "*" }, { key = 0 } },
      }), { keys = json.array { { name = "$flow.key.attempt_id", value = host.id } } }) }
      assert.equal("status", event.kind)
      assert.equal("completed", event.state)
      assert.equal("push:17##pbx-9", event.id)
      assert.equal(uuid, event.reference)
      assert.equal(host.id, event.call)
      assert.same({ digits = "6*0", duration_ms = 125230, hangup_cause = 16, number = "918000123456",
        started = "2022-11-29T23:49:00.08+05:30", answered = "2022-11-29T23:49:13.901+05:30",
        ended = "2022-11-29T23:51:19.131+05:30" }, event.detail)
    end)

    it("does without the wrapper, and without the fields that have no data", function()
      local event = phonon:webhook(push { connectTime = "2022-11-29T23:49:13.901+05:30" })
      assert.equal("completed", event.state)
      assert.equal("push:" .. uuid, event.id)
      assert.is_nil(event.call)
      assert.is_nil(event.detail.digits)
      assert.is_nil(event.detail.duration_ms)
    end)

    for cause, wanted in pairs { ["17"] = "busy", ["18"] = "no_answer", ["19"] = "no_answer",
      ["21"] = "rejected", ["5"] = "failed", ["16"] = "failed" } do
      it(("reads cause %s of a leg that was never connected as %s"):format(cause, wanted), function()
        local event = phonon:webhook(push(leg { hangupCause = cause }))
        assert.equal(wanted, event.state)
        assert.equal(wanted == "failed" and "unreachable" or nil, event.reason)
        assert.equal(wanted, phonon:webhook(push(leg { hangupCause = tonumber(cause) })).state)
      end)
    end

    it("takes one key, and its name should it be spelt right one day", function()
      local event = phonon:webhook(push(leg { dtmfPressed = json.array { { key = "6" } } }))
      assert.equal("6", event.detail.digits)
    end)

    it("takes null for absent", function()
      local event = phonon:webhook(push(leg { connectTime = json.null, hangupCause = "17",
        cdrId = json.null, duration = json.null, dtmfPressesd = json.null, endTime = json.null }))
      assert.equal("busy", event.state)
      assert.equal("push:" .. uuid, event.id)
      assert.same({ hangup_cause = 17, number = "918000123456" }, event.detail)
    end)

    it("goes by the customer's leg, not by the agent's", function()
      local agent = leg { calleeType = "HARD_PHONE", connectTime = "2022-11-29T23:49:13.901+05:30" }
      assert.equal("busy", phonon:webhook(push(leg { hangupCause = "17" }, agent)).state)
      assert.equal("ignored", phonon:webhook(push(agent)).kind)
    end)

    it("goes by the alternate number that was connected, or else by the last", function()
      local busy, lost = leg { hangupCause = "17" }, leg { hangupCause = "5" }
      local connected = leg { connectTime = "2022-11-29T23:49:13.901+05:30" }
      assert.equal("completed", phonon:webhook(push(busy, connected, lost)).state)
      assert.equal("busy", phonon:webhook(push(lost, busy)).state)
    end)

    it("finds the attempt wherever a push carries it", function()
      for _, more in ipairs {
        { ["client-identifier"] = host.id }, { attempt_id = host.id },
        { ["$flow.key.attempt_id"] = host.id },
        { keys = json.array { { name = "$flow.key.Name", value = "x" },
          { name = "$flow.key.attempt_id", value = host.id } } },
      } do
        local event = phonon:webhook { body = merged({ callDetails = json.array { leg() } }, more) }
        assert.equal(host.id, event.call)
      end
    end)

    it("ignores a push about no call, and refuses one about nobody", function()
      assert.equal("ignored", phonon:webhook({ ["phonon-uuid"] = uuid, smsDetails = json.array {} }).kind)
      assert.equal("ignored", phonon:webhook({ ["phonon-uuid"] = uuid, callDetails = json.null }).kind)
      for _, body in ipairs { {}, json.array {}, "text", { callDetails = json.array { leg() } } } do
        local event, err = phonon:webhook(body)
        assert.is_nil(event)
        assert.matches("neither", err.message)
      end
    end)
  end)

  it("takes any variable and alternates, at most 500 calls a request, and replays by checksum", function()
    local accepts = phonon.traits.accepts
    assert.is_true(accepts.keys)
    assert.is_true(accepts.alternates)
    assert.is_true(accepts.window)
    assert.equal(500, accepts.batch)
    assert.equal("checksum", phonon.traits.duplicate)
    assert.is_nil(phonon.traits.can.status)
    assert.is_true(phonon.traits.rate * 60 <= 500)
  end)
end)
