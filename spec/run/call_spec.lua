local http = require "spec.support.http"
local json = require "spec.support.json"
local lab = require("spec.support.lab").new()

describe("a call", function()
  local run, create, hook

  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:provider "tin"
  end)

  local waits = [[
    local call = outdial.call { provider = "tin", to = "+306900000001", message = "m" }
    local disposition, err = call:wait {}
    return { disposition = disposition, code = err and err.code, message = err and err.message }]]

  local function start(lines)
    lab:flow("hello", lines)
    run = lab:start "hello"
    create = lab.line:take()
    hook = create.json.hook
  end

  local function place(lines)
    start(lines or waits)
    create:answer(200, { state = "queued", reference = "r-1" })
  end

  local serial = 0

  local function tell(event)
    serial = serial + 1
    event.kind, event.id = event.kind or "status", event.id or "e" .. serial
    assert.equal(200, http.send("POST", hook, event).status)
  end

  local function end_of()
    local ended = lab:wait(run)
    assert.equal(0, ended.status, ended.err)
    return ended
  end

  local function state()
    return lab:query("SELECT state FROM call")[1].state
  end

  it("moves up through its states", function()
    place()
    for _, word in ipairs { "ringing", "in_progress" } do
      tell { state = word }
      assert.equal(word, state())
    end
    tell { state = "completed" }
    assert.same({ disposition = "completed" }, end_of().report.result)
  end)

  it("never moves down, in whatever order its states are told", function()
    place()
    tell { state = "in_progress" }
    for _, word in ipairs { "ringing", "queued", "submitting", "unknown", "draft" } do
      tell { state = word }
      assert.equal("in_progress", state())
    end
    tell { state = "completed" }
    end_of()
  end)

  it("ends as it is first told", function()
    place [[
      local call = outdial.call { provider = "tin", to = "+306900000001", message = "m" }
      call:wait {}
      outdial.sleep(0.5)
      return (call:wait {})]]
    tell { state = "no_answer" }
    tell { state = "completed" }
    tell { state = "failed", reason = "carrier_error" }
    tell { state = "in_progress" }
    local ended = end_of()
    assert.equal("no_answer", ended.report.result)
    assert.equal("no_answer", ended.report.calls[1].state)
    assert.equal(json.null, ended.report.calls[1].reason)
  end)

  for _, word in ipairs { "busy", "no_answer", "rejected", "canceled", "expired" } do
    it(("tells its flow that it ended as %s"):format(word), function()
      place()
      tell { state = word }
      local result = end_of().report.result
      assert.equal(word, result.disposition)
      assert.equal(word, result.code)
      assert.has_match(word, result.message, 1, true)
    end)
  end

  it("tells its flow why it failed, in the provider's words", function()
    place()
    tell { state = "failed", reason = "blacklisted", message = "This number is barred." }
    local ended = end_of()
    assert.same({ disposition = "failed", code = "blacklisted", message = "This number is barred." },
      ended.report.result)
    assert.equal("blacklisted", ended.report.calls[1].reason)
  end)

  for before = 0, 1 do
    it(("tells it in words that are cut behind a whole character, %d"):format(before), function()
      place()
      tell { state = "failed", reason = "odd", message = ("x"):rep(before) .. ("é"):rep(400) }
      local told = end_of().report.result
      assert.same({ "failed", "odd" }, { told.disposition, told.code })
      assert.has_match("^x?éé", told.message)
    end)
  end

  it("gathers the details that it is told, one after the other", function()
    place()
    tell { state = "ringing", detail = { price = 1, said = "Ringing" } }
    tell { state = "queued", detail = { said = "Queued", late = true } }
    tell { state = "completed", detail = { duration = 7 }, reference = "r-2" }
    assert.equal("r-2", end_of().report.calls[1].reference)
    local row = lab:query "SELECT detail FROM call"[1]
    assert.same({ price = 1, said = "Queued", late = true, duration = 7 }, json.decode(row.detail))
  end)

  it("counts what is told twice once", function()
    place()
    for _ = 1, 3 do tell { id = "same", state = "ringing", detail = { n = 1 } } end
    tell { id = "same", state = "completed" } -- whatever it says
    assert.equal("ringing", state())
    assert.equal(1, #lab:query "SELECT * FROM event WHERE key = 'same'")
    tell { state = "completed" }
    end_of()
  end)

  it("counts once what is told twice at the same moment", function()
    place()
    local port, path = hook:match "^http://127.0.0.1:(%d+)(/.*)$"
    local body = json.encode { kind = "status", id = "same", state = "ringing" }
    local head = "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    local both = {}
    for i = 1, 20 do
      both[i] = http.connect(port)
      both[i]:send(head:format(path, #body))
    end
    for _, connection in ipairs(both) do connection:send(body) end
    for _, connection in ipairs(both) do
      assert.has_match("^HTTP/1.1 200 ", connection:receive "*a")
      connection:close()
    end
    assert.equal(1, #lab:query "SELECT * FROM event WHERE key = 'same'")
    tell { state = "completed" }
    end_of()
  end)

  it("drops words that are no state, and says so", function()
    place()
    tell { state = "flying" }
    assert.equal("queued", state())
    tell { state = "completed" }
    assert.has_match("tin: no call state is named 'flying'", end_of().err, 1, true)
  end)

  it("may be over before its create-call is answered", function()
    start(waits)
    tell { state = "completed", reference = "r-9" }
    create:answer(200, { state = "queued", reference = "r-1" })
    local ended = end_of()
    assert.same({ disposition = "completed" }, ended.report.result)
    assert.equal("completed", ended.report.calls[1].state)
  end)

  it("is known when it has called back, though its create-call is never answered", function()
    start(waits)
    tell { state = "ringing" }
    create:cut()
    tell { state = "completed" }
    assert.same({ disposition = "completed" }, end_of().report.result)
  end)

  it("tells of the legs it is connected to, which are no states of its own", function()
    place()
    for _, word in ipairs { "queued", "in_progress", "completed", "failed" } do
      tell { kind = "leg", leg = 1, to = "+306900000009", state = word }
      assert.equal("queued", state())
    end
    tell { state = "completed" }
    end_of()
    assert.equal(4, #lab:query "SELECT * FROM event WHERE kind = 'leg'")
  end)

  it("keeps its run up after the flow has returned", function()
    place [[
      local call = outdial.call { provider = "tin", to = "+306900000001" }
      call:say "Hello"]]
    repeat until #lab:query "SELECT * FROM op WHERE op = 'finish' AND result IS NOT NULL" == 1
    assert.equal("running", lab:query("SELECT state FROM run")[1].state)
    tell { state = "completed" }
    end_of()
  end)

  describe("that is let go", function()
    local detached = [[
      local call = outdial.call { provider = "tin", to = "+306900000001", message = "m" }
      local fine, err = call:detach()
      outdial.sleep(%g)
      return { fine = fine, code = err and err.code, message = err and err.message }]]

    it("does not keep its run up", function()
      place(detached:format(0))
      local ended = end_of()
      assert.same({ fine = true }, ended.report.result)
      assert.equal("queued", ended.report.calls[1].state)
    end)

    it("is still listened to", function()
      place(detached:format(0.5))
      tell { state = "in_progress" }
      tell { state = "busy" }
      assert.equal("busy", end_of().report.calls[1].state)
      assert.equal(3, #lab:query "SELECT * FROM event")
    end)

    it("is not when the provider refused it", function()
      start(detached:format(0))
      create:answer(200, { state = "failed", reason = "config", message = "No such recording." })
      assert.same({ code = "config", message = "No such recording." }, end_of().report.result)
    end)

    it("says its verbs first", function()
      lab:flow("hello", [[
        local call = outdial.call { provider = "tin", to = "+306900000001" }
        call:say "Hello"
        return call:detach()]])
      run = lab:start "hello"
      create = lab.line:serve(200, { state = "queued" })
      assert.same({ { verb = "say", text = "Hello" } }, create.json.verbs)
      assert.is_true(end_of().report.result)
    end)
  end)

  describe("that is waited for", function()
    it("for a while only, and then again", function()
      place [[
        local call = outdial.call { provider = "tin", to = "+306900000001", message = "m" }
        local seen = {}
        local disposition, err = call:wait { timeout = 0.1 }
        seen[1] = { disposition = disposition, code = err.code }
        disposition, err = call:wait { timeout = 0 }
        seen[2] = { disposition = disposition, code = err.code }
        seen[3] = { disposition = call:wait {} }
        seen[4] = { disposition = call:wait { timeout = 0 } }
        return seen]]
      repeat until #lab:query "SELECT * FROM op WHERE op = 'wait'" == 3
      tell { state = "completed" }
      assert.same({ { code = "timeout" }, { code = "timeout" }, { disposition = "completed" },
        { disposition = "completed" } }, end_of().report.result)
    end)
  end)

  describe("that cannot be placed", function()
    it("is refused at the flow's line, and is nothing to wait for", function()
      lab:flow("hello", [[
        local call = outdial.call { provider = "tin", to = "+306900000001", message = "m" }
        call:say "Hello"
        local seen = {}
        for i, name in ipairs { "collect", "wait", "detach", "collect" } do
          local fine, err = pcall(function() return call[name](call) end)
          seen[i] = not fine and err.message or "?"
        end
        return seen]])
      lab:provider("tin", nil, function(text)
        return (text:gsub("message = true, plan = true", "message = true"):gsub("plan = plan,", ""))
      end)
      local ended = lab:run "hello"
      assert.equal(0, ended.status, ended.err)
      assert.has_match("hello%.lua:6: tin cannot run a conversation", ended.report.result[1])
      for i = 2, 4 do assert.has_match("hello%.lua:6: the call could not be placed", ended.report.result[i]) end
      assert.equal("draft", ended.report.calls[1].state)
    end)

    it("fails, and says so to the place op and to what comes after it", function()
      lab:flow("hello", [[
        local call = outdial.call { provider = "tin", to = "+306900000001", message = "m" }
        local disposition, err = call:wait {}
        return { disposition, err.code }]])
      run = lab:start "hello"
      lab.line:serve(200, { error = { code = "auth", message = "Who are you?" } })
      assert.same({ "failed", "auth" }, end_of().report.result)
      local row = lab:query "SELECT result FROM op WHERE op = 'place'"[1]
      local result = json.decode(row.result)
      assert.equal(json.null, result[1])
      assert.equal("auth", result[2].code)
    end)

    it("is the flow's own mistake when the provider's script fails", function()
      lab:provider("tin", nil, function(text)
        return (text:gsub("local function place%(request, settings%)", "%0 request = request.no.such"))
      end)
      lab:flow("hello", [[
        local call = outdial.call { provider = "tin", to = "+306900000001", message = "m" }
        local disposition = call:wait {}
        return disposition]])
      local ended = lab:run "hello"
      assert.equal(1, ended.status)
      assert.equal("script", ended.report.error.code)
      assert.has_match("hello%.lua:3: .*tin%.lua:%d+: attempt to index a nil value", ended.report.error.message)
      assert.is_true(lab.line:is_quiet())
    end)
  end)
end)
