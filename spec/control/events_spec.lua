local http = require "spec.support.http"
local process = require "spec.support.process"
local socket = require "socket"
local lab = require("spec.support.lab").new()

describe("events", function()
  local control, served

  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:provider "tin"
    lab:flow("quick", "outdial.log 'hello'")
    lab:flow("asks", [[
      local call = outdial.call { provider = "tin", to = "+306900000001" }
      local digits = call:collect { max_digits = 4 }
      outdial.log "thank you"
      call:wait {}
      return { count = #digits }]])
    served = lab:serve()
    control = lab:control()
  end)

  local function start(flow)
    return control:ask("POST", "/runs", { flow = flow }).json.run
  end

  -- A run whose call is up and which waits for digits.
  local function start_asking()
    local run = start "asks"
    local create = lab.line:take()
    create:answer(200, { state = "queued", reference = "r-1" })
    local waiting
    repeat waiting = control:ask("GET", "/runs/" .. run).json.waiting until waiting.op == "collect"
    repeat until socket.gettime() * 1000 > waiting.since + 1 -- what follows is to be later, not at the same moment
    return run, create.json.hook
  end

  local function say_the_rest(hook)
    http.send("POST", hook .. "?turn=1", { kind = "digits", digits = "8642" })
    http.send("POST", hook, { kind = "status", id = "2", state = "completed" })
  end

  local function words_of(events)
    local words = {}
    for i, event in ipairs(events) do
      words[i] = event.kind .. " " .. (event.data.op or event.data.state or event.data.message or "")
    end
    return words
  end

  local whole = { "started ", "op call", "result call", "op place", "call queued", "result place", "op collect",
    "call in_progress", "result collect", "op log", "log thank you", "result log", "op wait", "call completed",
    "result wait", "op finish", "result finish", "finished " }

  describe("of one run", function()
    it("are what has happened, and then what happens, to the end", function()
      local run, hook = start_asking()
      local follower = control:follow("/runs/" .. run .. "/events")
      assert.equal(200, follower.status)
      assert.equal("text/event-stream", follower.headers["content-type"])
      say_the_rest(hook)
      local events = follower:upto()
      assert.same(whole, words_of(events))
      for i, event in ipairs(events) do
        assert.equal(tostring(i), event.id)
        assert.equal(run, event.data.run)
        assert.equal(event.kind, event.data.kind)
      end
    end)

    it("are the same for a run that has ended", function()
      local run, hook = start_asking()
      say_the_rest(hook)
      repeat until control:ask("GET", "/runs/" .. run).json.state == "completed"
      assert.same(whole, words_of(control:follow("/runs/" .. run .. "/events"):upto()))
    end)

    it("are the same when much of it was within a millisecond", function()
      local run, hook = start_asking()
      say_the_rest(hook)
      repeat until control:ask("GET", "/runs/" .. run).json.state == "completed"
      assert.equal(0, process.run { "sqlite3", "-cmd", ".timeout 30000", lab.desk.store, [[
        UPDATE op SET started = run.created, finished = run.created FROM run WHERE seq <= 2;
        UPDATE event SET received = run.created FROM run WHERE source = 'submit']] }.status)
      assert.same(whole, words_of(control:follow("/runs/" .. run .. "/events"):upto()))
    end)

    it("go on behind the one that was had last", function()
      local run, hook = start_asking()
      say_the_rest(hook)
      local rest = control:follow("/runs/" .. run .. "/events", 6):upto()
      assert.equal("7", rest[1].id)
      assert.equal("op collect", words_of(rest)[1])
    end)

    it("hold no digit that was keyed", function()
      local run, hook = start_asking()
      local follower = control:follow("/runs/" .. run .. "/events")
      say_the_rest(hook)
      for _, event in ipairs(follower:upto()) do
        if event.kind == "result" and event.data.op == "collect" then
          assert.equal("****", event.data.result[1])
        end
      end
    end)

    it("may be followed by many", function()
      local run, hook = start_asking()
      local followers = {}
      for i = 1, 20 do followers[i] = control:follow("/runs/" .. run .. "/events") end
      for i = 1, 10 do followers[i]:close() end
      say_the_rest(hook)
      for i = 11, 20 do assert.same(whole, words_of(followers[i]:upto())) end
    end)

    it("are not those of a run that is not there", function()
      assert.equal(404, control:follow("/runs/nosuchrun/events").status)
    end)
  end)

  it("of all runs are what happens from now on", function()
    local follower = control:follow "/events"
    local one, two = start "quick", start "quick"
    local ended = {}
    while not (ended[one] and ended[two]) do
      local event = follower:next()
      if event.kind == "finished" then ended[event.data.run] = true end
    end
    follower:close()
  end)

  it("end when the engine does", function()
    local follower = control:follow "/events"
    local run = start "quick"
    repeat local event = follower:next() until event.kind == "finished" and event.data.run == run
    assert.equal(0, lab:shut(served).status)
    assert.is_nil(follower:next())
  end)
end)
