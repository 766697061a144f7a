local http = require "spec.support.http"
local json = require "spec.support.json"
local desk = require("spec.support.desk").new()

-- A second of a 400 Hz tone: 8 kHz, 16 bits, one channel.
local function wav()
  local samples = {}
  for i = 1, 8000 do samples[i] = ("<i2"):pack(math.floor(8000 * math.sin(i * math.pi / 10))) end
  local data = table.concat(samples)
  return ("<c4I4c4c4I4I2I2I4I4I2I2c4I4"):pack("RIFF", 36 + #data, "WAVE", "fmt ", 16, 1, 1, 8000, 16000, 2, 16,
    "data", #data) .. data
end

local function bodies(double, path)
  local list = {}
  for _, request in ipairs(double:record().requests) do
    if request.path:find(path, 1, true) then list[#list + 1] = json.decode(request.body) end
  end
  return list
end

local function is_delivered(ended)
  assert.equal(0, ended.status, ended.err .. ended.out)
  assert.same({ delivered = true }, ended.report.result)
  assert.equal("completed", ended.report.calls[1].state)
end

local function is_failed(ended, code)
  assert.equal(1, ended.status, ended.err .. ended.out)
  assert.equal("failed", ended.report.state)
  assert.equal(code, ended.report.error.code)
  assert.is_true(#ended.report.error.message > 0)
end

describe("the flow deliver", function()
  teardown(function() desk:close() end)
  before_each(function() desk:reset() end)

  describe("through Veratad", function()
    local veratad
    before_each(function()
      veratad = desk:double "veratad"
      veratad:reset()
      veratad:behave { pending = 0 }
    end)

    local function deliver(...)
      return desk:report("deliver", "to=+12025550143", "message=reminder", ...)
    end

    it("plays a message whose file was validated first, and asks until PASS", function()
      veratad:behave { pending = 2, strict_token = true, template = { more = "kept" } }
      is_delivered(deliver("audio=" .. desk:file("reminder.wav", wav())))
      local record = veratad:record()
      assert.equal(4, #record.requests)
      assert.equal("2025550143", json.decode(record.requests[1].body).target.phone)
      for _, request in ipairs(record.requests) do assert.equal(json.null, request.refused) end
    end)

    it("sends nothing when the file would not do", function()
      for name, text in pairs { ["page.wav"] = "<html>not found</html>", ["empty.mp3"] = "",
        ["cut.wav"] = wav():sub(1, 9000) } do
        local ended = deliver("audio=" .. desk:file(name, text))
        assert.equal(1, ended.status, ended.out)
        assert.matches(name, ended.report.error.message, 1, true)
      end
      assert.equal(1, deliver("audio=" .. desk.folder .. "/nowhere.wav").status)
      assert.equal(0, #veratad:record().requests)
    end)

    it("excludes line types only when asked to", function()
      is_delivered(desk:report("deliver", "to=+12025550001", "message=reminder"))
      assert.is_nil(bodies(veratad, "gateway")[1].options.outofband.do_not_send_to_types)
      is_failed(desk:report("deliver", "to=+12025550001", "message=reminder",
        'exclude:=["mobile","voip"]'), "suppressed_line_type")
    end)

    for ending, reason in pairs { ["0004"] = "provider_error", ["0005"] = "invalid_number",
      ["0006"] = "not_delivered" } do
      it("fails with the reason " .. reason, function()
        is_failed(desk:report("deliver", "to=+1202555" .. ending, "message=reminder"), reason)
      end)
    end

    it("goes by result.action, whatever the HTTP status", function()
      veratad:behave { http_status = 500 }
      is_delivered(deliver())
    end)

    it("asks again after an answer that says nothing", function()
      veratad:behave { pending = 0, faults = json.array { { on = "status", garbage = true, accepted = false } } }
      is_delivered(deliver())
      assert.equal(3, #veratad:record().requests)
    end)

    it("returns once it is accepted when it need not wait", function()
      veratad:behave { pending = 1000 }
      local ended = deliver "wait=false"
      assert.equal(0, ended.status, ended.err)
      assert.same({ accepted = true }, ended.report.result)
    end)

    it("never sends again what may have been taken", function()
      for _, fault in ipairs { { cut = "after" }, { garbage = true }, { half = true } } do
        veratad:reset()
        fault.on = "create"
        veratad:behave { faults = json.array { fault } }
        local ended = deliver()
        assert.equal(3, ended.status, ended.err)
        assert.equal("unknown", ended.report.calls[1].state)
        assert.equal(1, #veratad:record().requests)
      end
    end)

    it("is refused outside the US, and without a message, before anything is sent", function()
      is_failed(desk:report("deliver", "to=+442079460958", "message=reminder"), "invalid_request")
      assert.not_equal(0, desk:report("deliver", "to=+12025550143").status)
      assert.equal(0, #veratad:record().requests)
    end)
  end)

  describe("through SENDService", function()
    local sendservice
    before_each(function()
      sendservice = desk:double "sendservice"
      sendservice:reset()
      sendservice:behave { statuses = json.array { 1 } }
    end)

    local function deliver(...)
      return desk:report("deliver", "provider=sendservice", "to=+393331234567", "message=104",
        "--set=sendservice.url=" .. sendservice.address .. "/MultiChannelAPI/Api", ...)
    end

    local function created()
      return bodies(sendservice, "InstantCall")[1].InstantCalls[1]
    end

    it("plays an Extension and asks by CodeRequest until Success", function()
      sendservice:behave { statuses = json.array { 4, 5, 1 } }
      local ended = deliver()
      is_delivered(ended)
      assert.equal("00393331234567", created().NumberToCall)
      assert.equal("359880000000", created().CallerId)
      assert.equal(104, created().Extension)
      assert.equal(ended.report.calls[1].id, created().CodeRequest)
      for _, request in ipairs(sendservice:record().requests) do assert.equal(json.null, request.refused) end
    end)

    it("keeps the window and the platform's own values", function()
      is_delivered(deliver("start=2099-01-31T09:00:00+01:00", "finish=2099-01-31T18:00:00+01:00",
        "from=+390612345678", 'keys:={"FirstName":"Ada","MaxRetries":2,"MinutesBetweenRetries":5}'))
      assert.equal("2099-01-31T09:00:00.000+01:00", created().StartDate)
      assert.equal("2099-01-31T18:00:00.000+01:00", created().EndDate)
      assert.equal("390612345678", created().CallerId)
      assert.equal("Ada", created().FirstName)
      assert.equal(2, created().MaxRetries)
    end)

    it("waits while the platform tries again by itself", function()
      sendservice:behave { statuses = json.array { 0, 1 } }
      is_delivered(deliver 'keys:={"MaxRetries":1}')
    end)

    for spelling in pairs { integer = true, digits = true, name = true } do
      it("reads a Status written as " .. spelling, function()
        sendservice:behave { status_as = spelling, statuses = json.array { 8 } }
        is_failed(deliver(), "blacklisted")
      end)
    end

    it("fails with no_answer when nobody is reached", function()
      sendservice:behave { statuses = json.array { 0 } }
      is_failed(deliver(), "no_answer")
    end)

    it("needs no answer to its create request that it could understand", function()
      sendservice:behave { create_answer = "empty" }
      is_delivered(deliver())
    end)

    it("finds its call by CodeRequest when the answer was lost", function()
      sendservice:behave { faults = json.array { { on = "create", cut = "after" } } }
      is_delivered(deliver())
      assert.equal(1, #bodies(sendservice, "/InstantCall/"))
    end)

    it("names the values it knows when it is given another", function()
      local ended = deliver 'keys:={"Extension":7}'
      assert.not_equal(0, ended.status)
      assert.matches("MaxRetries", ended.report.error.message)
      assert.equal(0, #sendservice:record().requests)
    end)
  end)

  describe("through Phonon", function()
    local phonon, port
    before_each(function()
      phonon = desk:double "phonon"
      phonon:reset()
      port = http.free_port()
      phonon:behave { webhook = ("http://127.0.0.1:%d/hooks/phonon/entered-in-the-console"):format(port) }
    end)

    local function deliver(to, ...)
      return desk:report("deliver", "provider=phonon", to, "message=Fl0w1234",
        "--hooks=127.0.0.1:" .. port, "--set=phonon.hook_token=entered-in-the-console", ...)
    end

    it("starts a flow, and hears of its end by the push", function()
      local ended = deliver("to=+918000000001", 'keys:={"Name":"Ankit","$flow.key.Language":"English"}')
      is_delivered(ended)
      local call = phonon:record().calls[1]
      assert.equal(call.ids["phonon-uuid"], ended.report.calls[1].reference)
      assert.equal(ended.report.calls[1].id, call.key)
      assert.same({
        { name = "$flow.key.Language", value = "English" },
        { name = "$flow.key.Name", value = "Ankit" },
        { name = "$flow.key.attempt_id", value = call.key },
      }, call.keys)
    end)

    it("writes every digit of a variable, and refuses what has lost some", function()
      is_delivered(deliver("to=+918000000001",
        'keys:={"Account":9007199254740993,"Amount":123456789012.345,"Whole":2.0,"Round":1e15}'))
      local written = {}
      for _, key in ipairs(phonon:record().calls[1].keys) do written[key.name] = key.value end
      assert.equal("9007199254740993", written["$flow.key.Account"])
      assert.equal("123456789012.345", written["$flow.key.Amount"])
      assert.equal("2", written["$flow.key.Whole"])
      assert.equal("1000000000000000", written["$flow.key.Round"])
      local ended = deliver("to=+918000000001", 'keys:={"Account":1.5e22}')
      is_failed(ended, "invalid_request")
      assert.matches("Account' is too long for a number: give it as a text", ended.report.error.message)
      assert.equal(1, #phonon:record().calls)
    end)

    it("leaves alternate numbers to Phonon", function()
      phonon:behave { numbers = { ["918000000001"] = "busy" } }
      is_delivered(deliver 'to:=["+918000000001","+918100000001"]')
      assert.equal(1, #phonon:record().calls)
      assert.same({ "918000000001", "918100000001" }, phonon:record().calls[1].numbers)
    end)

    for ending, code in pairs { busy = "busy", no_answer = "no_answer", rejected = "rejected",
      unreachable = "unreachable" } do
      it("fails when the number is " .. ending, function()
        phonon:behave { numbers = { ["918000000001"] = ending } }
        is_failed(deliver "to=+918000000001", code)
      end)
    end

    it("fails with the reason of Phonon's code, whatever the HTTP status", function()
      for code, reason in pairs { [202] = "auth", [205] = "invalid_number", [212] = "insufficient_funds" } do
        phonon:behave { codes = json.array { code } }
        is_failed(deliver "to=+918000000001", reason)
      end
    end)

    it("takes a repeated checksum for a call that is there already", function()
      phonon:behave { codes = json.array { 201 } }
      local ended = deliver("to=+918000000001", "wait=false")
      assert.equal(0, ended.status, ended.err)
      assert.equal("queued", ended.report.calls[1].state)
    end)

    it("does not take a proxy's word, on a repeated request, that there is no call", function()
      phonon:behave { pace = 1, faults = json.array { { on = "create", cut = "after" },
        { on = "create", status = 404, garbage = true } } }
      local ended = deliver("to=+918000000001", "wait=false")
      assert.equal(0, ended.status, ended.err)
      assert.equal("queued", ended.report.calls[1].state)
      assert.equal(3, #phonon:record().requests)
      assert.equal(1, #phonon:record().calls)
    end)

    it("is refused a start on a day that is over, before anything is sent", function()
      is_failed(deliver("to=+918000000001", "start=2021-04-28T03:48:07.111+05:30"), "invalid_request")
      assert.equal(0, #phonon:record().requests)
    end)

    it("says which setting it needs to wait for a push", function()
      local ended = desk:report("deliver", "provider=phonon", "to=+918000000001", "message=Fl0w1234")
      assert.not_equal(0, ended.status)
      assert.matches("hook_token", ended.report.error.message)
      assert.equal(0, #phonon:record().requests)
    end)
  end)

  it("takes keys by their names only", function()
    for _, name in ipairs { "veratad", "sendservice", "phonon" } do
      local double = desk:double(name)
      local ended = desk:report("deliver", "provider=" .. name, "to=+12025550143", "message=104",
        'keys:=["FirstName"]', "wait=false")
      assert.not_equal(0, ended.status)
      assert.matches("deliver.lua:%d+: outdial.call: option 'keys' takes values by their names",
        ended.report.error.message)
      assert.same({}, ended.report.calls)
      assert.equal(0, #double:record().requests)
    end
  end)

  it("is refused by Routee before anything is sent, with who can do it", function()
    local routee = desk:double "routee"
    local ended = desk:report("deliver", "provider=routee", "to=+306900000001", "message=reminder",
      "from=+306900000005")
    assert.not_equal(0, ended.status)
    assert.matches("phonon, sendservice, veratad", ended.report.error.message)
    assert.equal(0, #routee:record().requests)
  end)
end)
