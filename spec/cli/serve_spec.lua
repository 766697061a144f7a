local http = require "spec.support.http"
local json = require "spec.support.json"
local process = require "spec.support.process"
local unix = require "socket.unix"
local lab = require("spec.support.lab").new()

describe("outdial serve", function()
  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:provider "tin"
    lab:flow("quick", "return true")
    lab:flow("waits", "outdial.sleep(3600)")
    lab:flow("calls", "return outdial.call { provider = 'tin', to = '+306900000001', message = 'm' }:wait {}")
  end)

  local function start(flow)
    return lab:control():ask("POST", "/runs", { flow = flow })
  end

  -- It was told to stop, and has seen it.
  local function until_stopping()
    repeat local answer = start "nobody" until answer.json.error.code ~= "usage"
  end

  local function states()
    local list = {}
    for _, row in ipairs(lab:query "SELECT flow, state FROM run ORDER BY flow") do list[row.flow] = row.state end
    return list
  end

  describe("tells the service manager", function()
    local manager, path

    before_each(function()
      path = lab.desk.folder .. "/notify"
      manager = unix.dgram()
      manager:settimeout(30)
      assert(manager:bind(path))
      lab.desk.env = { NOTIFY_SOCKET = path }
    end)

    after_each(function()
      manager:close()
      os.remove(path)
    end)

    it("when it is ready, and when it stops", function()
      lab.desk.port = http.free_port()
      local served = lab:serve()
      assert.equal("READY=1", manager:receive())
      assert.equal(404, http.send("POST", ("http://127.0.0.1:%d/hooks/"):format(lab.desk.port), {}).status)
      assert.equal(0, lab:shut(served).status)
      assert.equal("STOPPING=1", manager:receive())
    end)

    it("nothing when it does not start", function()
      assert.equal(2, lab.desk:ask("serve", "--set=engine.keep=odd").status)
      manager:settimeout(0)
      assert.is_nil(manager:receive())
    end)
  end)

  it("says with --json as an object why it does not serve", function()
    local ended = lab.desk:command("serve", "--json", "--store", lab.desk.store)
    assert.equal(2, ended.status)
    assert.equal("settings", json.decode(ended.out).error.code)
    assert.equal("", ended.err)
  end)

  it("remarks on a scripts folder that has no flows, which may come yet", function()
    local folder = lab.desk.folder .. "/later"
    local served = lab:serve("--scripts", folder)
    assert.equal(422, start("quick").status)
    assert.has_match("warning: there are no flows in " .. folder .. "/flows; --scripts says where they are\n",
      lab:shut(served).err, 1, true)
    assert.equal("", lab:shut(lab:serve()).err)
  end)

  describe("when it is told to stop", function()
    it("takes no new work, finishes what is under way, and leaves the rest for the next time", function()
      local served = lab:serve()
      start "waits"
      start "calls"
      local create = lab.line:take()
      served:signal "TERM"
      until_stopping()
      local refused = start "quick"
      assert.equal(503, refused.status)
      assert.same({ code = "stopping", message = "the engine is stopping and takes no new work" },
        refused.json.error)
      assert.equal(200, http.send("POST", create.json.hook, { kind = "status", id = "s", state = "ringing" }).status)
      assert.is_true(served:is_running())
      create:answer(200, { state = "queued", reference = "r-1" })
      local ended = served:wait()
      lab.running[served] = nil
      assert.equal(0, ended.status, ended.err)
      assert.same({ { state = "ringing", reference = "r-1" } }, lab:query "SELECT state, reference FROM call")
      assert.same({ waits = "running", calls = "running" }, states())
      lab.desk.port = tonumber(create.json.hook:match ":(%d+)/")
      lab:serve()
      assert.equal(200, http.send("POST", create.json.hook, { kind = "status", id = "e", state = "completed" }).status)
      repeat until states().calls == "completed"
      assert.equal("running", states().waits)
      assert.is_true(lab.line:is_quiet())
    end)

    it("answers a webhook that came before", function()
      lab:flow("asks", [[
        local call = outdial.call { provider = "tin", to = "+306900000001" }
        call:say "which?"
        call:collect {}
        outdial.http { url = p.url }
        call:say "thanks"]], "params = { url = { type = 'string', help = 'any' } }")
      local served = lab:serve()
      lab:control():ask("POST", "/runs", { flow = "asks", params = { url = lab.line.url } })
      local create = lab.line:serve(200, { state = "in_progress", reference = "r" })
      local port, path = create.json.hook:match "^http://127.0.0.1:(%d+)(/.*)$"
      local connection = http.connect(port)
      local body = json.encode { kind = "digits", id = "digits:1", digits = "1" }
      connection:send(("POST %s?turn=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s")
        :format(path, #body, body))
      local slow = lab.line:take()
      served:signal "TERM"
      until_stopping()
      slow:answer(200, {})
      assert.has_match("^HTTP/1.1 200 .*thanks", connection:receive "*a")
      connection:close()
      local ended = served:wait()
      lab.running[served] = nil
      assert.equal(0, ended.status, ended.err)
    end)

    it("twice, stops at once", function()
      local served = lab:serve()
      start "calls"
      lab.line:take()
      served:signal "TERM"
      until_stopping()
      served:signal "TERM"
      local ended = served:wait()
      lab.running[served] = nil
      assert.not_equal(0, ended.status)
      assert.same({ { state = "submitting" } }, lab:query "SELECT state FROM call")
    end)
  end)

  describe("refuses a store", function()
    local function refused(pattern)
      local served, run = lab.desk:ask "serve", lab.desk:ask("run", "quick")
      assert.equal(1, served.status)
      assert.equal(2, run.status)
      for _, ended in ipairs { served, run } do assert.has_match(pattern, ended.err) end
    end

    it("that another engine has", function()
      local served = lab:serve()
      refused("in use by another engine.*" .. served:program())
      assert.equal(201, start("quick").status)
    end)

    it("of another program, and leaves it alone", function()
      process.run { "sqlite3", lab.desk.store, "CREATE TABLE theirs (a); INSERT INTO theirs VALUES (42)" }
      local before = process.read(lab.desk.store)
      refused "belongs to another program and is left alone; use another file"
      assert.equal(before, process.read(lab.desk.store))
    end)

    it("that is no database", function()
      process.write(lab.desk.store, ("my diary\n"):rep(100))
      refused "file is not a database .*; it is some other file, use another"
      assert.equal(("my diary\n"):rep(100), process.read(lab.desk.store))
    end)

    it("of a newer program", function()
      lab:run "quick"
      process.run { "sqlite3", lab.desk.store, "PRAGMA user_version = 99" }
      refused "is of version 99, this program knows up to %d+; use the newer program or another file"
    end)

    it("in a folder that is not there", function()
      lab.desk.store, lab.desk.kept = lab.desk.folder .. "/no/outdial.db", lab.desk.store
      refused "cannot make the store .*No such file or directory; its folder has to exist and be writable"
      lab.desk.store = lab.desk.kept
    end)
  end)
end)
