local control = require "spec.support.control"
local http = require "spec.support.http"
local json = require "spec.support.json"
local line = require "spec.support.line"
local process = require "spec.support.process"
local survivor = require "spec.support.survivor"

-- Runs that come back, after the engine died or because something happened to them.
describe("a run that comes back", function()
  local self = survivor.new()
  local wire

  teardown(function()
    wire:close()
    self:close()
  end)

  before_each(function()
    if wire then wire:close() end
    wire = line.open()
    self:reset()
    self:tin(wire.url)
  end)

  local asks = [[
    local words = require "words"
    local call = outdial.call { provider = "tin", to = "+306900000001" }
    call:say(words.first)
    local digits = call:collect {}
    local late = require "late"
    call:say(words.second .. late)
    local more = call:collect {}
    return { digits, more, words.second, late }]]

  local function modules(first, second, late)
    self:edit("lib/words", ("return { first = %q, second = %q }"):format(first, second))
    self:edit("lib/late", ("return %q"):format(late))
  end

  local function key(hook, turn, digits)
    return http.send("POST", hook .. "?turn=" .. turn, { kind = "digits", id = "digits:" .. turn, digits = digits })
  end

  local function status(hook, id, state)
    return http.send("POST", hook, { kind = "status", id = id, state = state })
  end

  -- A run whose call is up and which waits for the first digits.
  local function start(env)
    local engine = self:start(env, "asks")
    local create = wire:take()
    create:answer(200, { state = "in_progress", reference = "r" })
    self:wait_for "SELECT 1 FROM op WHERE op = 'collect' AND result IS NULL"
    return engine, create.json.hook
  end

  it("still says what it ended with, though it was late and the hold plan had gone out", function()
    self:edit("providers/tin", function(text)
      return (text:gsub("answer_within = 3", [[answer_within = 1,
        hold = { { verb = "say", text = "Wait" }, { verb = "collect", max_digits = 1 } }]]))
    end)
    self:flow("asks", [[
      local call = outdial.call { provider = "tin", to = "+306900000001" }
      call:collect {}
      outdial.sleep(0.8)
      call:say "Bye"]])
    local engine, hook = start()
    assert.equal("Wait", key(hook, 1, "1").json.verbs[1].text)
    self:wait_for "SELECT 1 FROM op WHERE op = 'finish' AND result IS NOT NULL"
    engine:kill()
    engine = self:serve()
    local said = key(hook, "h1", "")
    assert.equal("Bye", (said.json.verbs[1] or {}).text)
    assert.equal(said.body, key(hook, "h1", "").body)
    status(hook, "end", "completed")
    engine:await "run %w+ %(asks%) completed"
    engine:stop()
  end)

  it("has the scripts that it began with, whatever became of the files", function()
    self:flow("asks", asks)
    modules("hello", "bye", "!")
    local engine, hook = start()
    engine:kill()
    self:flow("asks", "return 'another'")
    modules("changed", "changed", "?")
    engine = self:serve()
    local answer = key(hook, 1, "12")
    assert.equal(200, answer.status)
    assert.equal("bye?", answer.json.verbs[1].text) -- required only now, so it is of now
    engine:kill()
    assert(os.execute(("rm -r %s/flows %s/lib"):format(self.scripts, self.scripts)))
    engine = self:serve()
    key(hook, 2, "34")
    status(hook, "end", "completed")
    engine:await "run %w+ %(asks%) completed"
    engine:stop()
    assert.same({ "12", "34", "bye", "?" }, json.decode(self:row().result))
  end)

  it("goes on also when a new engine would not begin with its flow any more", function()
    self:flow("asks", [[
      local call = outdial.call { provider = "tin", to = "+306900000001" }
      return call:collect {}]], 'params = { lot = { type = "integer", default = 1 } },')
    local engine, hook = start()
    engine:kill()
    self:write "UPDATE script SET source = replace(source, 'integer', 'decimal')"
    engine = self:serve()
    key(hook, 1, "12")
    status(hook, "end", "completed")
    engine:await "run %w+ %(asks%) completed"
    engine:stop()
    assert.equal("12", json.decode(self:row().result))
  end)

  it("does not say again what its flow has logged", function()
    self:flow("talks", "for i = 1, 4 do outdial.log('number', i) outdial.sleep(0.01) end")
    local ended = process.run(self:argv("run", "talks"), { env = { OUTDIAL_REPLAY = "always" } })
    assert.equal(0, ended.status, ended.err)
    for i = 1, 4 do assert.equal(1, select(2, ended.out:gsub("number " .. i, "")), ended.out) end
  end)

  -- The same request many times, all of them on their way before the first is answered: their answers.
  local function at_once(hook, query, body, count)
    local port, path = hook:match "^http://127.0.0.1:(%d+)(/.*)$"
    local text, connections, answers = json.encode(body), {}, {}
    local request = ("POST %s%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s")
      :format(path, query, #text, text)
    for i = 1, count do
      connections[i] = http.connect(port)
      connections[i]:send(request:sub(1, -2))
    end
    for i = 1, count do connections[i]:send(request:sub(-1)) end
    for i = 1, count do
      local code, rest = connections[i]:receive "*a":match "^HTTP/1.1 (%d+)(.*)$"
      answers[i] = { status = tonumber(code), body = rest:match "\r\n\r\n(.*)$" }
      connections[i]:close()
    end
    return answers
  end

  local function assert_alike(answers)
    for _, answer in ipairs(answers) do assert.same({ status = 200, body = answers[1].body }, answer) end
  end

  for _, env in ipairs { {}, { OUTDIAL_REPLAY = "always" } } do
    local where = env.OUTDIAL_REPLAY and "left memory at each op" or "is in memory"

    it("takes one of many copies at the same instant, when it " .. where, function()
      self:flow("asks", asks)
      modules("hello", "bye", "!")
      local engine = self:serve(env)
      engine:await "webhooks are taken"
      assert.equal(201, control.at(self.desk.store .. ".control"):ask("POST", "/runs", { flow = "asks" }).status)
      local create = wire:take()
      create:answer(200, { state = "in_progress", reference = "r" })
      self:wait_for "SELECT 1 FROM op WHERE op = 'collect' AND result IS NULL"
      local hook = create.json.hook
      local heard = at_once(hook, "?turn=1", { kind = "digits", id = "digits:1", digits = "12" }, 6)
      assert.equal("bye!", json.decode(heard[1].body).verbs[1].text)
      assert_alike(heard)
      assert_alike(at_once(hook, "", { kind = "status", id = "s", state = "in_progress" }, 20))
      assert.equal(200, key(hook, 2, "34").status)
      assert_alike(at_once(hook, "", { kind = "status", id = "end", state = "completed" }, 20))
      engine:await "run %w+ %(asks%) completed"
      engine:stop()
      assert.same({ "12", "34", "bye", "!" }, json.decode(self:row().result))
      local rows = self:query "SELECT key, count(*) AS n FROM event WHERE source = 'webhook' GROUP BY key"
      for _, row in ipairs(rows) do assert.equal(1, row.n, row.key) end
      assert.equal(2, #self:query "SELECT 1 FROM op WHERE op = 'collect' AND result IS NOT NULL")
    end)
  end

  it("ends the same whatever the order in which statuses come, once or often", function()
    self:flow("waits", [[
      local call = outdial.call { provider = "tin", to = "+306900000001", message = "m" }
      return call:wait {}]])
    local told = { "queued", "ringing", "in_progress", "completed" }
    local orders = { { 1, 2, 3, 4 }, { 2, 1, 4 }, { 3, 3, 2, 1, 4 }, { 1, 4 }, { 3, 2, 1, 1, 2, 3, 4 } }
    for _, order in ipairs(orders) do
      self.desk:reset()
      local engine = self:start({}, "waits")
      local create = wire:take()
      for i, each in ipairs(order) do
        assert.equal(200, status(create.json.hook, "s" .. each, told[each]).status)
        if i == 1 then -- the first comes before the create-call is answered
          create:answer(200, { state = "queued", reference = "r" })
          self:wait_for "SELECT 1 FROM call WHERE reference = 'r' ORDER BY submitted DESC LIMIT 1"
        end
      end
      assert.equal(0, engine:wait().status, table.concat(order, " "))
      assert.equal('"completed"', self:row().result)
      assert.same({ { state = "completed", reference = "r" } },
        self:query "SELECT state, reference FROM call ORDER BY updated DESC LIMIT 1")
    end
  end)

  for state, result in pairs { in_progress = '{"gone":true}', ringing = json.null } do
    it("knows whether somebody had answered when its call fails, which was " .. state, function()
      self:flow("asks", 'outdial.call { provider = "tin", to = "+306900000001" }:collect {}',
        "on_hangup = function() return { gone = true } end")
      local engine = self:start({}, "asks")
      local create = wire:take()
      create:answer(200, { state = "queued", reference = "r" })
      status(create.json.hook, "s", state)
      engine:kill()
      engine = self:serve()
      status(create.json.hook, "end", "failed")
      engine:await "run %w+ %(asks%) %l+"
      engine:stop()
      assert.same({ result, result == json.null and "failed" or "completed" }, { self:row().result, self:row().state })
    end)
  end

  it("had left memory while it waited, and wakes in time", function()
    self:flow("naps", "outdial.sleep(7) return 'rested'")
    local engine = self:start({ OUTDIAL_REPLAY = "" }, "naps") -- by its usual patience, also where all others have none
    self:wait_for "SELECT 1 FROM op WHERE op = 'sleep'"
    engine:kill()
    engine = self:serve { OUTDIAL_REPLAY = "" }
    engine:await "has left memory"
    engine:await "is back in memory"
    engine:await "run %w+ %(naps%) completed"
    engine:stop()
    assert.equal('"rested"', self:row().result)
  end)
end)
