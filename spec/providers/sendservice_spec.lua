local host = require "spec.support.provider_host"
local json = require "spec.support.json"
local merged = host.merged

local base = "https://login.sendservice.eu/MultiChannelAPI/Api"
local hour = 60 * 60 * 1000

local function rows(...)
  return { InstantCalls = json.array { ... } }
end

describe("sendservice", function()
  local sendservice

  local function load_with(more)
    return host.load("sendservice", merged({ username = "me", password = "secret",
      guid = "11111111-2222-4333-8444-555555555555", caller_id = "+390612345678" }, more))
  end

  before_each(function() sendservice = load_with() end)

  local function place(more)
    return sendservice:place(merged({ to = "+393331234567", message = "104" }, more))
  end

  local function sent_call()
    return sendservice.sent[#sendservice.sent].json.InstantCalls[1]
  end

  local function accept(more)
    sendservice:answer(200, rows { Id = 730001 })
    return (assert(place(more)))
  end

  local function refuses(more, pattern)
    local placed, err = place(more)
    assert.is_nil(placed)
    assert.equal("no", err.sent)
    assert.matches(pattern, err.message)
    assert.same({}, sendservice.sent)
  end

  describe("place", function()
    it("sends User and one InstantCall with every required field", function()
      accept()
      local sent = sendservice.sent[1]
      assert.equal("submit", sent.kind)
      assert.equal(base .. "/InstantCall/", sent.url)
      assert.same({
        User = { username = "me", password = "secret" },
        InstantCalls = { {
          NumberToCall = "00393331234567",
          CallerId = "390612345678",
          StartDate = "2026-01-21T12:00:00.000+00:00",
          EndDate = "2026-01-21T13:00:00.000+00:00",
          Type = 0,
          MaxRetries = 0,
          Extension = 104,
          CodeRequest = host.id,
        } },
      }, sent.json)
    end)

    it("renders one E.164 number in two forms", function()
      accept { to = "+390612345678", from = "+390612345678" }
      assert.equal("00390612345678", sent_call().NumberToCall)
      assert.equal("390612345678", sent_call().CallerId)
    end)

    for _, given in ipairs { "+390699", "390699", "00390699" } do
      it("takes the caller id " .. given, function()
        accept { from = given }
        assert.equal("390699", sent_call().CallerId)
      end)
    end

    it("refuses a call without a number to call from", function()
      for _, from in ipairs { "Company Name", "0612345678", "00", "+0612345678" } do
        refuses({ from = from }, "number to call from")
      end
      sendservice = host.load("sendservice", { username = "me", password = "p", guid = "g" })
      refuses({}, "number to call from")
    end)

    it("keeps the window's own offsets, with milliseconds", function()
      accept { start = "2026-01-21T15:30:00+01:00", finish = "2026-01-22T10:00:00.5Z" }
      assert.equal("2026-01-21T15:30:00.000+01:00", sent_call().StartDate)
      assert.equal("2026-01-22T10:00:00.500+00:00", sent_call().EndDate)
    end)

    it("ends a window an hour after its start where no finish is given", function()
      accept { start = "2026-01-21T15:30:00+01:00" }
      assert.equal("2026-01-21T16:30:00.000+01:00", sent_call().EndDate)
    end)

    it("refuses a window that ends before it begins, or has ended", function()
      refuses({ start = "2026-01-21T15:00:00Z", finish = "2026-01-21T15:00:00Z" }, "later than start")
      refuses({ start = "2026-01-20T15:00:00Z", finish = "2026-01-21T11:59:59Z" }, "has passed")
      refuses({ start = "tomorrow" }, "start: 'tomorrow' is not a time")
      refuses({ finish = "tomorrow" }, "finish: 'tomorrow' is not a time")
    end)

    it("sends the optional fields as the page types them", function()
      accept { keys = { FirstName = "Ada", LastName = "Lovelace", IVRRepeats = "2", MaxRetries = 3,
        MinutesBetweenRetries = 60 } }
      local call = sent_call()
      assert.equal("Ada", call.FirstName)
      assert.equal("Lovelace", call.LastName)
      assert.equal(2, call.IVRRepeats)
      assert.equal(3, call.MaxRetries)
      assert.equal(60, call.MinutesBetweenRetries)
    end)

    it("counts the characters of a name, not its bytes", function()
      accept { keys = { FirstName = ("é"):rep(128) } }
      sendservice = load_with()
      refuses({ keys = { FirstName = ("é"):rep(129) } }, "FirstName has 129 characters")
      refuses({ keys = { LastName = ("x"):rep(129) } }, "LastName has 129 characters")
      refuses({ keys = { LastName = "\xff" } }, "LastName must be a text in UTF%-8")
    end)

    for _, name in ipairs { "MaxRetries", "MinutesBetweenRetries", "IVRRepeats" } do
      it("refuses " .. name .. " unless it is a whole number", function()
        for _, value in ipairs { "many", -1, 1.5, true } do
          refuses({ keys = { [name] = value } }, name .. " must be a whole number")
        end
      end)
    end

    it("refuses a message that is no Extension", function()
      refuses({ message = "welcome" }, "Extension must be a whole number")
    end)

    it("refuses a call without an Extension", function()
      local placed, err = sendservice:place { to = "+393331234567" }
      assert.is_nil(placed)
      assert.matches("needs Extension, the message", err.message)
    end)

    for name, code in pairs { Default = 0, ["0"] = 0, TextToSpeech = 3, ["3"] = 3, IVRwithTTS = 4 } do
      it(("sends Type %s as %d"):format(name, code), function()
        local speech = code ~= 0
        sendservice:answer(200, "")
        sendservice:place { to = "+393331234567", message = code ~= 3 and "7" or nil,
          keys = { Type = name, TextToSpeech = speech and "Ciao" or nil,
            LanguageCode = speech and "it-IT-F1" or nil } }
        assert.equal(code, sent_call().Type)
        assert.equal(code ~= 3 and 7 or nil, sent_call().Extension)
        assert.equal(speech and "Ciao" or nil, sent_call().TextToSpeech)
      end)
    end

    it("refuses a Type that is unknown, or lacks or has what another needs", function()
      refuses({ keys = { Type = 1 } }, "Type must be Default")
      refuses({ keys = { Type = "TextToSpeech" } }, "Type 3")
      refuses({ keys = { Type = 4, TextToSpeech = "Ciao" } }, "needs LanguageCode among its keys")
      refuses({ keys = { LanguageCode = "it-IT-F1" } }, "Type 0 has no LanguageCode")
      refuses({ keys = { TextToSpeech = "Ciao" } }, "Type 0 has no TextToSpeech")
      refuses({ keys = { Type = 3, TextToSpeech = "Ciao", LanguageCode = "it-IT-F1" } },
        "Type 3 has no Extension")
      refuses({ keys = { Type = 4, TextToSpeech = "", LanguageCode = "it-IT-F1" } }, "must be a text")
    end)

    for _, body in ipairs { rows({ Id = 730001 }), {}, "" } do
      it("takes HTTP 2xx with " .. json.encode(body) .. " as accepted", function()
        sendservice:answer(200, body)
        local placed = place()
        assert.equal("queued", placed.state)
      end)
    end

    it("keeps the platform's Id where it is told", function()
      assert.equal("730001", accept().reference)
      sendservice:answer(200, "")
      assert.is_nil(place().reference)
    end)

    it("does not believe a status in an answer that no page shows", function()
      sendservice:answer(200, rows { Id = 1, Status = 0 })
      assert.equal("queued", place().state)
    end)

    for status, reason in pairs { [300] = "config", [400] = "invalid_request", [401] = "auth",
      [403] = "auth", [404] = "invalid_request", [429] = "rate_limited" } do
      it(("takes HTTP %d as a refusal, %s"):format(status, reason), function()
        sendservice:answer(status, { Message = "Not with us." })
        local placed = place()
        assert.equal("failed", placed.state)
        assert.equal(reason, placed.reason)
        assert.equal(("SENDService answered HTTP %d: Not with us."):format(status), placed.message)
      end)
    end

    for _, case in ipairs { { 200, "<html>" }, { 500, "" }, { 503, { Message = "busy" } } } do
      it(("says that nobody knows after HTTP %d"):format(case[1]), function()
        sendservice:answer(case[1], case[2])
        local placed, err = place()
        assert.is_nil(placed)
        assert.equal("maybe", err.sent)
      end)
    end

    it("hands on how far a failed request came", function()
      sendservice:fail("refused", "no")
      local _, err = place()
      assert.equal("no", err.sent)
    end)
  end)

  describe("status", function()
    local function status_of(row)
      sendservice:answer(200, rows(merged({ CodeRequest = host.id }, row)))
      return sendservice:status {}
    end

    -- Places with retries delegated, then asks; time in between goes by.
    local function after_delegation(row, time)
      sendservice.now = host.noon
      local cursor = accept { keys = { MaxRetries = 2 } }.cursor
      sendservice.now = host.noon + time
      sendservice:answer(200, rows(merged({ CodeRequest = host.id }, row)))
      return sendservice:status { cursor = cursor }
    end

    it("is a GET with a body: our CodeRequest and the account's Guid", function()
      sendservice:answer(200, rows { CodeRequest = host.id, Status = 4 })
      sendservice:status {}
      local sent = sendservice.sent[1]
      assert.equal("GET", sent.method)
      assert.equal(base .. "/instantCall/", sent.url)
      assert.same({ Type = "CR", Guid = "11111111-2222-4333-8444-555555555555",
        CodeRequests = { host.id } }, sent.json)
    end)

    local outcomes = {
      [0] = { "Failed", "no_answer" },
      [1] = { "Success", "completed" },
      [2] = { "Forbidden", "failed", "invalid_number" },
      [3] = { "Unknown", "failed", "provider_error" },
      [4] = { "NotCalled", "queued" },
      [5] = { "Answer", "in_progress" },
      [6] = { "Calling", "ringing" },
      [7] = { "NotEnoughCredit", "failed", "insufficient_funds" },
      [8] = { "InBlackList", "failed", "blacklisted" },
      [9] = { "Duplicated", "failed", "duplicate" },
      [10] = { "FailedTTSConversion", "failed", "tts_failed" },
      [11] = { "Processing", "queued" },
    }
    for code, wanted in pairs(outcomes) do
      it(("reads %d, %s, in its three spellings"):format(code, wanted[1]), function()
        for _, spelling in ipairs { code, tostring(code), wanted[1] } do
          sendservice:answer(200, rows { CodeRequest = host.id, Status = spelling })
          local outcome = sendservice:status {}
          assert.equal(wanted[2], outcome.state)
          assert.equal(wanted[3], outcome.reason)
          assert.equal(wanted[1], outcome.detail.said)
        end
      end)
    end

    for _, spelling in ipairs { 12, -1, "Perhaps", json.null } do
      it("ends nothing on the status " .. tostring(spelling), function()
        sendservice:answer(200, rows { CodeRequest = host.id, Status = spelling })
        local outcome, err = sendservice:status {}
        assert.is_nil(outcome)
        assert.matches("a status that we don't know", err.message)
      end)
    end

    it("takes Failed as an attempt's while retries and time are left", function()
      assert.equal("queued", after_delegation({ Status = 0, Retries = 1 }, 0).state)
      assert.equal("queued", after_delegation({ Status = 0 }, 0).state)
      assert.equal("no_answer", after_delegation({ Status = 0, Retries = 2 }, 0).state)
      assert.equal("no_answer", after_delegation({ Status = 0, Retries = 1 }, hour + 1).state)
    end)

    it("believes what the row says of retries and EndDate before what was sent", function()
      assert.equal("queued", after_delegation({ Status = 0, Retries = 2, MaxRetries = 3 }, 0).state)
      assert.equal("no_answer", after_delegation({ Status = 0, Retries = 1,
        EndDate = "2026-01-21T11:00:00.0554209+01:00" }, 0).state)
      assert.equal("queued", after_delegation({ Status = 0, Retries = 1,
        EndDate = "2026-01-22T12:00:00+01:00" }, 2 * hour).state)
    end)

    it("takes NotCalled as expired once the last date is over", function()
      assert.equal("queued", after_delegation({ Status = 4 }, hour).state)
      assert.equal("expired", after_delegation({ Status = 4 }, hour + 1).state)
    end)

    it("keeps keys that were pressed as text", function()
      assert.equal("12", status_of({ Status = 1, InputDigits = 12 }).detail.digits)
      assert.equal("007*", status_of({ Status = 1, InputDigits = "007*" }).detail.digits)
      assert.is_nil(status_of({ Status = 1, InputDigits = json.null }).detail.digits)
    end)

    it("tells what is known of the call, and nothing that is null", function()
      assert.same({ said = "Success", retries = 1, price = 0.05,
        answered = "2026-01-21T12:00:00+01:00", ended = "2026-01-21T12:00:30+01:00" },
        status_of({ Status = 1, Retries = 1, Price = 0.05, InputDigits = json.null,
          StartDateTimeCall = "2026-01-21T12:00:00+01:00",
          EndDateTimeCall = "2026-01-21T12:00:30+01:00" }).detail)
      assert.same({ said = "NotCalled" }, status_of({ Status = 4, StartDateTimeCall = json.null }).detail)
    end)

    it("finds its row among others, whatever the case of the GUID", function()
      sendservice:answer(200, rows({ CodeRequest = "another", Status = 2 },
        { CodeRequest = host.id:upper(), Status = 1 }))
      assert.equal("completed", sendservice:status({}).state)
    end)

    it("asks again by Id when the answer is not readable or not about the call", function()
      for _, first in ipairs { rows(), rows { CodeRequest = "another", Status = 2 }, "<html>" } do
        sendservice = load_with()
        local cursor = accept().cursor
        sendservice:answer(200, first)
        sendservice:answer(200, rows { CodeRequest = host.id, Status = 6 })
        assert.equal("ringing", sendservice:status({ cursor = cursor }).state)
        local sent = sendservice.sent[3]
        assert.equal("GET", sent.method)
        assert.equal(base .. "/instantCall/730001", sent.url)
        assert.is_nil(sent.body)
      end
    end)

    it("learns the Id from a row for the next time", function()
      sendservice:answer(200, rows { CodeRequest = host.id, Id = 42, Status = 4 })
      local cursor = sendservice:status({}).cursor
      sendservice:fail("timeout", "maybe")
      sendservice:answer(200, rows { Id = 42, Status = 1 })
      assert.equal("completed", sendservice:status({ cursor = cursor }).state)
      assert.equal(base .. "/instantCall/42", sendservice.sent[3].url)
    end)

    it("takes a row's CodeRequest that is null for one that is left out", function()
      assert.equal("completed", status_of({ Status = 1, CodeRequest = json.null }).state)
    end)

    it("takes a call that is not there an hour after its last date as expired", function()
      local cursor = accept().cursor -- until one o'clock
      for after, state in pairs { [2 * hour] = false, [2 * hour + 1] = "expired" } do
        sendservice.now = host.noon + after
        for _, body in ipairs { rows(), rows { CodeRequest = "another", Status = 1 } } do
          sendservice:answer(200, body)
          sendservice:answer(200, rows()) -- by Id
          local outcome = sendservice:status { cursor = cursor }
          assert.equal(state, outcome and outcome.state or false)
        end
        sendservice:answer(500, "")
        sendservice:answer(500, "")
        assert.is_nil((sendservice:status { cursor = cursor }))
      end
    end)

    for _, case in ipairs { { 200, rows() }, { 500, "" }, { 200, "<html>" }, { 401, { Message = "no" } } } do
      it(("ends nothing on HTTP %d and %s"):format(case[1], json.encode(case[2])), function()
        sendservice:answer(case[1], case[2])
        local outcome, err = sendservice:status {}
        assert.is_nil(outcome)
        assert.equal("provider_error", err.code)
      end)
    end
  end)

  describe("find", function()
    it("finds a call by its CodeRequest", function()
      sendservice:answer(200, rows { CodeRequest = host.id, Id = 9, Status = 6 })
      local found = sendservice:find {}
      assert.is_true(found.found)
      assert.equal("ringing", found.state)
      assert.equal("9", found.reference)
      assert.same({ host.id }, sendservice.sent[1].json.CodeRequests)
    end)

    it("takes a row with a status that we don't know as a call", function()
      sendservice:answer(200, rows { CodeRequest = host.id, Id = 9 })
      local found = sendservice:find {}
      assert.is_true(found.found)
      assert.equal("queued", found.state)
    end)

    it("says so when there is none", function()
      sendservice:answer(200, rows())
      assert.same({ found = false }, sendservice:find {})
    end)

    it("knows nothing when the answer can't be read", function()
      sendservice:answer(502, "")
      local found, err = sendservice:find {}
      assert.is_nil(found)
      assert.equal("provider_error", err.code)
    end)
  end)

  it("names its own values, and is asked before a call is sent again", function()
    assert.same({ "FirstName", "LastName", "IVRRepeats", "MaxRetries", "MinutesBetweenRetries",
      "Type", "TextToSpeech", "LanguageCode" }, sendservice.traits.accepts.keys)
    assert.equal("query", sendservice.traits.duplicate)
    assert.is_true(sendservice.traits.accepts.window)
    assert.is_nil(sendservice.traits.accepts.line_types)
  end)
end)
