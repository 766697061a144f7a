local desk = require("spec.support.desk").new()
local json = require "spec.support.json"

describe("outdial test", function()
  teardown(function() desk:close() end)
  before_each(function()
    desk:reset()
    os.execute("rm -rf " .. desk.folder .. "/*.lua " .. desk.folder .. "/flows")
  end)

  -- A flow with these lines as its body, and a spec of one `it` with these.
  local function specs(flow, ...)
    desk:flow("talk", ([[
return outdial.flow {
  summary = "of a spec", params = { to = { type = "phone", default = "+306900000001" } },
  on_hangup = function() return "gone" end,
  run = function(p)
    local function call() return outdial.call { provider = "routee", from = "A", to = p.to } end
    %s
  end,
}]]):format(flow))
    local text = { 'local test = require "outdial.test"', ("local flow = %q"):format(desk.folder .. "/talk.lua") }
    for i, body in ipairs { ... } do
      text[#text + 1] = ("it('spec %d', function() %s end)"):format(i, body)
    end
    desk:file("talk_spec.lua", table.concat(text, "\n"))
    return desk:command("test", desk.folder)
  end

  local function passes(count, ended)
    assert.equal(0, ended.status, ended.out .. ended.err)
    assert.has_match(("%d specs? passed, 0 failed"):format(count), ended.out)
  end

  local function fails(part, ended)
    assert.equal(1, ended.status, ended.out .. ended.err)
    assert.has_match("1 failed", ended.out)
    assert.has_match(part, ended.out, 1, true)
  end

  it("runs the specs beside the shipped flows", function()
    local ended = desk:command "test"
    assert.equal(0, ended.status, ended.out .. ended.err)
    assert.has_match("%d%d specs passed, 0 failed", ended.out)
    assert.equal("", ended.err)
  end)

  it("lets somebody answer, key, wait and be connected, in simulated time", function()
    passes(2, specs([[
      local line = call()
      line:say "Hello"
      local keys = line:collect { max_digits = 4, timeout = 10 }
      line:dial "+306900000009"
      return keys]], [[
      local run = test.run(flow, {}, "answers after 3 s, presses 12, waits 9 s, presses 34, support talks 2 min")
      assert.equal("1234", run.result)
      assert.same({ "1234" }, run.keyed)
      assert.same({ "+306900000009" }, run.dialled)
      assert.is_true(run.seconds > 132 and run.seconds < 140, run.seconds)]], [[
      local run = test.run(flow, {}, "answers, waits 1 s, hangs up after 1 s")
      assert.equal("gone", run.result)
      assert.equal(2, run.seconds)
      assert.same({ "Hello" }, run.said)]]))
  end)

  it("goes through a week of retries, each call with a callee of its own", function()
    passes(1, specs([[
      for _ = 1, 7 * 24 do
        local line = call()
        line:say "Hello"
        if line:wait {} == "completed" then return "at last" end
        outdial.sleep(3600)
      end]], [[
      local run = test.run(flow, {}, "busy", "no answer", "rejects")
      assert.equal(168, #run.calls)
      assert.same({ "busy", "no_answer", "rejected" }, { run.calls[1].state, run.calls[2].state, run.calls[168].state })
      assert.is_true(run.seconds > 7 * 86400)
      assert.equal("at last", test.run(flow, {}, "busy", "answers").result)]]))
  end)

  it("answers what a flow asks of a network and of the host, or has none of it", function()
    passes(1, specs([[
      local answer, wrong = outdial.http { url = "http://127.0.0.1:9/x", method = "POST", body = { 1 } }
      return { answer = answer and answer.json, wrong = wrong and wrong.code, host = outdial.host("f", 7) }]], [[
      local run = test.run { flow = flow, http = function(request)
        assert.equal("POST", request.method)
        return { status = 200, json = { hello = "world" } }
      end, host = { f = function(args) return args + 1 end } }
      assert.same({ answer = { hello = "world" }, host = 8 }, run.result)
      assert.equal("f", run.asked[2].name)
      run = test.run(flow)
      assert.equal("no_network", run.result.wrong)]]))
  end)

  it("lets a flow be late, and the provider's hold plan go out", function()
    passes(1, specs([[
      local line = call()
      line:say "One"
      line:collect { max_digits = 1, timeout = 10 }
      outdial.sleep(5)
      line:say "Two"
      return line:collect { max_digits = 1, timeout = 10 }]], [[
      local run = test.run(flow, {}, "answers, presses 1, presses 9#, presses 2")
      assert.matches("One moment", run.said[2])
      assert.equal("Two", run.said[3])
      assert.equal("2", run.result)]]))
  end)

  it("is refused what the provider's own script refuses, with its words", function()
    passes(1, specs([[
      local line = call()
      line:say(("x"):rep(1001))
      return line:wait {}]], [[
      local run = test.run(flow)
      assert.equal("failed", run.calls[1].state)
      assert.equal("invalid_request", run.calls[1].reason)
      assert.matches("at most 1000 characters", run.calls[1].message)]]))
  end)

  it("says of a run that it waits for ever, or never ends", function()
    passes(1, specs([[if p.to == "+306900000002" then while true do outdial.now() end end
      outdial.host("f", 1)
      local line = call()
      line:say "Hello"
      line:wait {}]], [[
      assert.equal("endless", test.run(flow, { to = "+306900000002" }).state)
      assert.equal("expired", test.run(flow, {}, "no word").calls[1].state)]]))
  end)

  it("shows what the runs of a failing spec did, and a mistake with file and line", function()
    local ended = specs([[
      local line = call()
      line:say "Hello"
      local keys = line:collect { max_digits = 1, timeout = 10 }
      return keys.first.second]], [[
      assert.same({}, test.run(flow, {}, "answers, presses 1").result)]])
    fails(desk.folder .. "/talk.lua\n", ended)
    fails("talk.lua:10: attempt to index", ended)
    fails("10 | return keys.first.second", ended)
    fails("talk_spec.lua:3:", ended)
    fails('say        "Hello"', ended)
  end)

  it("shows why a run of a failing spec was refused", function()
    local ended = specs("return 1", "assert.equal(1, test.run(flow, { word = 1 }).result)")
    fails("\n  refused: talk: there is no parameter 'word'; this flow has to\n", ended)
    local told = json.decode(desk:command("test", "--json", desk.folder).out)
    assert.equal("refused", told.failures[1].runs[1].state)
    assert.equal("usage", told.failures[1].runs[1].error.code)
  end)

  it("fails where nothing is asserted, unless that is to come", function()
    desk:file("odd_spec.lua", "describe('nothing', function() end)")
    local ended = desk:command("test", desk.folder .. "/odd_spec.lua")
    assert.equal(1, ended.status)
    assert.has_match("0 specs passed, 0 failed", ended.out, 1, true)
    desk:file("odd_spec.lua", "pending 'later'")
    ended = desk:command("test", desk.folder .. "/odd_spec.lua")
    assert.equal(0, ended.status)
    assert.has_match("0 specs passed, 0 failed, 1 pending", ended.out, 1, true)
  end)

  it("says what it understands where it does not", function()
    fails('the phrase "presses one" is not understood', specs("return 1", 'test.run(flow, {}, "answers, presses one")'))
    fails("presses 1234#", specs("return 1", 'test.run(flow, {}, "answers, presses one")'))
    fails("must begin with how the call is taken", specs("return 1", 'test.run(flow, {}, "presses 1")'))
    fails("a call that nobody has answered", specs("return 1", 'test.run(flow, {}, "busy, presses 1")'))
    fails("does not say how the call is taken", specs("return 1", 'test.run(flow, {}, "")'))
    fails("has no option 'cal'; it has begins, callees", specs("return 1", "test.run { flow = flow, cal = 1 }"))
    fails("option 'http' must be a function", specs("return 1", "test.run { flow = flow, http = 1 }"))
  end)

  it("tells of a mistake in a spec, and of what is outside of each `it`", function()
    desk:file("odd_spec.lua", "it('x', function(")
    fails("odd_spec.lua:1: <name> or '...' expected", desk:command("test", desk.folder))
    desk:file("odd_spec.lua", "before_each(function() error 'no ground' end) it('x', function() end) pending 'later'")
    fails("odd_spec.lua:1: no ground", desk:command("test", desk.folder))
    fails("0 specs passed, 1 failed, 1 pending", desk:command("test", desk.folder .. "/odd_spec.lua"))
  end)

  it("prints one object with --json", function()
    specs('return 1', 'assert.equal(1, test.run(flow).result)', 'assert.equal(2, test.run(flow).result)')
    local ended = desk:command("test", "--json", desk.folder)
    assert.equal(1, ended.status)
    local told = json.decode(ended.out)
    assert.same({ 1, 1, 0 }, { told.passed, told.failed, told.pending })
    assert.equal("spec 2", told.failures[1].name)
    assert.equal(1, told.failures[1].runs[1].result)
    assert.equal("usage", json.decode(desk:command("test", "--json", "/nonexistent").out).error.code)
  end)

  it("refuses a path that is not there, and says what to install without busted", function()
    local ended = desk:command("test", "/nonexistent")
    assert.equal(2, ended.status)
    assert.has_match("there is no file or folder /nonexistent", ended.err, 1, true)
    ended = desk:command("test", "scripts/flows/pin_spec.lua", desk.folder)
    assert.equal(2, ended.status)
    assert.has_match("there is no spec (NAME_spec.lua) in " .. desk.folder, ended.err, 1, true)
    desk.env = { LUA_PATH = "/nonexistent/?.lua" }
    ended = desk:command "test"
    assert.equal(2, ended.status)
    assert.has_match("apt-get install lua-busted", ended.err, 1, true)
  end)
end)
