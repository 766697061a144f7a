local control = require "spec.support.control"
local http = require "spec.support.http"
local json = require "spec.support.json"
local process = require "spec.support.process"
local small_disk = require "spec.support.small_disk"
local lab = require("spec.support.lab").new()
local desk = lab.desk

-- The disk fails under an engine: new work is refused with the reason, nothing that was accepted is lost,
-- nothing is acknowledged that is not on disk, and it goes on by itself when the disk does.
describe("when the disk", function()
  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:provider "tin"
    lab:flow("quick", "return { got = p.word }", "params = { word = { type = 'string', help = 'any' } }")
    lab:flow("calls", "return outdial.call { provider = 'tin', to = '+306900000001', message = 'm' }:wait {}")
    lab:flow("twice", [[
      local first = outdial.call { provider = "tin", to = "+306900000001", message = "m" }:wait {}
      outdial.log("first:", first)
      return outdial.call { provider = "tin", to = "+306900000002", message = "m" }:wait {}]])
    lab:flow("asks", [[
      local call = outdial.call { provider = "tin", to = "+306900000001" }
      call:say "which?"
      local first = call:collect {}
      call:say(first)
      local second = call:collect {}
      return { first, second }]])
  end)

  local served, api

  local function serve()
    served = lab:serve()
    api = lab:control()
  end

  local function start(flow, params, key)
    return api:ask("POST", "/runs", { flow = flow, params = params }, key and { ["Idempotency-Key"] = key })
  end

  -- A run of the flow whose call is at the provider.
  local function place(flow)
    local run = start(flow).json.run
    local create = lab.line:take()
    create:answer(200, { state = "queued", reference = "r-" .. run })
    return run, create.json.hook
  end

  local function status(hook, id, state)
    return http.send("POST", hook, { kind = "status", id = id, state = state })
  end

  local function key(hook, turn, digits)
    return http.send("POST", hook .. "?turn=" .. turn, { kind = "digits", id = "digits:" .. turn, digits = digits })
  end

  -- What the provider does that is not told 2xx: it tells again.
  local function repeated(send)
    local answer
    repeat answer = send() until answer.status ~= 503
    return answer
  end

  local function until_ready()
    repeat local answer = api:ask("GET", "/ready") until answer.status == 200
  end

  local function until_state(run, state)
    local story
    repeat story = api:ask("GET", "/runs/" .. run).json until story.state == state
    return story
  end

  describe("fails under outdial serve,", function()
    before_each(serve)

    it("new work is refused with the reason, and nothing of it is left", function()
      served:limit(0)
      for _ = 1, 2 do
        local answer = start("quick", { word = "hello" }, "k")
        assert.equal(503, answer.status)
        assert.equal("store", answer.json.error.code)
        assert.has_match("cannot use the store .*: disk I/O error .*; look at the disk", answer.json.error.message)
      end
      assert.equal(503, api:ask("GET", "/ready").status)
      assert.equal(200, api:ask("GET", "/health").status)
      assert.has_match("\noutdial_store_failing 1\n", api:ask("GET", "/metrics").body)
      served:limit()
      until_ready()
      assert.same({}, lab:query "SELECT id FROM run")
      local answer = start("quick", { word = "hello" }, "k")
      assert.equal(201, answer.status)
      assert.same({ got = "hello" }, until_state(answer.json.run, "completed").result)
      assert.equal(1, #lab:query "SELECT id FROM run")
    end)

    it("nobody is called for work that was refused", function()
      served:limit(0)
      assert.equal(503, start("calls").status)
      served:limit()
      until_ready()
      local run, hook = place "calls"
      assert.equal(200, status(hook, "end", "completed").status)
      until_state(run, "completed")
      assert.equal(1, #lab:query "SELECT id FROM run")
      lab:shut(served)
      assert.is_true(lab.line:is_quiet())
    end)

    -- The disk is there again when the create-call's intent comes to it, right behind the run that failed to.
    it("nobody is called for a run that was refused while its call was on the way", function()
      local other = assert(io.popen("exec sqlite3 -cmd '.timeout 30000' " .. process.quote(desk.store), "w"))
      other:write "BEGIN IMMEDIATE;\n"
      other:flush()
      repeat
        local probe = process.run { "sqlite3", "-cmd", ".timeout 0", desk.store, "BEGIN IMMEDIATE; ROLLBACK" }
      until probe.status ~= 0
      assert.equal(503, start("calls").status)
      other:close()
      until_ready()
      local run = start("calls").json.run
      local create = lab.line:take()
      assert.equal(run, lab:query("SELECT run FROM call WHERE id = '" .. create.json.id .. "'")[1].run)
      create:answer(200, { state = "completed" })
      until_state(run, "completed")
      assert.equal(1, #lab:query "SELECT id FROM run")
    end)

    it("a webhook is told so, and taken once when it comes again", function()
      local run, hook = place "calls"
      assert.equal(200, status(hook, "s1", "ringing").status)
      served:limit(0)
      for _ = 1, 3 do assert.equal(503, status(hook, "s2", "in_progress").status) end
      assert.same({}, lab:query "SELECT key FROM event WHERE key = 's2'")
      served:limit()
      assert.equal(200, repeated(function() return status(hook, "s2", "in_progress") end).status)
      assert.equal(200, status(hook, "s2", "in_progress").status)
      assert.equal(1, #lab:query "SELECT key FROM event WHERE key = 's2'")
      assert.equal(200, status(hook, "end", "completed").status)
      assert.equal("completed", until_state(run, "completed").result)
    end)

    it("digits are taken once, and answered with what the flow said then", function()
      local run, hook = place "asks"
      served:limit(0)
      for _ = 1, 3 do assert.equal(503, key(hook, 1, "4711").status) end
      served:limit()
      local answer = repeated(function() return key(hook, 1, "4711") end)
      assert.equal(200, answer.status)
      assert.equal("4711", answer.json.verbs[1].text)
      assert.same(answer.json, key(hook, 1, "4711").json)
      assert.equal(200, key(hook, 2, "0815").status)
      assert.equal(200, status(hook, "end", "completed").status)
      assert.same({ "4711", "0815" }, until_state(run, "completed").result)
    end)

    it("what was not acknowledged may be lost with the engine, what was accepted is not", function()
      local run, hook = place "asks"
      assert.equal(200, key(hook, 1, "4711").status)
      served:limit(0)
      assert.equal(503, key(hook, 2, "0815").status)
      served:signal "KILL"
      served:wait()
      lab.running[served] = nil
      lab.desk.port = tonumber(hook:match ":(%d+)/")
      serve()
      assert.equal(200, key(hook, 2, "0815").status)
      assert.equal(200, status(hook, "end", "completed").status)
      assert.same({ "4711", "0815" }, until_state(run, "completed").result)
    end)

    it("a run goes on without calling anybody, and calls when it is back", function()
      local run, hook = place "twice"
      served:limit(0)
      assert.equal(503, status(hook, "end", "completed").status)
      repeat until served:said():find "first: completed" or lab.line:is_quiet()
      assert.is_true(lab.line:is_quiet())
      served:limit()
      local create = lab.line:take()
      assert.equal("+306900000002", create.json.to)
      assert.equal(1, #lab:query "SELECT 1 FROM call WHERE recipient = '+306900000002' AND state = 'submitting'")
      create:answer(200, { state = "completed" })
      until_state(run, "completed")
      lab:shut(served)
      assert.is_true(lab.line:is_quiet())
    end)

    it("it says so once, and when it is over", function()
      served:limit(200) -- its log is a file, too
      assert.equal(503, start("quick").status)
      assert.equal(503, start("quick").status)
      served:limit()
      repeat until served:said():find("can be written again", 1, true)
      assert.equal(1, select(2, served:said():gsub("look at the disk", "")))
    end)

    it("it stops all the same when it is told to", function()
      place "calls"
      served:limit(0)
      assert.equal(503, start("quick").status)
      local ended = lab:shut(served)
      assert.equal(0, ended.status)
      assert.same({ { state = "running" } }, lab:query "SELECT state FROM run")
    end)
  end)

  describe("fails under outdial run,", function()
    it("its end waits for the disk", function()
      local run = lab:start "calls"
      local create = lab.line:take()
      run:limit(0)
      create:answer(200, { state = "completed" })
      run:limit()
      local ended = lab:wait(run)
      assert.equal(0, ended.status, ended.err)
      assert.same({ { state = "completed" } }, lab:query "SELECT state FROM run")
    end)

    it("it starts nothing", function()
      assert.equal(0, lab:run("quick", "word=first").status)
      local binary = lab.desk.binary
      local ended = process.run { "sh", "-c", '(ulimit -f 0; exec "$@") | cat', "sh", binary, "run", "--json",
        "--scripts", lab.desk.scripts, "--store", lab.desk.store, "--set=tin.url=" .. lab.line.url, "calls" }
      local report = json.decode(ended.out)
      assert.equal("failed", report.state)
      assert.equal("store", report.error.code)
      assert.is_true(lab.line:is_quiet())
      assert.equal(1, #lab:query "SELECT id FROM run")
    end)
  end)

  describe("of its own", function()
    local disk = small_disk.new()
    if not disk then return pending "needs a machine that lets specs mount a file system" end

    teardown(function() disk:close() end)

    local function start_serve(with, options)
      local port = http.free_port()
      local argv = { lab.desk.binary, "serve", "--scripts", lab.desk.scripts, "--store",
        disk.folder .. "/outdial.db", "--hooks", "127.0.0.1:" .. port, "--set=tin.url=" .. lab.line.url }
      served = process.start(disk:around(argv, with, options))
      return port
    end

    local function rows(sql)
      local asked = process.run(disk:beside { "sqlite3", "-json", "-cmd", ".timeout 30000",
        disk.folder .. "/outdial.db", sql })
      assert.equal(0, asked.status, asked.err)
      return asked.out ~= "" and json.decode(asked.out) or {}
    end

    it("is full, work is refused, webhooks are told, and it goes on when there is room", function()
      local port = start_serve()
      lab.running[served] = true
      http.await(port, function() return served:is_running() end)
      disk:enter(served)
      api = control.at(disk:path "outdial.db.control")
      local run, hook = place "asks"
      disk:fill()
      -- What is left in the file's last page is used up first.
      local answer
      repeat answer = start("quick", { word = ("x"):rep(4096) }) until answer.status ~= 201
      assert.equal(503, answer.status)
      assert.has_match("database or disk is full .*; free some space", answer.json.error.message)
      local before = #rows "SELECT id FROM run"
      assert.equal(503, key(hook, 1, "4711").status)
      disk:empty()
      assert.equal("4711", repeated(function() return key(hook, 1, "4711") end).json.verbs[1].text)
      assert.equal(200, key(hook, 2, "0815").status)
      assert.equal(200, status(hook, "end", "completed").status)
      assert.same({ "4711", "0815" }, until_state(run, "completed").result)
      assert.equal(before, #rows "SELECT id FROM run")
      assert.equal(201, start("quick", { word = "again" }).status)
      assert.equal(0, lab:shut(served).status)
    end)

    it("cannot be written to, nothing starts", function()
      assert.equal(0, lab:run("quick", "word=first").status)
      start_serve(lab.desk.store, "ro")
      local ended = served:wait()
      assert.equal(1, ended.status)
      assert.has_match("cannot lock the store: .*/outdial.db%-lock: Read%-only file system", ended.err)
    end)
  end)
end)
