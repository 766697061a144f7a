local host = require "spec.support.provider_host"
local json = require "spec.support.json"
local merged = host.merged

local hook = "https://ivr.example.com/hooks/routee/0123456789abcdef"
local tracking = "12fe3777-f32a-4350-996b-364018d457b5"
local message = "bd62d22e-dc10-48de-b696-45f63c6d0aad"
local minute = 60 * 1000

local prompt = {
  { verb = "say", text = "Please enter your number." },
  { verb = "collect", max_digits = 4, submit_on_hash = true, timeout = 10, turn = 1 },
}

describe("routee", function()
  local routee

  -- With a token that never changes, so that a spec only sees what it is about.
  before_each(function()
    routee = host.load("routee", { access_token = "given-token" })
  end)

  local function with_client()
    routee = host.load("routee", { app_id = "app", app_secret = "s3cret" })
  end

  local function grant(token, more)
    routee:answer(200, merged({ access_token = token, token_type = "Bearer", expires_in = 3600 }, more))
  end

  local function place(more)
    return routee:place(merged({ to = "+30691111111", from = "Company Name", verbs = prompt, hook = hook },
      more))
  end

  local function accept(more)
    routee:answer(200, { trackingId = tracking })
    return place(more)
  end

  local function plan(...)
    return routee:plan({ ... }, { from = "+302100000000", to = "+30691111111", hook = hook })
  end

  local function refuses_plan(pattern, ...)
    local rendered, err = plan(...)
    assert.is_nil(rendered)
    assert.equal("invalid_request", err.code)
    assert.matches(pattern, err.message)
  end

  describe("place", function()
    it("sends the page's request, the plan under dialPlan", function()
      local placed = accept()
      assert.equal("queued", placed.state)
      assert.equal(tracking, placed.reference)
      local sent = routee.sent[1]
      assert.equal("submit", sent.kind)
      assert.equal("https://connect.routee.net/voice/conversation", sent.url)
      assert.equal("Bearer given-token", sent.headers.authorization)
      assert.equal("application/json", sent.headers["content-type"])
      assert.same({
        from = "Company Name",
        to = { phone = "+30691111111" },
        dialPlan = { verbs = {
          { type = "SAY", message = { language = "en-GB", gender = "female",
            text = "Please enter your number." } },
          { type = "COLLECT", eventUrl = hook .. "?turn=1", maxDigits = 4, submitOnHash = true },
          { type = "PAUSE", duration = 10 },
        } },
        callback = { url = hook, strategy = "OnChange" },
      }, sent.json)
    end)

    it("asks for no callback where the engine has no public address", function()
      accept { verbs = { { verb = "say", text = "Hello" } }, hook = host.absent }
      assert.is_nil(routee.sent[1].json.callback)
    end)

    it("passes hangupDelay, maxDuration and machineDetection on", function()
      accept { keys = { hangupDelay = 60, maxDuration = "600", machineDetection = "Hangup" } }
      local body = routee.sent[1].json
      assert.equal(60, body.hangupDelay)
      assert.equal(600, body.maxDuration)
      assert.same({ strategy = "Hangup" }, body.machineDetection)
      accept { keys = { hangupDelay = 1, maxDuration = 1 } }
      assert.equal(1, routee.sent[2].json.hangupDelay)
      local continue = { strategy = "Continue", eventUrl = "https://ivr.example.com/machine" }
      accept { keys = { machineDetection = continue } }
      assert.same(continue, routee.sent[3].json.machineDetection)
    end)

    local function refuses(more, pattern)
      local placed, err = place(more)
      assert.is_nil(placed)
      assert.equal("no", err.sent)
      assert.matches(pattern, err.message)
      assert.same({}, routee.sent)
    end

    it("refuses values outside the page's limits before anything is sent", function()
      refuses({ keys = { hangupDelay = 0 } }, "hangupDelay must be a number from 1 to 60, not 0")
      refuses({ keys = { hangupDelay = 61 } }, "from 1 to 60")
      refuses({ keys = { maxDuration = 0 } }, "maxDuration must be a number from 1, not 0")
      refuses({ keys = { maxDuration = "long" } }, "maxDuration must be a number")
      refuses({ keys = { machineDetection = "Wait" } }, "machineDetection must be Hangup")
      refuses({ keys = { machineDetection = "Continue" } }, "an eventUrl")
    end)

    it("refuses a caller that Routee can't show, and a call with nothing to say", function()
      refuses({ from = host.absent }, "needs a number or name")
      refuses({ from = "12345678901234567" }, "at most 16 digits")
      refuses({ verbs = host.absent }, "nothing to say")
      refuses({ verbs = { { verb = "say", text = "x", language = "xx-XX" } } }, "doesn't speak xx%-XX")
      refuses({ hook = host.absent }, "public_url")
    end)

    it("takes sixteen digits", function()
      assert.equal("queued", accept({ from = "+1234567890123456" }).state)
    end)

    it("takes any HTTP 2xx with a trackingId, and no other", function()
      routee:answer(201, { trackingId = tracking })
      assert.equal("queued", place().state)
      for _, case in ipairs { { 200, {} }, { 200, "<html>" }, { 202, "" }, { 500, {} }, { 503, "" } } do
        routee:answer(case[1], case[2])
        local placed, err = place()
        assert.is_nil(placed)
        assert.equal("maybe", err.sent)
      end
    end)

    for status, reason in pairs { [300] = "config", [400] = "invalid_request", [404] = "invalid_request",
      [429] = "rate_limited" } do
      it(("takes HTTP %d as a refusal, %s, with Routee's words"):format(status, reason), function()
        routee:answer(status, { code = "400013001", developerMessage = "Validation Error" })
        local placed = place()
        assert.equal("failed", placed.state)
        assert.equal(reason, placed.reason)
        assert.matches("Validation Error %(400013001%)", placed.message)
      end)
    end

    it("hands on how far a failed request came", function()
      routee:fail("timeout", "maybe")
      local _, err = place()
      assert.equal("maybe", err.sent)
    end)
  end)

  describe("token", function()
    before_each(with_client)

    it("is asked for with the application's id and secret", function()
      grant "first"
      accept()
      local sent = routee.sent[1]
      assert.equal("http", sent.kind)
      assert.equal("POST", sent.method)
      assert.equal("https://auth.routee.net/oauth/token", sent.url)
      assert.equal("Basic YXBwOnMzY3JldA==", sent.headers.authorization)
      assert.equal("application/x-www-form-urlencoded", sent.headers["content-type"])
      assert.equal("grant_type=client_credentials", sent.body)
      assert.equal("Bearer first", routee.sent[2].headers.authorization)
    end)

    it("serves all calls until a minute before it expires", function()
      grant "first"
      accept()
      routee.now = host.noon + 59 * minute - 1
      accept()
      routee.now = host.noon + 59 * minute
      grant "second"
      accept()
      assert.equal(5, #routee.sent)
      assert.equal("Bearer first", routee.sent[3].headers.authorization)
      assert.equal("Bearer second", routee.sent[5].headers.authorization)
    end)

    it("may be unlimited", function()
      grant("first", { expires_in = "Unlimited" })
      accept()
      routee.now = host.noon * 2
      accept()
      assert.equal("Bearer first", routee.sent[3].headers.authorization)
    end)

    for _, status in ipairs { 401, 403 } do
      it(("is renewed once on HTTP %d, and the request repeated once"):format(status), function()
        grant "first"
        routee:answer(status, { code = "400001009", developerMessage = "User is not authenticated" })
        grant "second"
        assert.equal("queued", accept().state)
        assert.equal(4, #routee.sent)
        assert.equal("Bearer second", routee.sent[4].headers.authorization)
        assert.equal(routee.sent[2].body, routee.sent[4].body)
      end)

      it(("is not renewed again when HTTP %d comes twice"):format(status), function()
        grant "first"
        routee:answer(status, "")
        grant "second"
        routee:answer(status, "")
        local placed = place()
        assert.equal("failed", placed.state)
        assert.equal("auth", placed.reason)
        assert.equal(4, #routee.sent)
      end)
    end

    it("is used as it is when the operator gave it", function()
      routee = host.load("routee", { access_token = "given-token" })
      routee:answer(401, "")
      assert.equal("auth", place().reason)
      assert.equal(1, #routee.sent)
    end)

    it("fails the call for sure when there is none to have", function()
      for status, code in pairs { [400] = "auth", [401] = "auth", [429] = "rate_limited", [500] = "provider_error" } do
        routee:answer(status, "")
        local placed, err = place()
        assert.is_nil(placed)
        assert.equal(code, err.code)
        assert.equal("no", err.sent)
      end
      routee:answer(200, {})
      local _, garbled = place()
      assert.equal("provider_error", garbled.code)
      routee:fail("timeout", "maybe")
      local _, err = place()
      assert.equal("timeout", err.code)
      assert.equal("no", err.sent)
    end)

    -- Runs two calls at a time, turn by turn.
    local function together(...)
      routee.concurrent = true
      local calls = { ... }
      for i, call in ipairs(calls) do calls[i] = coroutine.create(call) end
      local going = true
      while going do
        going = false
        for _, call in ipairs(calls) do
          if coroutine.status(call) == "suspended" then
            assert(coroutine.resume(call))
            going = true
          end
        end
      end
    end

    it("is asked for once by two calls at the same time", function()
      grant "first"
      routee:answer(200, { trackingId = tracking })
      routee:answer(200, { trackingId = tracking })
      together(place, place)
      assert.equal(3, #routee.sent)
      assert.equal("http", routee.sent[1].kind)
      assert.equal("Bearer first", routee.sent[2].headers.authorization)
      assert.equal("Bearer first", routee.sent[3].headers.authorization)
    end)
  end)

  describe("plan", function()
    it("is the bare verbs of a webhook's answer", function()
      assert.same({ verbs = {
        { type = "SAY", message = { language = "el-GR", gender = "male", text = "Hello" },
          ["repeat"] = -1, bargeIn = true },
        { type = "PLAY", fileURL = "https://example.com/a.WAV", ["repeat"] = 2, bargeIn = false },
        { type = "PAUSE", duration = 7 },
      } }, plan(
        { verb = "say", text = "Hello", language = "el-GR", gender = "male", repeats = -1, barge_in = true },
        { verb = "play", url = "https://example.com/a.WAV", repeats = 2, barge_in = false },
        { verb = "pause", seconds = 6.5 }))
    end)

    it("waits for digits after COLLECT, not before it", function()
      assert.same({ verbs = {
        { type = "COLLECT", eventUrl = hook .. "?turn=3", maxDigits = 30, submitOnHash = false },
        { type = "PAUSE", duration = 10 },
        { type = "SAY", message = { language = "en-GB", gender = "female", text = "Goodbye" } },
      } }, plan({ verb = "collect", max_digits = 30, submit_on_hash = false, turn = 3 },
        { verb = "say", text = "Goodbye" }))
    end)

    it("connects, from the call's own number, and hears of the leg", function()
      assert.same({ verbs = { {
        type = "DIAL", from = "+302100000000", to = { phone = "+306988000000" },
        callback = { url = hook .. "?leg=1", strategy = "OnChange" },
      } } }, plan { verb = "dial", to = "+306988000000", leg = 1 })
      assert.same({ verbs = { {
        type = "DIAL", from = "+306948000000", to = { phone = "+306988000000" },
        hangupDelay = 20, maxDuration = 600, record = true,
        callback = { url = hook .. "?leg=2", strategy = "OnChange" },
      } } }, plan { verb = "dial", to = "+306988000000", from = "+306948000000", ring = 20, limit = 600,
        record = true, leg = 2 })
    end)

    it("refuses to connect from a number that Routee can't show", function()
      refuses_plan("at most 16 digits", { verb = "dial", to = "+306988000000", from = "12345678901234567", leg = 1 })
    end)

    it("refuses a second DIAL", function()
      local dial = { verb = "dial", to = "+306988000000", leg = 1 }
      refuses_plan("connects once in a plan, not 2 times", dial, dial)
    end)

    it("ends at a hangup, for which there is no verb", function()
      local rendered = plan({ verb = "say", text = "Goodbye" }, { verb = "hangup" },
        { verb = "say", text = "Never said" })
      assert.equal(1, #rendered.verbs)
    end)

    it("is never empty", function()
      local silence = { verbs = { { type = "PAUSE", duration = 1 } } }
      assert.same(silence, plan())
      assert.same(silence, plan { verb = "hangup" })
    end)

    it("takes a thousand characters in a SAY, not bytes, and no more", function()
      assert.equal(1, #plan({ verb = "say", text = ("ω"):rep(1000) }).verbs)
      refuses_plan("at most 1000 characters, not of 1001", { verb = "say", text = ("ω"):rep(1001) })
      refuses_plan("broken UTF%-8", { verb = "say", text = "\xff" })
    end)

    it("speaks the page's fourteen languages", function()
      local spoken = "en-US de-DE fr-FR it-IT pt-BR es-ES es-LA en-GB el-GR bg-BG pl-PL hu-HU sv-SE ru-RU"
      for language in spoken:gmatch "%S+" do
        local rendered = plan { verb = "say", text = "x", language = language }
        assert.equal(language, rendered.verbs[1].message.language)
      end
      for _, other in ipairs { "nl-NL", "en", "en-us", "de-DE fr-FR" } do
        refuses_plan("doesn't speak", { verb = "say", text = "x", language = other })
      end
    end)

    it("plays WAV files of the web only", function()
      for _, url in ipairs { "https://example.com/a.mp3", "https://example.com/a?b=.wav", "message.wav",
        "file:///message.wav", "https://example.com/a message.wav" } do
        refuses_plan("%.wav files of the web only", { verb = "play", url = url })
      end
    end)

    it("has a hold plan that brings the next question", function()
      local verbs = routee.traits.hold
      verbs[2].turn = "h1"
      local hold = plan(table.unpack(verbs))
      assert.equal("SAY", hold.verbs[1].type)
      assert.same({ type = "COLLECT", eventUrl = hook .. "?turn=h1", maxDigits = 1, submitOnHash = true },
        hold.verbs[2])
      assert.equal("PAUSE", hold.verbs[3].type)
      assert.equal(3, routee.traits.answer_within)
    end)
  end)

  describe("webhook", function()
    local function tones(text, query)
      return routee:webhook({ messageId = message, conversationTrackingId = tracking,
        collectedTones = text }, query or { turn = "2" }, { reference = tracking })
    end

    for written, digits in pairs { ["1,2,3,4"] = "1234", ["1234"] = "1234", ["1, 2 ,3"] = "123",
      ["1,2,#"] = "12", ["12#"] = "12", ["*,1,*"] = "*1*", ["1#2"] = "1#2", ["0,0,7"] = "007",
      ["#"] = "", [1234] = "1234" } do
      it(("reads the tones %s as '%s'"):format(written, digits), function()
        assert.same({ kind = "digits", id = "digits:2", turn = 2, digits = digits }, tones(written))
      end)
    end

    for _, written in ipairs { "", " ", ",", json.null } do
      it("reads the tones '" .. tostring(written) .. "' as the call's end", function()
        assert.same({ kind = "hangup", id = "hangup" }, tones(written))
      end)
    end

    it("hands the turn of a hold plan on as it is", function()
      assert.same({ kind = "digits", id = "digits:h1", turn = "h1", digits = "1" },
        tones("1", { turn = "h1" }))
    end)

    it("ignores tones that came to no turn's address", function()
      assert.equal("ignored", tones("1", {}).kind)
    end)

    local function status(name, more, query, call)
      return routee:webhook(merged({ messageId = message, conversationTrackingId = tracking,
        to = "+30691111111", status = { name = name, updatedDate = "2026-01-21T12:00:01Z" }, duration = 12,
        price = 0.5 }, more), query, call or { reference = tracking })
    end

    local outcomes = {
      Queued = { "queued" }, Initiated = { "queued" }, Ringing = { "ringing" },
      InProgress = { "in_progress" }, Completed = { "completed" }, Busy = { "busy" },
      NoAnswer = { "no_answer" }, ["No Answer"] = { "no_answer" },
      Failed = { "failed", "provider_error" }, Unsent = { "failed", "insufficient_funds" },
      Terminated = { "failed", "insufficient_funds" },
    }
    for name, wanted in pairs(outcomes) do
      it(("reads the status %s as %s"):format(name, wanted[1]), function()
        local event = status(name)
        assert.equal("status", event.kind)
        assert.equal(wanted[1], event.state)
        assert.equal(wanted[2], event.reason)
        assert.equal(tracking, event.reference)
        assert.equal(message .. ":" .. name .. ":2026-01-21T12:00:01Z", event.id)
        assert.equal(message, event.detail.message_id)
      end)
    end

    for _, name in ipairs { "Unknown", "Tomorrow", json.null } do
      it("ends nothing on the status " .. tostring(name), function()
        assert.equal("ignored", status(name).kind)
      end)
    end

    it("tells statuses apart that differ in name or date only", function()
      local first = status("Ringing").id
      assert.equal(first, status("Ringing").id)
      assert.not_equal(first, status("InProgress").id)
      assert.not_equal(first, status("Ringing", { status = { name = "Ringing", updatedDate = "later" } }).id)
    end)

    it("takes null for absent", function()
      local event = status("Busy", { conversationTrackingId = json.null, messageId = json.null })
      assert.equal("busy", event.state)
      assert.is_nil(event.reference)
      assert.is_nil(event.detail.message_id)
    end)

    it("takes a callback that is here before the answer to the request", function()
      assert.equal("queued", status("Queued", {}, {}, {}).state)
      assert.equal(tracking, status("Queued", {}, {}, {}).reference)
    end)

    it("ignores a conversation that is not the call's", function()
      assert.equal("ignored", status("Completed", { conversationTrackingId = "another" }).kind)
    end)

    it("reads a leg's status from the address it came to", function()
      local event = status("Busy", { to = "+306988000000", conversationTrackingId = "leg's own" }, { leg = "1" })
      assert.equal("leg", event.kind)
      assert.equal(1, event.leg)
      assert.equal("+306988000000", event.to)
      assert.equal("busy", event.state)
      assert.not_equal(status("Busy").id, event.id)
    end)

    it("ignores what is neither", function()
      for _, body in ipairs { {}, json.array {}, { status = "Completed" } } do
        assert.equal("ignored", routee:webhook(body, {}, {}).kind)
      end
    end)
  end)

  describe("status", function()
    local function leg(name, more)
      return merged({ messageId = message, to = "+30691111111",
        status = { status = name, date = "2026-01-21T12:00:00.000Z" } }, more)
    end

    local function ask(...)
      routee:answer(200, { content = json.array { ... } })
      return routee:status { to = "+30691111111", reference = tracking, state = "ringing" }
    end

    it("asks for the legs of the conversation", function()
      ask(leg "Ringing")
      local sent = routee.sent[1]
      assert.equal("GET", sent.method)
      assert.equal("https://connect.routee.net/voice/tracking/conversation/" .. tracking, sent.url)
      assert.equal("Bearer given-token", sent.headers.authorization)
    end)

    it("goes by the leg to the number that was called", function()
      local outcome = ask(leg("Busy", { to = "+306988000000" }), leg "InProgress")
      assert.equal("in_progress", outcome.state)
      assert.equal("in_progress", ask(leg("InProgress", { to = { phone = "+30691111111" } })).state)
    end)

    it("lets Unknown last two minutes before it is the carrier's failure", function()
      routee.now = host.noon + 2 * minute - 1
      assert.equal("ringing", ask(leg "Unknown").state)
      routee.now = host.noon + 2 * minute
      local outcome = ask(leg "Unknown")
      assert.equal("failed", outcome.state)
      assert.equal("carrier_error", outcome.reason)
    end)

    it("counts Unknown from the submission where it has no readable date", function()
      routee.now = host.noon + 2 * minute
      assert.equal("carrier_error", ask(leg("Unknown", { status = { status = "Unknown" } })).reason)
    end)

    it("ends nothing on a word that it doesn't know, however long it lasts", function()
      routee.now = host.noon + 60 * minute
      assert.equal("ringing", ask(leg "Tomorrow").state)
    end)

    it("takes an answering machine for no person", function()
      local outcome = ask(leg("Completed", { answeredBy = "MACHINE" }))
      assert.equal("failed", outcome.state)
      assert.equal("machine", outcome.reason)
      assert.equal("completed", ask(leg("Completed", { answeredBy = "HUMAN" })).state)
      assert.equal("completed", ask(leg("Completed", { answeredBy = "UNKNOWN" })).state)
    end)

    for _, case in ipairs { { 200, { content = json.array {} } }, { 404, { code = "404005000" } }, { 500, "" },
      { 200, "<html>" } } do
      it(("ends nothing on HTTP %d and %s"):format(case[1], json.encode(case[2])), function()
        routee:answer(case[1], case[2])
        local outcome, err = routee:status { to = "+30691111111", reference = tracking }
        assert.is_nil(outcome)
        assert.equal("provider_error", err.code)
      end)
    end

    it("asks nothing before Routee's id of the call is known", function()
      local outcome, err = routee:status { to = "+30691111111" }
      assert.is_nil(outcome)
      assert.matches("not known yet", err.message)
      assert.same({}, routee.sent)
    end)

    it("renews its token like placing does", function()
      with_client()
      grant "first"
      routee:answer(403, "")
      grant "second"
      assert.equal("ringing", ask(leg "Ringing").state)
    end)
  end)

  describe("find", function()
    local function find(...)
      routee:answer(200, { content = json.array { ... } })
      routee.now = host.noon + 5 * minute
      return routee:find { to = "+30691111111" }
    end

    it("searches for the recipient since the submission", function()
      find()
      local sent = routee.sent[1]
      assert.equal("POST", sent.method)
      assert.equal("https://connect.routee.net/voice/tracking?from=2026-01-21T11:59:00.000Z"
        .. "&to=2026-01-21T12:06:00.000Z", sent.url)
      assert.same({ { fieldName = "recipient", searchOperator = "is", searchTerm = "+30691111111" } },
        sent.json)
    end)

    it("finds the call", function()
      assert.same({ found = true, candidates = { { state = "ringing", reference = tracking } } },
        find { conversationTrackingId = tracking, status = { status = "Ringing" } })
    end)

    it("finds every call to the person, for one of them may be another run's", function()
      local legs = { { conversationTrackingId = "a", status = { status = "Busy" } }, { messageId = "no call" },
        { conversationTrackingId = "b", status = { status = "Unknown" } } }
      assert.same({ { state = "busy", reference = "a" }, { state = "queued", reference = "b" } },
        find(table.unpack(legs)).candidates)
    end)

    it("says so when there is none", function()
      assert.same({ found = false }, find())
    end)

    it("knows nothing when the answer can't be read", function()
      for _, case in ipairs { { 200, "<html>" }, { 500, "" }, { 200, {} } } do
        routee:answer(case[1], case[2])
        local found, err = routee:find { to = "+30691111111" }
        assert.is_nil(found)
        assert.equal("provider_error", err.code)
      end
    end)
  end)

  it("needs the application's id and secret unless it is given a token", function()
    assert.has_error(function() host.load("routee", { app_id = "app" }) end)
    assert.has_error(function() host.load("routee", { app_secret = "s3cret" }) end)
  end)

  it("takes plans, its own values and a request a second", function()
    local traits = routee.traits
    assert.is_true(traits.accepts.plan)
    assert.is_nil(traits.accepts.message)
    assert.is_nil(traits.accepts.window)
    assert.same({ "hangupDelay", "maxDuration", "machineDetection" }, traits.accepts.keys)
    assert.equal(1, traits.rate)
    assert.equal("query", traits.duplicate)
  end)
end)
