local http = require "spec.support.http"
local json = require "spec.support.json"
local socket = require "socket"
local lab = require("spec.support.lab").new()

describe("the talk with a person", function()
  local run, create, hook

  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:provider "tin"
  end)

  -- Asks twice, and says at its end what it heard.
  local asks_twice = [[
    local call = outdial.call { provider = "tin", to = "+306900000001" }
    call:say "Hello"
    local first, err = call:collect { max_digits = 4, timeout = 9 }
    call:say(first or err.code)
    local second = call:collect { submit_on_hash = true }
    call:say "Bye"
    return { first = first, second = second }]]

  local function start(lines, more)
    lab:flow("talk", lines, more)
    run = lab:start "talk"
    create = lab.line:take()
    hook = create.json.hook
  end

  local function place(lines, more)
    start(lines, more)
    create:answer(200, { state = "queued", reference = "r-1" })
  end

  local function post(event, query)
    return http.send("POST", hook .. (query or ""), event)
  end

  -- The person has keyed these at the question with that number.
  local function key(turn, digits)
    return post({ kind = "digits", id = "digits:" .. turn, digits = digits }, "?turn=" .. turn)
  end

  -- The same, without waiting for the answer.
  local function key_early(turn, digits)
    local port, path = hook:match "^http://127.0.0.1:(%d+)(/.*)$"
    local connection = http.connect(port)
    local body = json.encode { kind = "digits", id = "digits:" .. turn, digits = digits }
    connection:send(("POST %s?turn=%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s")
      :format(path, turn, #body, body))
    return connection
  end

  local function rest_of(connection)
    local whole, _, part = connection:receive "*a"
    connection:close()
    whole = whole or part
    local status, body = whole:match "^HTTP/1.1 (%d+) .-\r\n\r\n(.*)$"
    return { status = tonumber(status), body = body, json = body and json.decode(body) }
  end

  local function finish(state)
    assert.equal(200, post({ kind = "status", id = "end", state = state or "completed" }).status)
    return lab:wait(run)
  end

  local function words(answer)
    local list = {}
    for i, verb in ipairs(answer.json.verbs) do list[i] = verb.text or verb.verb .. " " .. (verb.turn or "") end
    return table.concat(list, ", ")
  end

  it("is one plan in the create-call and one in each answer", function()
    place(asks_twice)
    assert.same({ { verb = "say", text = "Hello" }, { verb = "collect", turn = 1, max_digits = 4, timeout = 9 } },
      create.json.verbs)
    local answer = key(1, "12")
    assert.equal(200, answer.status)
    assert.same({ { verb = "say", text = "12" }, { verb = "collect", turn = 2, submit_on_hash = true } },
      answer.json.verbs)
    assert.same({ { verb = "say", text = "Bye" } }, key(2, "345").json.verbs)
    local ended = finish()
    assert.equal(0, ended.status, ended.err)
    assert.same({ first = "12", second = "345" }, ended.report.result)
  end)

  it("is told by code when nothing was keyed", function()
    place(asks_twice)
    assert.equal("no_input, collect 2", words(key(1, "")))
    key(2, "5")
    assert.same({ second = "5" }, finish().report.result)
  end)

  it("is answered with a plan that ends the call when the flow has nothing more to say", function()
    place [[return outdial.call { provider = "tin", to = "+306900000001" }:collect {}]]
    assert.same({ verbs = {} }, key(1, "7").json)
    local late = key(2, "8")
    assert.equal(200, late.status)
    local ended = finish()
    assert.equal(0, ended.status, ended.err)
    assert.equal("7", ended.report.result)
  end)

  it("is answered so when the flow fails, too", function()
    place [[
      local call = outdial.call { provider = "tin", to = "+306900000001" }
      local digits = call:collect {}
      error("what is " .. digits)]]
    local answer = key(1, "7")
    assert.equal(200, answer.status)
    assert.same({ verbs = {} }, answer.json)
    local ended = finish()
    assert.equal(1, ended.status)
    assert.has_match("talk%.lua:4: what is 7$", ended.report.error.message)
  end)

  it("goes out as the text that the provider's script made of it, or as JSON in the fewest digits", function()
    lab:provider("tin", nil, function(text)
      return (text:gsub("local function plan%(verbs%)", [[%0
        if verbs[1] and verbs[1].text == "text" then return '<say>"1"</say>' end
        if verbs[1] then return { 0.1, 1e300, 2.0, outdial.null } end]]))
    end)
    place [[
      local call = outdial.call { provider = "tin", to = "+306900000001" }
      call:collect {}
      call:say "text"
      call:collect {}
      call:say "numbers"]]
    assert.equal('<say>"1"</say>', key(1, "7").body)
    assert.equal("[0.1,1e+300,2,null]", key(2, "8").body)
    finish()
  end)

  it("is answered so when the provider's script cannot say what the flow wants", function()
    lab:provider("tin", nil, function(text)
      return (text:gsub("local function plan%(verbs%)", [[%0
        if verbs[1] and verbs[1].text == "unspeakable" then
          return nil, { code = "invalid_request", message = "no such word" }
        end]]))
    end)
    place [[
      local call = outdial.call { provider = "tin", to = "+306900000001" }
      call:collect {}
      call:say "unspeakable"
      call:collect {}]]
    assert.same({ verbs = {} }, key(1, "7").json)
    local ended = finish()
    assert.equal(1, ended.status)
    assert.equal("invalid_request", ended.report.error.code)
    assert.has_match("talk%.lua:5: tin: no such word$", ended.report.error.message)
  end)

  it("goes on with each call's own webhooks", function()
    lab:flow("talk", [[
      local one = outdial.call { provider = "tin", to = "+306900000001" }
      local two = outdial.call { provider = "tin", to = "+306900000002" }
      local a = one:collect {}
      local b = two:collect {}
      return a .. b]])
    run = lab:start "talk"
    create = lab.line:serve(200, { state = "queued" })
    local hook_of_one = create.json.hook
    hook = hook_of_one
    key(1, "1")
    local other = lab.line:serve(200, { state = "queued" })
    assert.equal("+306900000002", other.json.to)
    hook = other.json.hook
    key(1, "2")
    post { kind = "status", id = "end", state = "completed" }
    hook = hook_of_one
    assert.equal("12", finish().report.result)
  end)

  describe("hears a question's answer once", function()
    it("though the webhook comes twice, which gets the identical answer", function()
      place(asks_twice)
      local first, again = key(1, "12"), key(1, "12")
      assert.equal(200, again.status)
      assert.equal(first.body, again.body)
      local other = key(1, "99") -- not even when it says something else
      assert.equal(first.body, other.body)
      local second = key(2, "345")
      assert.equal(first.body, key(1, "12").body)
      assert.equal(second.body, key(2, "345").body)
      assert.same({ first = "12", second = "345" }, finish().report.result)
      assert.equal(2, #lab:query "SELECT * FROM event WHERE kind = 'digits'")
    end)

    it("though both come before the flow is ready", function()
      place [[
        local call = outdial.call { provider = "tin", to = "+306900000001" }
        local first = call:collect {}
        outdial.sleep(0.5)
        call:say(first)
        local second = call:collect {}
        return first .. second]]
      local one, two = key_early(1, "1"), key_early(1, "1")
      local answers = { rest_of(one), rest_of(two) }
      assert.equal(200, answers[1].status)
      assert.equal("1, collect 2", words(answers[1]))
      assert.equal(answers[1].body, answers[2].body)
      key(2, "2")
      assert.equal("12", finish().report.result)
    end)

    it("though it comes before the create-call is answered", function()
      start(asks_twice)
      assert.equal("12, collect 2", words(key(1, "12")))
      create:answer(200, { state = "queued", reference = "r-1" })
      key(2, "345")
      local ended = finish()
      assert.same({ first = "12", second = "345" }, ended.report.result)
      assert.equal("r-1", ended.report.calls[1].reference)
    end)

    it("though the create-call is never answered", function()
      start(asks_twice)
      key(1, "12")
      create:cut()
      key(2, "345")
      local ended = finish()
      assert.equal(0, ended.status, ended.err)
      assert.equal("completed", ended.report.calls[1].state)
    end)

    it("and none of a question that was not asked yet", function()
      place(asks_twice)
      for _, turn in ipairs { "2", "3", "0", "-1", "1000000", "99999999999999999999", "x", "", "h1", "h" } do
        local answer = key(turn, "66")
        assert.equal(200, answer.status, turn)
        assert.is_table(answer.json, turn)
      end
      assert.equal("12, collect 2", words(key(1, "12")))
      key(2, "345")
      assert.same({ first = "12", second = "345" }, finish().report.result)
    end)
  end)

  describe("while the flow is busy", function()
    local busy = [[
      local call = outdial.call { provider = "tin", to = "+306900000001" }
      local first = call:collect {}
      outdial.sleep(%s)
      call:say(first)
      local second = call:collect {}
      return first .. second]]

    local function hold_after(seconds)
      lab:provider("tin", 'hold = { { verb = "say", text = "One moment" }, { verb = "collect", max_digits = 1 } }',
        function(text) return (text:gsub("answer_within = 3", "answer_within = " .. seconds + 0.5)) end)
    end

    it("is held by the provider's hold plan, and goes on with the next webhook", function()
      hold_after(1)
      place(busy:format "1.4")
      assert.equal("One moment, collect h1", words(key(1, "1")))
      assert.equal("1, collect 2", words(key("h1", "")))
      key(2, "2")
      assert.equal("12", finish().report.result)
    end)

    it("is held again where one is not enough", function()
      hold_after(0.5)
      place(busy:format "1.7")
      local answer, holds = key(1, "1"), 0
      repeat
        holds = holds + 1
        assert.equal("One moment, collect h" .. holds, words(answer))
        answer = key("h" .. holds, "")
        assert.equal(answer.body, key("h" .. holds, "").body) -- a duplicate
      until words(answer) == "1, collect 2"
      assert.is_true(holds > 1)
      key(2, "2")
      assert.equal("12", finish().report.result)
    end)

    it("keeps what the flow says until it is fetched", function()
      hold_after(0.5)
      place(busy:format "0.8")
      key(1, "1")
      local ready
      repeat ready = lab:query "SELECT * FROM op WHERE op = 'collect' AND result IS NULL" until #ready == 1
      assert.equal("1, collect 2", words(key("h1", "")))
      key(2, "2")
      assert.equal("12", finish().report.result)
    end)

    it("is held by Routee's plan within its three seconds, and the call lives on", function()
      local routee = lab.desk:double "routee"
      routee:behave { callee = { keys = json.array { "12#", "1#", "34#" } } }
      lab:flow("talk", [[
        local call = outdial.call { provider = "routee", from = "Us", to = "+306900000001" }
        local first = call:collect { max_digits = 2, submit_on_hash = true }
        outdial.sleep(4)
        call:say "Sorry to have kept you."
        local second = call:collect { max_digits = 2, submit_on_hash = true }
        return { first = first, second = second }]])
      run = lab:start "talk"
      local ended = lab:wait(run)
      local held
      for _, webhook in ipairs(routee:record().webhooks) do
        assert.equal(json.null, webhook.refused)
        held = held or webhook.took > 1 and webhook
      end
      assert.is_true(held.took > 2.3 and held.took < 3, held.took)
      assert.same({ first = "12", second = "34" }, ended.report.result)
    end)
  end)

  describe("ends with a hang-up", function()
    local told = 'on_hangup = function(p, call) return { gone = call.number, pin = p.pin } end'
    local with_pin = told .. ', params = { pin = { type = "digits", default = "1" } }'

    it("at the waiting question, and the flow's on_hangup has the last word", function()
      place(asks_twice, with_pin)
      key(1, "1")
      local answer = post { kind = "hangup", id = "hangup" }
      assert.equal(200, answer.status)
      local ended = finish()
      assert.equal(0, ended.status, ended.err)
      assert.same({ gone = 1, pin = "1" }, ended.report.result)
      assert.same({ { result = '[null,{"code":"hangup"' } },
        lab:query "SELECT substr(result, 1, 22) AS result FROM op WHERE op = 'collect' ORDER BY seq DESC LIMIT 1")
    end)

    it("once, though it is told twice", function()
      place(asks_twice, told)
      post { kind = "hangup", id = "hangup" }
      post { kind = "hangup", id = "hangup" }
      local ended = finish()
      assert.equal(0, ended.status, ended.err)
      assert.same({ gone = 1 }, ended.report.result)
      assert.equal(1, #lab:query "SELECT * FROM event WHERE kind = 'hangup'")
    end)

    it("when the call's status says that it is over", function()
      place(asks_twice, told)
      local ended = finish "completed"
      assert.equal(0, ended.status, ended.err)
      assert.same({ gone = 1 }, ended.report.result)
    end)

    it("which fails the run of a flow that has no on_hangup, if the call failed", function()
      place(asks_twice)
      post { kind = "status", id = "on", state = "in_progress" }
      local ended = finish "failed"
      assert.equal(1, ended.status)
      assert.equal("failed", ended.report.error.code)
    end)

    it("also when the service calls it failed, if somebody had answered", function()
      place(asks_twice, told)
      post { kind = "status", id = "on", state = "in_progress" }
      local ended = finish "failed"
      assert.equal(0, ended.status, ended.err)
      assert.same({ gone = 1 }, ended.report.result)
    end)

    it("but not when nobody answered: the run fails as the call did, without on_hangup", function()
      for _, state in ipairs { "busy", "no_answer", "failed" } do
        place(asks_twice, told)
        post { kind = "status", id = "rings", state = "ringing" }
        local ended = finish(state)
        assert.equal(1, ended.status)
        assert.equal(state, ended.report.error.code)
        assert.equal(json.null, ended.report.result)
        assert.same({ { code = state, hangup = json.null } }, lab:query [[
          SELECT result ->> '$[1].code' AS code, (SELECT 1 FROM event WHERE kind = 'hangup') AS hangup
          FROM op WHERE op = 'collect']])
        lab:reset()
        lab:provider "tin"
      end
    end)

    it("which completes the run if the call did", function()
      place(asks_twice)
      post { kind = "hangup", id = "hangup" }
      local ended = finish()
      assert.equal(0, ended.status, ended.err)
      assert.equal(json.null, ended.report.result)
    end)

    it("at the next question when the flow is busy at the moment", function()
      place([[
        local call = outdial.call { provider = "tin", to = "+306900000001" }
        call:collect {}
        outdial.sleep(0.3)
        outdial.log "still here"
        call:collect {}
        outdial.log "never here"]], told)
      local waiting = key_early(1, "1")
      post { kind = "hangup", id = "hangup" }
      assert.equal(200, rest_of(waiting).status)
      assert.same({ gone = 1 }, finish().report.result)
      assert.same({ { args = '{"level":"info","message":"still here"}' } },
        lab:query "SELECT args FROM op WHERE op = 'log'")
    end)

    it("at the next question also when the call failed meanwhile, after somebody had answered", function()
      place([[
        local call = outdial.call { provider = "tin", to = "+306900000001" }
        call:collect {}
        outdial.sleep(0.3)
        call:collect {}]], told)
      local waiting = key_early(1, "1")
      post { kind = "status", id = "over", state = "failed" }
      assert.equal(200, rest_of(waiting).status)
      local ended = lab:wait(run)
      assert.equal(0, ended.status, ended.err)
      assert.same({ gone = 1 }, ended.report.result)
    end)

    it("but first the flow hears what was keyed before it", function()
      place([[
        local call = outdial.call { provider = "tin", to = "+306900000001" }
        outdial.sleep(0.3)
        return call:collect {}]], told)
      post { kind = "hangup", id = "hangup" }
      local ended = finish()
      assert.equal(0, ended.status)
    end)

    it("and on_hangup that asks again is told so", function()
      place(asks_twice, [[on_hangup = function(p, call)
        local digits, err = call:collect {}
        return { digits = digits, code = err and err.code }
      end]])
      post { kind = "hangup", id = "hangup" }
      local ended = finish()
      assert.equal(0, ended.status, ended.err)
      assert.same({ code = "hangup" }, ended.report.result)
    end)

    it("and on_hangup can wait for how the call ended", function()
      place(asks_twice, "on_hangup = function(_, call) return (call:wait {}) end")
      post { kind = "hangup", id = "hangup" }
      assert.equal("completed", finish().report.result)
    end)

    it("and a failing on_hangup fails the run", function()
      place(asks_twice, 'on_hangup = function() error "no time for this" end')
      post { kind = "hangup", id = "hangup" }
      local ended = finish()
      assert.equal(1, ended.status)
      assert.has_match("talk%.lua:%d+: no time for this", ended.report.error.message)
    end)

    it("and is over by itself when the provider says nothing more of the call", function()
      place(asks_twice, told)
      local began = socket.gettime()
      post { kind = "hangup", id = "hangup" }
      local ended = lab:wait(run)
      assert.equal(0, ended.status, ended.err)
      assert.equal("completed", ended.report.calls[1].state)
      assert.is_true(socket.gettime() - began > 9)
    end)
  end)

  it("leaves nobody without an answer when the engine is stopped", function()
    place [[
      local call = outdial.call { provider = "tin", to = "+306900000001" }
      call:collect {}
      outdial.sleep(60)]]
    local waiting = key_early(1, "1")
    repeat until #lab:query "SELECT * FROM op WHERE op = 'sleep'" == 1
    run:signal "INT"
    local answer = rest_of(waiting)
    assert.equal(503, answer.status)
    local ended = lab:wait(run)
    assert.equal(3, ended.status, ended.err)
    assert.equal("interrupted", ended.report.error.code)
  end)
end)
