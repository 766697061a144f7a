local json = require "spec.support.json"
local process = require "spec.support.process"
local lab = require("spec.support.lab").new()
local desk = lab.desk

describe("the commands that decide", function()
  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:provider "tin"
    lab:flow("quick", "return { got = p.word }", "params = { word = { type = 'string', help = 'any' } }")
    lab:flow("waits", "outdial.sleep(3600)")
    lab:flow("calls", "return outdial.call { provider = 'tin', to = '+306900000001', message = 'm' }:wait {}")
  end)

  local function ask(...)
    local words = { ... }
    return desk:ask(words[1], table.unpack(table.move(words, 2, #words, #lab.given + 1, { table.unpack(lab.given) })))
  end

  local function row()
    return lab:query("SELECT id, state FROM run")[1]
  end

  -- `outdial run waits`, once it waits.
  local function start_waiting()
    local run = lab:start "waits"
    repeat until desk:ask("runs", "--json").out:find '"op":"sleep"'
    return run
  end

  -- A run that waits in the store, with no engine on it.
  local function leave_waiting()
    local run = start_waiting()
    run:signal "INT"
    run:wait()
    lab.running[run] = nil
    return row().id
  end

  local function leave_unknown()
    local run = lab:start "calls"
    lab.line:take():cut()
    lab:wait(run)
    assert.equal("unknown", row().state)
    return row().id
  end

  local function assert_done(ended, text)
    assert.equal(0, ended.status, ended.err)
    assert.has_match(text, ended.out, 1, true)
  end

  describe("outdial cancel", function()
    it("ends a run by the engine that serves", function()
      lab:serve()
      local run = json.decode(ask("call", "--json", "waits").out).run
      assert_done(ask("cancel", run), ("run %s is canceled"):format(run))
      repeat until row().state == "canceled"
    end)

    it("ends a run when no engine serves", function()
      local run = leave_waiting()
      assert_done(ask("cancel", run), ("run %s is canceled"):format(run))
      assert.equal("canceled", row().state)
    end)

    it("says that a run has ended, or is not there, whoever does it", function()
      lab:run "quick"
      for _, start in ipairs { function() end, lab.serve } do
        start(lab)
        local ended = ask("cancel", row().id)
        assert.equal(1, ended.status, ended.err)
        assert.has_match("has ended already: completed", ended.err)
        ended = ask("cancel", "nosuchrun")
        assert.equal(2, ended.status)
        assert.has_match("there is no run nosuchrun", ended.err)
        assert.equal("usage", json.decode(ask("cancel", "nosuchrun", "--json").out).error.code)
      end
    end)

    it("says that another engine has the store and takes no orders", function()
      start_waiting()
      local ended = ask("cancel", row().id)
      assert.equal(1, ended.status)
      assert.has_match("in use by another engine", ended.err)
    end)

    it("wants one run", function()
      for _, words in ipairs { {}, { "a", "b" }, { "../x" }, { ("a"):rep(13) }, { "" } } do
        local ended = ask("cancel", table.unpack(words))
        assert.equal(2, ended.status)
        assert.has_match("name one run", ended.err)
      end
    end)
  end)

  describe("outdial resolve", function()
    it("lets a run go on whose call was not placed", function()
      local run = leave_unknown()
      assert_done(ask("resolve", run, "not-placed"), "goes on with that")
      assert.equal("not_placed", lab:query("SELECT reason FROM call")[1].reason)
      assert.is_true(lab.line:is_quiet())
    end)

    it("does so by the engine that serves", function()
      local run = leave_unknown()
      lab:serve()
      assert_done(ask("resolve", run, "placed"), "goes on with that")
      assert.equal("running", row().state)
      local ended = ask("resolve", run, "placed")
      assert.equal(1, ended.status)
      assert.has_match("only a run whose call is unknown", ended.err)
    end)

    it("wants a run and a word", function()
      local run = leave_unknown()
      for _, words in ipairs { {}, { run }, { run, "yes" }, { run, "placed", "x" }, { "placed" } } do
        local ended = ask("resolve", table.unpack(words))
        assert.equal(2, ended.status)
        assert.has_match("outdial resolve RUN placed", ended.err)
      end
      assert.equal("unknown", row().state)
    end)
  end)

  describe("outdial call", function()
    it("starts a run in the engine that serves, and prints its id", function()
      lab:serve()
      local ended = ask("call", "quick", "word=hello")
      assert.equal(0, ended.status, ended.err)
      local run = row().id
      assert.equal(run .. "\n", ended.out)
      repeat until row().state == "completed"
    end)

    it("starts one for each key", function()
      lab:serve()
      local first, again = ask("call", "--key=k", "quick", "word=a"), ask("call", "--key=k", "quick", "word=a")
      assert.equal(first.out, again.out)
      local other = ask("call", "--key=k", "quick", "word=b")
      assert.equal(1, other.status)
      assert.has_match("another run was asked for under this", other.err)
      assert.is_true(json.decode(ask("call", "--key=k", "quick", "word=a", "--json").out).repeated)
    end)

    it("says what is wrong with what was asked", function()
      lab:serve()
      assert.has_match("worm", ask("call", "quick", "worm=a").err)
      assert.equal(2, ask("call", "nobody").status)
      assert.equal(2, ask("call").status)
      assert.equal(2, ask("call", "quick", "word:={").status)
    end)

    it("says that no engine serves", function()
      local ended = ask("call", "quick")
      assert.equal(1, ended.status)
      assert.has_match("no engine serves this store; start outdial serve", ended.err)
    end)

    it("says so, and the others do without, where the path is too long for a socket", function()
      local short = desk.store
      finally(function() desk.store = short end)
      desk.store = ("%s/%s/outdial.db"):format(desk.folder, ("long"):rep(30))
      assert(os.execute(("mkdir -p %s"):format(desk.store:match "^(.*)/")))
      local run = lab:run("quick").report.run
      assert.has_match("no engine serves this store", ask("call", "quick").err)
      assert.has_match("has ended already: completed", ask("cancel", run).err)
      assert.has_match("No engine serves this store", ask "scripts".out)
    end)

    it("does not take a socket that this user may not use for one where nobody listens", function()
      lab:serve()
      local path = desk.store .. ".control"
      assert(os.execute("chmod 0 " .. path))
      for _, words in ipairs { "call quick", "scripts", "cancel abc" } do
        -- root, who may all, does without that
        local ended = process.run { "sh", "-c", ([[test $(id -u) != 0 ||
          exec setpriv --bounding-set=-dac_override --inh-caps=-dac_override %s %s --store %s
          exec %s %s --store %s]]):format(desk.binary, words, desk.store, desk.binary, words, desk.store) }
        assert.equal(1, ended.status, words)
        assert.has_match(path .. ": this user may not ask there; the one that the engine runs as may", ended.err, 1,
          true)
      end
    end)

    it("knows the token of a port", function()
      local port = require("spec.support.http").free_port()
      lab:set("engine.control=127.0.0.1:" .. port)
      lab:set "engine.control_token=secret"
      lab:serve()
      assert.equal(0, ask("call", "quick").status)
      local ended = ask("call", "--set=engine.control_token=wrong", "quick")
      assert.equal(1, ended.status)
      assert.has_match("give the token", ended.err)
    end)
  end)
end)
