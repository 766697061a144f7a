local json = require "spec.support.json"
local process = require "spec.support.process"
local lab = require("spec.support.lab").new()

local person = "+306900000001"

describe("the create-call", function()
  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:provider "tin"
    lab:flow("hello", [[
      local call = outdial.call { provider = "tin", to = "+306900000001", message = "m" }
      local disposition, err = call:wait {}
      if err then return nil, err end
      return disposition]])
  end)

  -- What a run ends with whose create-call met this; `meet` has the request in its hands.
  local function run_meeting(meet)
    local run = lab:start "hello"
    meet(lab.line:take())
    return lab:wait(run)
  end

  local function assert_unknown(ended, what)
    assert.equal(3, ended.status, ended.err)
    assert.equal("unknown", ended.report.state)
    assert.equal("unknown", ended.report.calls[1].state)
    assert.equal("unknown", ended.report.error.code)
    assert.has_match(what, ended.report.error.message)
    assert.is_true(lab.line:is_quiet(), "it was sent again")
    assert.same({ { state = "unknown" } }, lab:query "SELECT state FROM call")
    assert.same({ { state = "unknown" } }, lab:query "SELECT state FROM run")
  end

  local function assert_failed(ended, code, what)
    assert.equal(1, ended.status, ended.err)
    assert.equal("failed", ended.report.state)
    assert.equal("failed", ended.report.calls[1].state)
    assert.equal(code, ended.report.error.code)
    assert.has_match(what, ended.report.error.message)
    assert.is_true(lab.line:is_quiet(), "it was sent again")
  end

  it("is what the provider's script makes of it, and its answer is what the call becomes", function()
    local ended = run_meeting(function(create)
      assert.equal("POST", create.method)
      assert.equal("application/json", create.headers["content-type"])
      assert.equal(person, create.json.to)
      create:answer(200, { state = "completed", reference = "r-1" })
    end)
    assert.equal(0, ended.status, ended.err)
    assert.equal("completed", ended.report.result)
    assert.equal("r-1", ended.report.calls[1].reference)
  end)

  describe("that may have been accepted", function()
    it("leaves the call unknown when the connection ends without an answer", function()
      assert_unknown(run_meeting(function(create) create:cut() end), "broke off")
    end)

    it("leaves the call unknown when the connection ends inside the answer", function()
      assert_unknown(run_meeting(function(create)
        create:send 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"state":'
      end), "broke off")
    end)

    it("leaves the call unknown when it ends inside the headers", function()
      assert_unknown(run_meeting(function(create) create:send "HTTP/1.1 200 OK\r\nContent-Le" end), "broke off")
    end)

    it("leaves the call unknown when what comes back is not HTTP", function()
      assert_unknown(run_meeting(function(create) create:send "\0\1\2 what?\r\n\r\n" end), "broke off")
    end)

    it("leaves the call unknown when the server never answers", function()
      lab:set "tin.deadline=0.3"
      assert_unknown(run_meeting(function() end), "too slow")
    end)

    it("leaves the call unknown when the answer is larger than anybody needs", function()
      assert_unknown(run_meeting(function(create)
        create:answer(200, '{"state":"queued","x":"' .. ("x"):rep(1 << 20) .. '"}')
      end), "too large")
    end)

    it("leaves the call unknown when the answer is no JSON", function()
      assert_unknown(run_meeting(function(create) create:answer(200, "{queued") end), "HTTP 200")
    end)

    for _, status in ipairs { 500, 502, 503 } do -- a 503 that names no time
      it("leaves the call unknown after HTTP " .. status, function()
        assert_unknown(run_meeting(function(create) create:answer(status, "oh") end), "HTTP " .. status)
      end)
    end

    it("leaves the call unknown when the provider's script fails over the answer", function()
      lab:provider("tin", nil, function(text)
        return (text:gsub("return json end", "return json.no.such end"))
      end)
      local ended = run_meeting(function(create) create:answer(200, { state = "queued" }) end)
      assert_unknown(ended, "tin%.lua:%d+: attempt to index")
    end)

    it("leaves the call unknown when its script says a state that no placed call can have", function()
      for _, state in ipairs { "flying", "submitting", "unknown", "", 5, json.array {} } do
        assert_unknown(run_meeting(function(create) create:answer(200, { state = state, reference = "r-1" }) end),
          "tin: place returned no state of a placed call: " .. (type(state) == "string" and state or "it is no text"))
        lab:reset()
        lab:provider "tin"
        lab:flow("hello", "outdial.call { provider = 'tin', to = '+306900000001', message = 'm' }:wait {}")
      end
    end)

    it("leaves the call unknown when the answer is nested deeper than any value may be", function()
      assert_unknown(run_meeting(function(create)
        create:answer(200, ("["):rep(3000) .. ("]"):rep(3000))
      end), "HTTP 200")
    end)

    it("is not sent a second time by Veratad's script either, whose accounts keep no keys", function()
      local veratad = lab.desk:double "veratad"
      veratad:behave { faults = json.array { { on = "create", cut = "after" } } }
      local ended = lab:run("deliver", "to=+12015106000", "message=hello")
      assert.equal(3, ended.status, ended.err)
      assert.equal("unknown", ended.report.calls[1].state)
      local record = veratad:record()
      assert.equal(1, #record.calls)
      assert.equal(1, #record.requests)
    end)
  end)

  describe("that was surely not accepted", function()
    it("is sent again after HTTP 429, when the provider wants it", function()
      local run = lab:start "hello"
      local first = lab.line:serve(429, "", { ["Retry-After"] = "0" })
      local second = lab.line:serve(200, { state = "completed" })
      assert.equal(first.body, second.body)
      assert.equal(0, lab:wait(run).status)
    end)

    it("is sent again after HTTP 503 with a time", function()
      local run = lab:start "hello"
      lab.line:serve(503, "", { ["Retry-After"] = "0" })
      lab.line:serve(200, { state = "completed" })
      assert.equal(0, lab:wait(run).status)
    end)

    it("is sent five times at most", function()
      local run = lab:start "hello"
      for _ = 1, 5 do lab.line:serve(429, "", { ["Retry-After"] = "0" }) end
      assert_failed(lab:wait(run), "provider_error", "HTTP 429")
    end)

    it("fails the call after any other 4xx, at once", function()
      assert_failed(run_meeting(function(create) create:answer(422, "no") end), "provider_error", "HTTP 422")
    end)

    it("fails the call after a redirect, which is not followed", function()
      assert_failed(run_meeting(function(create)
        create:answer(302, "", { Location = lab.line.url .. "/elsewhere" })
      end), "provider_error", "HTTP 302")
    end)

    it("fails the call with the provider's own reason", function()
      assert_failed(run_meeting(function(create)
        create:answer(200, { state = "failed", reason = "blacklisted", message = "That number is barred." })
      end), "blacklisted", "^That number is barred%.$")
    end)

    it("fails the call with the script's own error", function()
      assert_failed(run_meeting(function(create)
        create:answer(200, { error = { code = "auth", message = "Who are you?", sent = "no" } })
      end), "auth", "^Who are you%?$")
    end)

    it("fails the call when the server's certificate cannot be checked", function()
      lab:set("tin.url=https://127.0.0.1:" .. lab.line.url:match "%d+$")
      local run = lab:start("--set=tin.deadline=5", "hello")
      lab.line.listener:accept():close()
      local ended = lab:wait(run)
      assert.equal(1, ended.status, ended.err)
      assert.equal("failed", ended.report.state)
    end)

    it("fails the call when nobody listens, after a few tries", function()
      lab.line.listener:close()
      local ended = lab:run("--log-level", "debug", "hello")
      assert_failed(ended, "refused", "127%.0%.0%.1")
      local tries = select(2, ended.err:gsub("POST " .. lab.line.url, ""))
      assert.equal(5, tries, ended.err)
    end)
  end)

  describe("leaves on a connection of its own", function()
    it("though the one before could be kept", function()
      lab:flow("twice", [[
        for _ = 1, 2 do
          outdial.call { provider = "tin", to = "+306900000001", message = "m" }:wait {}
        end]])
      local run = lab:start "twice"
      local first = lab.line:take()
      first.connection:send 'HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{"state":"completed"}'
      local second = lab.line:take() -- a new connection, while the first is open
      second:answer(200, { state = "completed" })
      assert.equal(0, lab:wait(run).status)
    end)

    it("with Routee, whose token came by another", function()
      local routee = lab.desk:double "routee"
      routee:behave { callee = { keys = json.array { "1234#" } } }
      assert.equal(0, lab:run("pin", "to=" .. person, "pin=1234", "support=+306900000009").status)
      local seen = {}
      for _, request in ipairs(routee:record().requests) do seen[request.path] = request.connection end
      assert.is_number(seen["/oauth/token"])
      assert.is_number(seen["/voice/conversation"])
      assert.not_equal(seen["/oauth/token"], seen["/voice/conversation"])
    end)
  end)

  describe("is on disk before its first byte leaves", function()
    local function digest_of(text)
      return process.line("sha256sum <" .. process.quote(lab.desk:file("sent", text))):match "^%x+"
    end

    before_each(function()
      lab:provider("tin", nil, function(text)
        text = text:gsub("body = request }", "body = { request = request, password = settings.key } }")
        return text
      end)
      lab:set 'tin.key=s"3cret\\ñ'
    end)

    it("with its bytes and their digest, but without its secrets", function()
      local run = lab:start "hello"
      local create = lab.line:take()
      local row = lab:query "SELECT * FROM call"[1]
      create:answer(200, { state = "completed" })
      assert.equal("submitting", row.state)
      assert.equal(digest_of(create.body), row.digest)
      assert.equal('s"3cret\\ñ', create.json.password)
      local redacted = json.decode(row.request)
      assert.equal("${key}", redacted.password)
      assert.same(create.json.request, redacted.request)
      assert.is_true(row.submitted > 0 and row.not_after > row.submitted)
      assert.equal(0, lab:wait(run).status)
    end)

    it("and so is the run and what its flow asked for", function()
      local run = lab:start "hello"
      local create = lab.line:take()
      assert.same({ { flow = "hello", state = "running" } }, lab:query "SELECT flow, state FROM run")
      assert.same({ { op = "call" }, { op = "place" } }, lab:query "SELECT op FROM op ORDER BY seq")
      assert.same({ { result = json.null } }, lab:query "SELECT result FROM op WHERE op = 'place'")
      create:answer(200, { state = "completed" })
      assert.equal(0, lab:wait(run).status)
    end)

    it("at each try, as it is sent", function()
      local run = lab:start "hello"
      lab.line:serve(429, "", { ["Retry-After"] = "0" })
      local create = lab.line:take()
      assert.same({ { digest = digest_of(create.body) } }, lab:query "SELECT digest FROM call")
      create:answer(200, { state = "completed" })
      assert.equal(0, lab:wait(run).status)
    end)

    it("with Routee's token nowhere", function()
      local routee = lab.desk:double "routee"
      routee:behave { pace = 1, faults = json.array { { on = "create", silent = true } } }
      lab:start("pin", "to=" .. person, "pin=1234", "support=+306900000009")
      routee:wait { requests = 2 }
      local row = lab:query "SELECT digest FROM call"[1]
      local token
      for _, request in ipairs(routee:record().requests) do
        token = request.headers.authorization:match "^Bearer (.+)" or token
        if request.path == "/voice/conversation" then assert.equal(digest_of(request.body), row.digest) end
      end
      assert.is_string(token)
      for _, table_name in ipairs { "run", "op", "call", "event" } do
        local rows = json.encode(lab:query("SELECT * FROM " .. table_name))
        assert.is_nil(rows:find(token, 1, true), table_name)
      end
    end)
  end)

  it("keeps the provider's rate by queueing", function()
    local routee = lab.desk:double "routee"
    lab:flow("three", [[
      for i = 1, 3 do
        local call = outdial.call { provider = "routee", from = "Us", to = "+30690000000" .. i }
        call:say "Hello"
        call:detach()
      end]])
    assert.equal(0, lab:run("three").status)
    local times = {}
    for _, request in ipairs(routee:record().requests) do
      if request.path == "/voice/conversation" then
        assert.equal(200, request.status)
        times[#times + 1] = request.at
      end
    end
    assert.equal(3, #times)
    for i = 2, 3 do assert.is_true(times[i] - times[i - 1] > 0.98, times[i] - times[i - 1]) end
  end)
end)
