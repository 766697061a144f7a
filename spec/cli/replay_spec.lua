local http = require "spec.support.http"
local json = require "spec.support.json"
local lab = require("spec.support.lab").new()
local process = require "spec.support.process"
local desk = lab.desk

local asks = [[
  local call = outdial.call { provider = "tin", to = "+306900000001" }
  call:say "Your number, please"
  local digits = call:collect { max_digits = 4 }
  outdial.log "thank you"
  call:wait {}
  return { count = #digits }]]

describe("outdial replay", function()
  local run

  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    desk.env.LC_ALL = "C.UTF-8"
    lab:provider "tin"
    lab:flow("asks", asks)
  end)

  local function path_of(name)
    return ("%s/flows/%s.lua"):format(desk.scripts, name)
  end

  -- Puts new in place of old in a flow.
  local function edit(name, old, new)
    local text = process.read(path_of(name))
    local from, to = text:find(old, 1, true)
    assert(from, old .. " is not in the script")
    process.write(path_of(name), text:sub(1, from - 1) .. new .. text:sub(to + 1))
  end

  local function run_of(running)
    local ended = running:wait()
    return assert(json.decode(ended.out), ended.out .. ended.err).run
  end

  local function start(...)
    local words = { "--json", table.unpack(lab.given) }
    for _, word in ipairs { ... } do words[#words + 1] = word end
    return desk:start(table.unpack(words))
  end

  -- The whole conversation; sets the run.
  local function converse(flow)
    local running = start(flow or "asks")
    local create = lab.line:take()
    create:answer(200, { state = "queued", reference = "r-1" })
    local hook = create.json.hook
    http.send("POST", hook .. "?turn=1", { kind = "digits", digits = "8642" })
    http.send("POST", hook, { kind = "status", id = "2", state = "in_progress" })
    http.send("POST", hook, { kind = "status", id = "4", state = "completed" })
    run = run_of(running)
  end

  local function fail_to_reach(flow)
    local running = start(flow)
    local create = lab.line:take()
    create:answer(200, { state = "queued", reference = "r-1" })
    http.send("POST", create.json.hook, { kind = "status", id = "4", state = "busy" })
    run = run_of(running)
  end

  local function be_hung_up_on(flow)
    local running = start(flow)
    local create = lab.line:take()
    create:answer(200, { state = "queued", reference = "r-1" })
    http.send("POST", create.json.hook, { kind = "hangup", id = "3" })
    http.send("POST", create.json.hook, { kind = "status", id = "4", state = "completed" })
    run = run_of(running)
  end

  local function replay(...)
    return desk:ask("replay", ...)
  end

  local function object(...)
    local ended = replay(run, "--json", ...)
    local replayed = assert(json.decode(ended.out), ended.out .. ended.err)
    replayed.status = ended.status
    return replayed
  end

  local function difference_to(name)
    local replayed = object("--with", name)
    assert.equal(1, replayed.status)
    assert.is_false(replayed.same)
    return replayed.difference
  end

  local function assert_same(name)
    local replayed = object("--with", name)
    assert.same({ true, 0, json.null }, { replayed.same, replayed.status, replayed.difference })
    return replayed
  end

  describe("alone", function()
    it("shows a run op by op with the lines of its script", function()
      converse()
      local ended = replay(run)
      assert.equal(0, ended.status, ended.err)
      assert.has_match('say +"Your number, please"\n', ended.out)
      assert.has_match("\n +asks.lua:4  local digits = call:collect { max_digits = 4 }\n", ended.out)
      assert.has_match("keyed +••••\n", ended.out)
      assert.has_match('log +thank you\n +asks.lua:5  outdial.log "thank you"\n', ended.out)
      assert.has_match("answered +told by webhook\n", ended.out)
      assert.has_match("repeats +what the run did\n$", ended.out)
    end)

    it("shows what a timeline passes over", function()
      lab:flow("pure", "outdial.now()\noutdial.random(3, 3)\noutdial.uuid()\n")
      run = run_of(start "pure")
      local ended = replay(run)
      assert.has_match("now\n +pure.lua:2  outdial.now%(%)\n +[%d.]+ +%d+\n", ended.out)
      assert.has_match('random +{"high": 3, "low": 3}\n +pure.lua:3  outdial.random%(3, 3%)\n +[%d.]+ +3\n', ended.out)
      assert.has_match('uuid\n +pure.lua:4  outdial.uuid%(%)\n +[%d.]+ +"[%x-]+"\n', ended.out)
    end)

    it("goes by the script that the run began with", function()
      converse()
      lab:flow("asks", "return nil")
      assert.equal(0, replay(run).status)
    end)

    it("shows no keyed digit and no secret", function()
      converse()
      edit("asks", "thank you", "thanks")
      for _, ended in ipairs { replay(run), replay(run, "--json"), replay(run, "--with", "asks") } do
        assert.is_nil(ended.out:find "8642")
        assert.is_nil(ended.out:find "a key")
      end
    end)

    it("changes nothing and asks nobody", function()
      converse()
      edit("asks", "call:wait {}", "outdial.http { url = '" .. lab.line.url .. "' } call:wait {}")
      local before = process.run({ "sqlite3", "-readonly", desk.store, ".dump" }).out
      replay(run)
      assert.equal(1, replay(run, "--with", "asks").status)
      assert.equal(before, process.run({ "sqlite3", "-readonly", desk.store, ".dump" }).out)
      assert.is_true(lab.line:is_quiet())
    end)

    it("goes as far as a run has come, while an engine works on it", function()
      local running = lab:start "asks"
      lab.line:take():answer(200, { state = "queued", reference = "r-1" })
      repeat until #lab:query "SELECT 1 FROM op WHERE op = 'collect' AND result IS NULL" == 1
      run = lab:query("SELECT id FROM run")[1].id
      assert.has_match("repeats +what the run did, as far as it has come\n$", replay(run).out)
      local replayed = assert_same "asks"
      assert.equal(json.null, replayed["end"])
      running:signal "TERM"
    end)

    it("says where a run's own script does not repeat what is in the journal", function()
      converse()
      process.run { "sqlite3", desk.store, "UPDATE op SET digest = 'another' WHERE op = 'log'" }
      assert.equal(1, replay(run).status)
      local ended = replay(run, "--with", "asks", "--json")
      assert.equal("mismatch", json.decode(ended.out).error.code)
      assert.equal(1, ended.status)
    end)
  end)

  describe("--with", function()
    it("says so when an edit changes nothing", function()
      converse()
      edit("asks", "call:say", "\n\n  -- a remark\n  call:say")
      local replayed = assert_same "asks"
      assert.equal("completed", replayed["end"].state)
      local ended = replay(run, "--with", path_of "asks")
      assert.equal(0, ended.status)
      assert.has_match("asks.lua:4  local digits", ended.out, 1, true)
      assert.has_match("asks.lua:7  local digits", ended.out, 1, true)
      assert.has_match("the same +to the end\n$", ended.out)
    end)

    it("tells of another text, with the lines where it stands", function()
      converse()
      edit("asks", 'call:say "Your number, please"', '\n  call:say "Your PIN, please"')
      local difference = difference_to "asks"
      assert.equal("text", difference.kind)
      assert.equal(2, difference.seq)
      assert.equal("the spoken text", difference.what)
      assert.equal('the spoken text was "Your number, please" and is now "Your PIN, please"', difference.message)
      assert.same({ op = "place", file = "asks.lua", line = 3, source = 'call:say "Your number, please"' },
        difference.recorded)
      assert.same({ op = "place", file = "asks.lua", line = 4, source = 'call:say "Your PIN, please"' },
        difference.replayed)
    end)

    it("ends both timelines at the difference", function()
      converse()
      edit("asks", "thank you", "thanks")
      local ended = replay(run, "--with", "asks")
      local first, second = ended.out:match "^(asks.-)\n\n(asks.*)$"
      second = second:match "^(.-)\n\n +✗ differs"
      assert.has_match("log +thank you\n[^\n]+asks.lua:5[^\n]+$", first)
      assert.has_match("log +thanks\n[^\n]+asks.lua:5[^\n]+$", second)
      assert.has_match('differs +at op 4, log: the logged text was "thank you" and is now\n +"thanks"', ended.out)
      assert.has_match('recorded +asks.lua:5  outdial.log "thank you"\n +now +asks.lua:5  outdial.log "thanks"\n$',
        ended.out)
    end)

    it("puts them side by side on a wide terminal and below each other on a narrow one", function()
      converse()
      edit("asks", "thank you", "thanks")
      local function on_terminal(columns)
        local command = ("stty cols %d; %s replay %s --with asks --store %s --scripts %s"):format(columns,
          desk.binary, run, desk.store, desk.scripts)
        local env = { TERM = "xterm", LC_ALL = "C.UTF-8" }
        local ended = process.run({ "script", "-qc", command, "/dev/null" }, { env = env })
        return (ended.out:gsub("\27%[%d*m", ""):gsub("\r", ""))
      end
      assert.has_match("\n[^\n]+log +thank you +[%d.]+ +log +thanks\n", on_terminal(140))
      local narrow = on_terminal(80)
      assert.is_nil(narrow:find("log +thank you +[%d.]+ +log +thanks"))
      assert.has_match("log +thank you\n.+log +thanks\n", narrow)
    end)

    -- What an edit of the flow comes to: kind, what, and the op's number.
    local edits = {
      { "another argument", "max_digits = 4", "max_digits = 6", "argument", "max_digits of collect", 2 },
      { "an argument more", "max_digits = 4", "max_digits = 4, timeout = 5", "argument", "timeout of collect", 2 },
      { "another verb", 'call:say "Your number, please"', 'call:play "https://example.com/a.wav"', "argument",
        "play in place of say", 2 },
      { "a verb more", "local digits", 'call:pause(1)\nlocal digits', "argument", "one pause more", 2 },
      { "a verb less", 'call:say "Your number, please"', "", "argument", "one say less", 2 },
      { "an op more", "outdial.log", "outdial.sleep(1)\noutdial.log", "extra", "one sleep more", 4 },
      { "an op less", 'outdial.log "thank you"', "", "missing", "no log any more", 4 },
      { "another op", 'outdial.log "thank you"', "outdial.now()", "operation", "now in place of log", 4 },
      { "an op at the end", "return {", "outdial.uuid()\nreturn {", "operation", "uuid in place of finish", 6 },
      { "another end", "#digits", "#digits + 1", "end", "the end", 7 },
      { "an end before the run's", "outdial.log", "if digits then return 1 end outdial.log", "operation",
        "finish in place of log", 4 },
    }
    it("tells what differs, and where first", function()
      converse()
      for _, case in ipairs(edits) do
        lab:flow("asks", asks)
        edit("asks", case[2], case[3])
        local difference = difference_to "asks"
        assert.same({ case[4], case[5], case[6] }, { difference.kind, difference.what, difference.seq }, case[1])
      end
    end)

    it("tells of one that asks for more than the run, which had ended", function()
      lab:flow("short", "outdial.now()")
      run = run_of(start "short")
      edit("short", "outdial.now()", "outdial.now() outdial.uuid()")
      local difference = difference_to "short"
      assert.same({ "extra", "one uuid more", 2 }, { difference.kind, difference.what, difference.seq })
      assert.equal(json.null, difference.recorded)
      local ended = replay(run, "--with", "short")
      assert.has_match("completed +in 0.0 s\n\nshort .*uuid\n", ended.out)
      assert.has_match("recorded +has ended\n", ended.out)
    end)

    it("tells of a script that fails, and where", function()
      converse()
      edit("asks", "outdial.log", "local no = nothing.there\n  outdial.log")
      local difference = difference_to "asks"
      assert.same({ "end", "it fails", 4 }, { difference.kind, difference.what, difference.seq })
      assert.has_match("asks.lua:5: attempt to index a nil value (global 'nothing')", difference.message, 1, true)
      assert.equal("local no = nothing.there", difference.replayed.source)
      local ended = replay(run, "--with", "asks")
      assert.has_match("now +asks.lua:5  local no = nothing.there\n$", ended.out)
    end)

    it("takes the digits, statuses and answers of then", function()
      lab:flow("choice", [[
        local call = outdial.call { provider = "tin", to = "+306900000001" }
        local digits = call:collect {}
        local how = call:wait {}
        return { long = #digits > 4, how = how }]])
      converse "choice"
      edit("choice", "#digits > 4", "#digits > 3")
      local difference = difference_to "choice"
      assert.equal('the run ended as completed with {"how": "completed", "long": false}, ' ..
        'now it ends as completed with {"how": "completed", "long": true}', difference.message)
    end)

    it("shows no value that may be a secret or is about the person called", function()
      lab:flow("asks", [[
        outdial.http { url = "http://me:hidden1@127.0.0.1:1/a?key=hidden2", headers = { Authorization = "hidden3" } }
        outdial.call { provider = "tin", to = "+306900000001", keys = { name = "hidden4" } }]])
      run = run_of(start "asks")
      local function told(old, new)
        edit("asks", old, new)
        local ended = replay(run, "--with", "asks")
        edit("asks", new, old)
        local difference = ended.out:match "differs.*"
        for _, text in ipairs { "hidden", "shown1", "shown2" } do
          assert.is_nil(difference:gsub("\n +recorded.*", ""):find(text, 1, true), difference)
        end
        return (difference:gsub("%s+", " "))
      end
      assert.has_match('url of http was "http://127.0.0.1:1/a?…" and is now "http://127.0.0.1:1/b?…"',
        told("a?key=hidden2", "b?key=shown1"), 1, true)
      assert.has_match("headers of http differs; it is not shown", told('"hidden3"', '"shown1"'), 1, true)
      assert.has_match("keys of call differs; it is not shown", told('"hidden4"', '"shown2"'), 1, true)
    end)

    it("stops a script that never ends", function()
      converse()
      edit("asks", "outdial.log", "while true do end outdial.log")
      assert.has_match("asks.lua:5: stopped: too many instructions", difference_to("asks").message)
      lab:flow("asks", asks)
      edit("asks", "outdial.log", "local list = {} while true do list[#list + 1] = ('x'):rep(1e6) end\n  outdial.log")
      assert.has_match("memory", difference_to("asks").message)
      lab:flow("asks", "while true do outdial.log 'again' end")
      assert.equal("operation", difference_to("asks").kind)
    end)

    it("takes modules as they are now", function()
      lab:script("lib/words", 'return { hello = "Hello" }')
      lab:flow("greets", "outdial.log(require('words').hello)")
      run = run_of(start "greets")
      assert_same "greets"
      lab:script("lib/words", '\nlocal outdial = require "outdial"\nreturn { hello = "Good day" }')
      assert.equal("the logged text", difference_to("greets").what)
      assert.equal(0, replay(run).status)
    end)

    describe("on parameters", function()
      local function flow(params)
        lab:flow("wants", "outdial.log(p.name .. tostring(p.more))", ("params = { %s }"):format(params))
      end

      it("takes those of the run, and of a default what it is now", function()
        flow 'name = { type = "string", default = "Ann" }, more = { type = "integer", default = 1 }'
        run = run_of(start("wants", "more=2"))
        flow 'name = { type = "string", default = "Eve" }, more = { type = "integer", default = 7 }'
        assert.equal('the logged text was "Ann2" and is now "Eve2"', difference_to("wants").message)
      end)

      it("leaves out what the script does not ask for any more", function()
        flow 'name = { type = "string", required = true }, old = { type = "string" }'
        run = run_of(start("wants", "name=Ann", "old=1"))
        flow 'name = { type = "string", required = true }'
        assert_same "wants"
      end)

      it("is refused where the script would refuse them", function()
        flow 'name = { type = "string", default = "Ann" }'
        run = run_of(start("wants", "name=Eve"))
        flow 'name = { type = "string", default = "Ann" }, more = { type = "integer", required = true }'
        local ended = replay(run, "--with", "wants", "--json")
        assert.equal(1, ended.status)
        local wrong = json.decode(ended.out).error
        assert.same({ code = "parameters", message =
          "it would not start with the run's parameters: missing: more" }, wrong)
      end)
    end)

    describe("on a call that ended the flow", function()
      local function flow(more)
        lab:flow("hangs", [[
          local call = outdial.call { provider = "tin", to = "+306900000001" }
          call:collect {}
          outdial.log "not reached"]], more)
      end

      it("runs on_hangup", function()
        flow "on_hangup = function(_, call) outdial.log('gone ' .. call.number) return { gone = true } end"
        be_hung_up_on "hangs"
        assert.equal(0, replay(run).status)
        assert_same "hangs"
        edit("hangs", "gone '", "lost '")
        assert.equal('the logged text was "gone 1" and is now "lost 1"', difference_to("hangs").message)
        flow ""
        assert.equal("end", difference_to("hangs").kind)
      end)

      it("ends as the call did", function()
        flow ""
        fail_to_reach "hangs"
        local replayed = assert_same "hangs"
        assert.equal("busy", replayed["end"].error.code)
        flow "on_hangup = function() return { gone = true } end" -- nobody was there to hang up
        assert.equal("busy", assert_same("hangs")["end"].error.code)
      end)

      it("may end otherwise by an on_hangup of its own", function()
        flow ""
        be_hung_up_on "hangs"
        flow "on_hangup = function() return { gone = true } end"
        assert.equal("the end", difference_to("hangs").what)
      end)
    end)

    it("repeats a failure, wherever its line is now", function()
      lab:flow("fails", "outdial.now()\nerror 'no luck'")
      run = run_of(start "fails")
      edit("fails", "error", "\n\nerror")
      assert_same "fails"
      edit("fails", "no luck", "bad luck")
      assert.has_match("fails.lua:3: no luck .*fails.lua:5: bad luck", difference_to("fails").message)
    end)

    it("refuses what cannot be loaded", function()
      converse()
      edit("asks", "call:say", "call:say say")
      local ended = replay(run, "--with", "asks")
      assert.equal(1, ended.status)
      assert.has_match("asks.lua:3: ", ended.err, 1, true)
      assert.has_match("no flow 'nosuch'", replay(run, "--with", "nosuch").err, 1, true)
      assert.has_match("No such file", replay(run, "--with", "./nosuch.lua").err, 1, true)
    end)
  end)

  it("refuses a run that is not there", function()
    converse()
    local ended = replay "nosuchrun000"
    assert.equal(2, ended.status)
    assert.has_match("there is no run nosuchrun000 in this store; see outdial runs", ended.err, 1, true)
    assert.equal(2, replay().status)
    assert.equal("usage", json.decode(desk:ask("replay", "nosuchrun000", "--json").out).error.code)
  end)
end)
