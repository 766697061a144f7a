local http = require "spec.support.http"
local json = require "spec.support.json"
local lab = require("spec.support.lab").new()

describe("asking how a call goes", function()
  local run, create

  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:flow("hello", [[
      local call = outdial.call { provider = "tin", to = "+306900000001", message = "m" }
      local disposition, err = call:wait {}
      return { disposition = disposition, code = err and err.code, message = err and err.message }]])
  end)

  -- A call of a provider that is asked this often.
  local function place(schedule, answer)
    schedule = schedule or "first = 0.02, ceiling = 0.02, deadline = 60"
    lab:provider("tin", ("status = status, poll = { %s }"):format(schedule))
    run = lab:start "hello"
    create = lab.line:take()
    create:answer(200, answer or { state = "queued", reference = "r-1", cursor = "c-0" })
  end

  local function asked()
    local request = lab.line:take()
    assert.equal("/status", request.path)
    return request
  end

  local function end_of()
    local ended = lab:wait(run)
    assert.equal(0, ended.status, ended.err)
    return ended
  end

  it("tells the provider's script what is known of the call", function()
    place()
    local request = asked()
    assert.equal(create.json.id, request.json.id)
    assert.equal("r-1", request.json.reference)
    assert.equal("c-0", request.json.cursor)
    assert.equal("queued", request.json.state)
    assert.equal("+306900000001", request.json.to)
    assert.is_true(math.type(request.json.submitted) == "integer")
    request:answer(200, { state = "completed" })
    assert.same({ disposition = "completed" }, end_of().report.result)
  end)

  it("goes on until the call has its disposition, and not any longer", function()
    place()
    for _, word in ipairs { "queued", "ringing", "in_progress", "ringing" } do asked():answer(200, { state = word }) end
    asked():answer(200, { state = "failed", reason = "machine", message = "A machine picked up." })
    assert.same({ disposition = "failed", code = "machine", message = "A machine picked up." }, end_of().report.result)
    assert.is_true(lab.line:is_quiet())
  end)

  it("is done with the newest cursor", function()
    place()
    for _, cursor in ipairs { "c-0", "c-1", "c-2" } do
      local request = asked()
      assert.equal(cursor, request.json.cursor)
      request:answer(200, { state = "in_progress", cursor = "c-" .. cursor:sub(-1) + 1 })
    end
    for _ = 1, 2 do -- an answer without one keeps it
      local request = asked()
      assert.equal("c-3", request.json.cursor)
      request:answer(200, {})
    end
    local request = asked()
    assert.equal("c-3", lab:query("SELECT cursor FROM call")[1].cursor)
    request:answer(200, { state = "completed" })
    end_of()
  end)

  it("adds nothing to the journal, and to the events only what moved the call", function()
    place()
    for i = 1, 100 do asked():answer(200, { state = "in_progress", cursor = "c-" .. i, detail = { n = i } }) end
    asked():answer(200, { state = "completed" })
    end_of()
    assert.same({ { op = "call" }, { op = "place" }, { op = "wait" }, { op = "finish" } },
      lab:query "SELECT op FROM op ORDER BY seq")
    assert.same({ { source = "submit" }, { source = "poll" }, { source = "poll" } },
      lab:query "SELECT source FROM event ORDER BY arrival")
    assert.same({ n = 100 }, json.decode(lab:query("SELECT detail FROM call")[1].detail))
  end)

  it("is not put off by answers that say nothing", function()
    place()
    asked():answer(500, "oh")
    asked():answer(200, "no JSON")
    asked():cut()
    asked():answer(200, { error = { code = "auth", message = "Not now." } })
    asked():answer(200, { state = "flying" })
    asked():answer(200, json.array {})
    asked():send "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"
    asked():answer(302, "", { Location = lab.line.url .. "/elsewhere" })
    asked():answer(200, { state = "completed" })
    assert.same({ disposition = "completed" }, end_of().report.result)
  end)

  it("is not put off by a script that fails, either", function()
    place()
    asked():answer(200, { error = { code = 7, message = json.array {} } })
    asked():answer(200, ("["):rep(100) .. ("]"):rep(100))
    asked():answer(200, '{"error":false}')
    asked():answer(200, { state = "completed" })
    assert.same({ disposition = "completed" }, end_of().report.result)
  end)

  it("leaves what a webhook has told meanwhile", function()
    place()
    local request = asked()
    local function tell(word)
      local event = { kind = "status", id = word, state = word }
      assert.equal(200, http.send("POST", create.json.hook, event).status)
    end
    tell "in_progress"
    request:answer(200, { state = "ringing" })
    request = asked()
    assert.equal("in_progress", request.json.state)
    tell "busy"
    assert.equal("busy", end_of().report.result.disposition)
    request:cut()
  end)

  it("ends by the deadline, and the call is expired", function()
    place "first = 0.02, ceiling = 0.02, deadline = 0.4"
    local answered = 0
    repeat
      lab.line.listener:settimeout(0.3)
      local fine, request = pcall(asked)
      if fine then
        request:answer(200, { state = "in_progress" })
        answered = answered + 1
      end
    until not fine
    assert.is_true(answered > 3)
    local result = end_of().report.result
    assert.equal("expired", result.disposition)
    assert.equal("expired", result.code)
    assert.has_match("tin gave no final status within 0%.4 s", result.message)
  end)

  it("ends by the deadline while it is waiting for an answer", function()
    place "first = 0.02, ceiling = 0.02, deadline = 0.3"
    local request = asked()
    assert.equal("expired", end_of().report.result.disposition)
    request:cut()
  end)

  it("is not done for a call that was never accepted", function()
    place(nil, { state = "failed", reason = "config" })
    assert.equal("config", end_of().report.result.code)
    assert.is_true(lab.line:is_quiet())
  end)

  it("slows down by the factor, up to the ceiling", function()
    place "first = 0.05, factor = 3, ceiling = 0.3, deadline = 60"
    local socket = require "socket"
    local times = { socket.gettime() }
    for i = 1, 4 do
      asked():answer(200, { state = i < 4 and "in_progress" or "completed" })
      times[#times + 1] = socket.gettime()
    end
    end_of()
    -- The least it can be is sure, whatever else the machine does.
    for i, wait in ipairs { 0.05, 0.15, 0.3, 0.3 } do
      assert.is_true(times[i + 1] - times[i] > wait * 0.9, ("wait %d was %g s"):format(i, times[i + 1] - times[i]))
    end
  end)

  it("goes on after the flow has let the call go, as long as the run is up", function()
    lab:flow("hello", [[
      local call = outdial.call { provider = "tin", to = "+306900000001", message = "m" }
      call:detach()
      outdial.sleep(0.4)]])
    place()
    asked():answer(200, { state = "ringing" })
    asked():answer(200, { state = "completed" })
    assert.equal("completed", end_of().report.calls[1].state)
  end)
end)
