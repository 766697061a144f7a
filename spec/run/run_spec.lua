local json = require "spec.support.json"
local lab = require("spec.support.lab").new()

describe("a run", function()
  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:provider "tin"
  end)

  -- A flow of these lines; it ends by itself.
  local function run(lines, ...)
    lab:flow("odd", lines)
    return lab:run("odd", ...)
  end

  local function assert_fails(ended, code, pattern)
    assert.equal(1, ended.status, ended.err)
    assert.equal("failed", ended.report.state)
    assert.equal(code, ended.report.error.code)
    assert.has_match(pattern, ended.report.error.message)
    local row = lab:query "SELECT state, error FROM run"[1]
    assert.equal("failed", row.state)
    assert.same(ended.report.error, json.decode(row.error))
  end

  describe("fails with file and line when its flow", function()
    it("raises a text", function()
      assert_fails(run '\nerror("no luck")', "script", "odd%.lua:3: no luck$")
    end)

    it("raises a table", function()
      assert_fails(run 'error { code = "luck", message = "none" }', "luck", "none")
    end)

    it("raises something else", function()
      for _, value in ipairs { "nil", "42", "{}", "function() end", "false", "outdial.null" } do
        lab:reset()
        local ended = run("error(" .. value .. ")")
        assert.equal(1, ended.status, value)
        assert.is_true(#ended.report.error.code > 0 and #ended.report.error.message > 0, ended.out)
      end
    end)

    it("raises an error that cannot be shown", function()
      local ended = run [[error(setmetatable({}, { __tostring = function() error "again" end }))]]
      assert.equal(1, ended.status, ended.err)
      assert.equal("failed", ended.report.state)
    end)

    it("uses a name that is not there", function()
      assert_fails(run "return string.no.such", "script", "odd%.lua:2: attempt to index a nil value")
      lab:reset()
      assert_fails(run "return os.time()", "script", "odd%.lua:2: .*os")
    end)

    it("loops for ever", function()
      assert_fails(run "\nwhile true do end", "runaway", "odd%.lua:3")
    end)

    it("loops for ever behind pcall", function()
      assert_fails(run "while true do pcall(function() while true do end end) end", "runaway", "odd%.lua:2")
    end)

    it("loops for ever in a pattern", function()
      local ended = run 'return (("a"):rep(200)):find(("a-"):rep(200) .. "b")'
      assert.equal(1, ended.status, ended.out)
      assert.has_match("odd%.lua:2", ended.report.error.message)
    end)

    it("calls itself for ever", function()
      local ended = run "local function again() return 1 + again() end\nagain()"
      assert.equal(1, ended.status, ended.out)
      assert.has_match("odd%.lua:2", ended.report.error.message)
    end)

    it("eats memory", function()
      assert_fails(run 'local all = {} while true do all[#all + 1] = ("x"):rep(1 << 20) .. #all end', "memory",
        "odd%.lua:2")
    end)

    it("eats memory behind pcall", function()
      assert_fails(run 'pcall(string.rep, "x", 1 << 26) outdial.now() return "alive"', "memory", "odd%.lua:2")
    end)

    it("yields in a place of its own", function()
      local ended = run 'table.sort({ 3, 2, 1 }, function(a, b) outdial.now() return a < b end)'
      assert.equal(1, ended.status, ended.out)
      assert.has_match("odd%.lua:2", ended.report.error.message)
    end)

    it("asks in the place of a return, which leaves no line", function()
      assert_fails(run "return outdial.sleep { minutes = 3 }", "script", "odd%.lua: outdial%.sleep has no option")
      lab:reset()
      assert_fails(run 'return outdial.call { provider = "tin", to = "+306900000001" }', "missing", "odd%.lua: ")
    end)

    it("passes what no journal can keep", function()
      for value, what in pairs { ["function() end"] = "function", ["0/0"] = "NaN", ["1/0"] = "infinite",
        ["'\\255'"] = "UTF%-8",
        ["{ [1] = 1, [3] = 3 }"] = "", ["{ 1, x = 2 }"] = "" } do
        lab:reset()
        local ended = run("\noutdial.http { url = 'http://127.0.0.1', body = { deep = " .. value .. " } }")
        assert_fails(ended, "script", "odd%.lua:3: .*body%.deep.*" .. what)
      end
    end)

    it("passes what contains itself", function()
      assert_fails(run "local t = {} t.t = t\noutdial.http { url = 'http://127.0.0.1', body = t }", "script",
        "odd%.lua:3")
    end)

    it("passes options that nothing knows", function()
      assert_fails(run "outdial.sleep { minutes = 3 }", "script", "odd%.lua:2: outdial%.sleep has no option 'minutes'")
      lab:reset()
      assert_fails(run 'outdial.call { provider = "tin", to = "0049" }', "script",
        "odd%.lua:2: outdial%.call: option 'to'")
      lab:reset()
      assert_fails(run 'outdial.call { to = "+306900000001" }', "script", "odd%.lua:2: .*needs the option 'provider'")
    end)

    it("passes more than one wrong option: the first by name is told", function()
      assert_fails(run 'outdial.call { to = "0049", provider = 7, from = {} }', "script", "option 'from' must be")
    end)
  end)

  it("takes options from behind a metatable, and null for none", function()
    local ended = run [[
      outdial.sleep(setmetatable({}, { __index = { seconds = 0.001 } }))
      outdial.sleep { seconds = 0.001, at = outdial.null }
      outdial.http { url = "x:", body = outdial.null }]]
    assert.equal(0, ended.status, ended.out)
    assert.same({ { args = '{"seconds":0.001}' }, { args = '{"seconds":0.001}' },
      { args = '{"method":"GET","url":"x:"}' } }, lab:query "SELECT args FROM op ORDER BY seq")
  end)

  describe("fails by what its flow returns", function()
    it("when no journal can keep that", function()
      for value, what in pairs { ["function() end"] = "function", ["{ a = { b = 0/0 } }"] = "a%.b",
        ["'\\255'"] = "UTF%-8" } do
        lab:reset()
        local ended = run("return " .. value)
        assert.equal(1, ended.status, value)
        assert.has_match(what, ended.report.error.message)
      end
    end)

    it("when that is nil and an error", function()
      assert_fails(run 'return nil, { code = "luck", message = "none" }', "luck", "^none$")
    end)

    it("when that is nil and a table that is hardly an error", function()
      assert_fails(run 'return nil, { code = 7, message = {}, more = true }', "failed", "no reason")
    end)

    it("when that is nil and a text", function()
      assert_fails(run 'return nil, "no luck"', "failed", "^no luck$")
    end)
  end)

  describe("completes with what its flow returns", function()
    for text, value in pairs { ["1 << 53"] = 1 << 53, ["0.1"] = 0.1,
      ["-0.0"] = 0, ["1e300"] = 1e300, ["true"] = true, ["false"] = false, ["'a\\0b'"] = "a\0b",
      ["'\\u{10FFFF}'"] = "\u{10FFFF}", ["{}"] = {}, ["{ 1, 2 }"] = { 1, 2 },
      ["{ a = { b = outdial.null } }"] = { a = { b = json.null } } } do
      it(text, function()
        local ended = run("return " .. text)
        assert.equal(0, ended.status, ended.out)
        assert.same(value, ended.report.result)
        assert.same(value, json.decode(lab:query("SELECT result FROM run")[1].result))
      end)
    end

    it("an integer that no float can hold", function()
      local ended = run "return { n = 9007199254740993, m = math.mininteger }"
      assert.has_match('"result":{"m":-9223372036854775808,"n":9007199254740993}', ended.out, 1, true)
    end)

    it("nothing", function()
      local ended = run ""
      assert.equal(0, ended.status)
      assert.equal(json.null, ended.report.result)
    end)
  end)

  it("tells what it is and what came of it", function()
    lab:flow("odd", 'outdial.call { provider = "tin", to = p.to, message = "m" }:wait {} return p',
      'params = { to = { type = "phone", list = true }, n = { type = "integer", default = 3 } }')
    local process = lab:start("odd", 'to:=["+306900000001","+306900000002"]')
    local refused = lab:wait(process)
    assert.equal("unsupported", refused.report.error.code)
    lab:provider("tin", nil, function(text) return (text:gsub("keys = true", "alternates = true")) end)
    process = lab:start("odd", 'to:=["+306900000001","+306900000002"]')
    local create = lab.line:serve(200, { state = "completed", reference = "r-1" })
    local ended = lab:wait(process)
    local report = ended.report
    assert.has_match("^%w+$", report.run)
    assert.equal("odd", report.flow)
    assert.has_match("^" .. ("%x"):rep(64) .. "$", report.version)
    assert.same({ n = 3, to = { "+306900000001", "+306900000002" } }, report.result)
    assert.same({ { id = create.json.id, provider = "tin", to = { "+306900000001", "+306900000002" },
      state = "completed", reason = json.null, reference = "r-1" } }, report.calls)
    local row = lab:query(("SELECT * FROM run WHERE id = '%s'"):format(report.run))[1]
    assert.equal("completed", row.state)
    assert.equal(report.version, row.script)
    assert.is_true(row.finished >= row.created)
  end)

  it("keeps the very script that it ran, and the modules it required", function()
    lab:script("lib/words", 'return { hello = "Hello" }')
    local ended = run 'return require("words").hello'
    assert.equal("Hello", ended.report.result)
    local scripts = {}
    for _, row in ipairs(lab:query "SELECT * FROM script") do scripts[row.kind .. " " .. row.name] = row end
    assert.equal(ended.report.version, scripts["flow odd"].hash)
    assert.has_match('require%("words"%)', scripts["flow odd"].source)
    assert.equal('return { hello = "Hello" }', scripts["module words"].source)
    local manifest = json.decode(lab:query("SELECT manifest FROM run")[1].manifest)
    assert.same({ words = scripts["module words"].hash }, manifest)
  end)

  it("does what it does in sorted order, and draws its random numbers from its id", function()
    local lines = [[
      local keys, drawn = {}, {}
      for key in pairs { d = 1, b = 2, [2] = 3, a = 4, [1] = 5, c = 6 } do keys[#keys + 1] = key end
      for i = 1, 5 do drawn[i] = math.random(1 << 40) end
      return { keys = keys, drawn = drawn }]]
    local first, second = run(lines).report, run(lines).report
    assert.same({ 1, 2, "a", "b", "c", "d" }, first.result.keys)
    assert.same(first.result.keys, second.result.keys)
    assert.not_same(first.result.drawn, second.result.drawn)
  end)

  it("is two that notice nothing of each other when two providers are asked and one fails", function()
    lab:provider("lead", nil, function(text)
      return (text:gsub("local function place%(request, settings%)", "%0 while true do end"))
    end)
    lab:set("lead.url=" .. lab.line.url)
    lab:flow("odd", [[
      local fine, err = pcall(function()
        return outdial.call { provider = "lead", to = "+306900000001", message = "m" }:wait {}
      end)
      local disposition = outdial.call { provider = "tin", to = "+306900000001", message = "m" }:wait {}
      return { fine = fine, message = err.message, disposition = disposition }]])
    local process = lab:start "odd"
    lab.line:serve(200, { state = "completed" })
    local ended = lab:wait(process)
    assert.equal(0, ended.status, ended.err)
    assert.is_false(ended.report.result.fine)
    assert.has_match("lead%.lua:%d+", ended.report.result.message)
    assert.equal("completed", ended.report.result.disposition)
  end)

  it("can make a thousand calls and no more", function()
    local ended = run [[
      local last
      for i = 1, 1001 do
        local fine, err = pcall(outdial.call, { provider = "tin", to = "+306900000001", message = "m" })
        if not fine then return { i, err } end
      end]]
    assert.equal(0, ended.status, ended.err)
    assert.equal(1001, ended.report.result[1])
  end)

  it("may ask for very many things at once", function()
    local ended = run "for _ = 1, 3000 do outdial.now() end return true"
    assert.equal(0, ended.status, ended.err)
    assert.same({ { n = 3000 } }, lab:query "SELECT count(*) AS n FROM op WHERE result IS NOT NULL")
  end)

  it("does not begin when its script is broken, and says where", function()
    for text, pattern in pairs { ["return {"] = "bad%.lua:1: ", [""] = 'bad%.lua: .*require "outdial"',
      ["require 'outdial' return 3"] = "bad%.lua: .*outdial%.flow",
      ["while true do end"] = "bad%.lua:1", ["local outdial = require 'outdial' outdial.now()"] = "bad%.lua:1",
      ["local outdial = require 'outdial'\nreturn outdial.flow { summary = 's', runs = 1 }"] = "bad%.lua: .*runs",
      ["return require 'nothing'"] = "bad%.lua:1: .*nothing", ["error 'no'"] = "bad%.lua:1: no" } do
      lab:script("flows/bad", text)
      local ended = lab:run "bad"
      assert.is_true(ended.status == 1 or ended.status == 2, text)
      assert.has_match(pattern, ended.report.error.message)
      assert.same({}, lab:query "SELECT * FROM run")
    end
  end)
end)
