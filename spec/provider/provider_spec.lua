local json = require "spec.support.json"
local http = require "spec.support.http"
local lab = require("spec.support.lab").new()

describe("a provider's script", function()
  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:flow("hello", [[
      local call = outdial.call { provider = "tin", to = "+306900000001", message = "m" }
      local disposition, err = call:wait {}
      if err then return nil, err end
      return disposition]])
  end)

  -- tin with these lines at the beginning of one of its functions.
  local function tin_with(lines, where, more, top)
    lab:provider("tin", more, function(text)
      local opening = "local function " .. (where or "place") .. "%b()"
      local edited, count = text:gsub(opening, "%0 " .. lines:gsub("%%", "%%%%"))
      assert(count == 1)
      return (top or "") .. edited
    end)
  end

  local function assert_fails(ended, code, pattern)
    assert.equal(1, ended.status, ended.out .. ended.err)
    assert.equal(code, ended.report.error.code)
    assert.has_match(pattern, ended.report.error.message)
    assert.is_true(lab.line:is_quiet())
  end

  it("may require modules of the operator's", function()
    lab:script("lib/early", "return { reference = 'r-1' }")
    lab:script("lib/late", "return { state = 'completed' }")
    tin_with('do return { state = require "late".state, reference = early.reference } end', "place", nil, [[
local early = require "early"
]])
    local ended = lab:run "hello"
    assert.equal(0, ended.status, ended.out .. ended.err)
    assert.equal("r-1", ended.report.calls[1].reference)
  end)

  describe("fails the call, with file and line, when place", function()
    it("raises", function()
      tin_with 'error "no luck"'
      assert_fails(lab:run "hello", "script", "hello%.lua:3: .*tin%.lua:15: no luck$")
    end)

    it("loops for ever", function()
      tin_with "while true do end"
      assert_fails(lab:run "hello", "runaway", "tin%.lua:15")
    end)

    it("loops for ever behind pcall", function()
      tin_with "while true do pcall(function() while true do end end) end"
      assert_fails(lab:run "hello", "runaway", "tin%.lua:15")
    end)

    it("eats memory", function()
      tin_with 'local all = {} while true do all[#all + 1] = ("x"):rep(1 << 20) .. #all end'
      local ended = lab:run "hello"
      assert.equal(1, ended.status, ended.out)
      assert.has_match("tin%.lua:15", ended.report.error.message)
    end)

    it("yields on its own", function()
      tin_with 'coroutine.yield "nonsense"'
      assert_fails(lab:run "hello", "script", "tin%.lua:15")
    end)

    it("asks for what only flows have", function()
      tin_with "outdial.sleep(1)"
      assert_fails(lab:run "hello", "script", "tin%.lua:15: .*sleep")
    end)

    it("gives what no value can be", function()
      tin_with "do return function() end end"
      local ended = lab:run "hello"
      assert.equal(1, ended.status, ended.out)
      assert.equal("failed", ended.report.calls[1].state)
    end)
  end)

  describe("fails the call when place gives", function()
    for given, code in pairs { ["nil"] = "provider_error", ["nil, 'no'"] = "provider_error",
      ["nil, {}"] = "provider_error", ["nil, { code = {}, message = 7 }"] = "provider_error",
      ["nil, { code = 'config', message = 'no' }"] = "config", ["nil, { code = 'auth', sent = 'no' }"] = "auth",
      ["nil, { code = 'auth', sent = true }"] = "auth", ["3"] = "provider_error", ["'text'"] = "provider_error",
      ["false"] = "provider_error" } do
      it(given, function()
        tin_with("do return " .. given .. " end")
        local ended = lab:run "hello"
        assert.equal(1, ended.status, ended.out)
        assert.equal(code, ended.report.error.code)
        assert.equal("failed", ended.report.calls[1].state)
        assert.is_true(#ended.report.error.message > 0)
      end)
    end
  end)

  it("makes the call unknown when the error says that it may have been sent", function()
    tin_with "do return nil, { code = 'odd', message = 'Who knows?', sent = 'maybe' } end"
    local ended = lab:run "hello"
    assert.equal(3, ended.status, ended.out)
    assert.equal("Who knows?", ended.report.error.message)
  end)

  it("can submit in place only", function()
    lab:provider("tin", "status = status, poll = { first = 0.02, ceiling = 0.02, deadline = 60 }", function(text)
      return (text:gsub('ask "/status"', [[function(call, settings)
        local answer, err = outdial.submit { url = settings.url .. "/again", body = call }
        return { state = "completed", detail = { answer = answer, err = err } }
      end]]))
    end)
    local run = lab:start "hello"
    lab.line:serve(200, { state = "queued" })
    local ended = lab:wait(run)
    assert.equal(0, ended.status, ended.err)
    local detail = json.decode(lab:query("SELECT detail FROM call")[1].detail)
    assert.equal("usage", detail.err.code)
    assert.is_nil(detail.answer)
    assert.is_true(lab.line:is_quiet())
  end)

  it("cannot ask anybody where it must answer at once", function()
    tin_with('outdial.http { url = "http://127.0.0.1" }', "webhook")
    local run = lab:start "hello"
    local create = lab.line:serve(200, { state = "queued" })
    local answer = http.send("POST", create.json.hook, {})
    assert.equal(400, answer.status)
    assert.has_match("tin%.lua:%d+", answer.json.error)
    run:signal "INT"
    lab:wait(run)
  end)

  it("may raise in webhook, and the next one is heard", function()
    tin_with('if request.body.oops then error "oops" end', "webhook")
    local run = lab:start "hello"
    local hook = lab.line:serve(200, { state = "queued" }).json.hook
    assert.equal(400, http.send("POST", hook, { oops = true }).status)
    assert.equal(200, http.send("POST", hook, { kind = "status", id = "1", state = "completed" }).status)
    assert.equal(0, lab:wait(run).status)
  end)

  it("may return nonsense from webhook", function()
    tin_with([[local odd = { 3, "text", false, {}, { kind = 7 } }
      if request.body.what then return odd[request.body.what] end]], "webhook")
    local run = lab:start "hello"
    local hook = lab.line:serve(200, { state = "queued" }).json.hook
    for what, status in ipairs { 400, 400, 400, 200, 200 } do
      assert.equal(status, http.send("POST", hook, { what = what }).status, what)
    end
    assert.equal(200, http.send("POST", hook, { kind = "status", id = "1", state = "completed" }).status)
    assert.equal(0, lab:wait(run).status)
  end)

  describe("is refused", function()
    local function assert_refused(text, pattern)
      lab:script("providers/tin", text)
      local ended = lab:run "hello"
      assert.is_true(ended.status == 1 or ended.status == 2, ended.out)
      assert.has_match(pattern, ended.report.error.message)
      assert.has_match("hello%.lua:2: ", ended.report.error.message)
      assert.is_true(lab.line:is_quiet())
    end

    it("when it is no Lua", function() assert_refused("return {", "tin%.lua:1: ") end)
    it("when it returns no provider", function() assert_refused("return 3", "tin%.lua: ") end)
    it("when it loops for ever", function() assert_refused("while true do end", "tin%.lua:1") end)
    it("when it asks for something as it is loaded", function()
      assert_refused('local outdial = require "outdial"\noutdial.http { url = "http://127.0.0.1" }',
        "tin%.lua:2: .*not while it is loaded")
    end)

    local whole = [[local outdial = require "outdial"
      return outdial.provider { settings = {}, accepts = { message = true }, duplicate = "none",
        place = function() end, %s }]]
    for more, pattern in pairs { ["plaice = 1"] = "has no option 'plaice'; it has accepts",
      ["status = function() end"] = "poll", ["hold = {}"] = "plan", ["accepts = { plan = true }"] = "plan and webhook",
      ["accepts = {}"] = "message or plan", ["accepts = { massage = true }"] = "no option 'massage'",
      ["rate = 'fast'"] = "rate", ["rate = 0"] = "rate", ["duplicate = 'often'"] = "duplicate",
      ["poll = { first = 1 }"] = "ceiling", ["settings = { url = { unless = 'uri' } }"] = "unless names 'uri'",
      ["place = 3"] = "place" } do
      it("when its definition has " .. more, function()
        assert_refused(whole:format(more), "tin%.lua: .*" .. pattern)
      end)
    end
  end)
end)
