-- The mistakes that outdial check finds before a call does, each at its line and with what to do.
local desk = require("spec.support.desk").new()

-- A flow whose run has these lines, the first of which is line 8.
local function flow_of(lines)
  return ([[
local outdial = require "outdial"
return outdial.flow {
  summary = "x",
  params = { to = { type = "phone", help = "number" }, pin = { type = "digits", help = "code" } },
  run = function(p)
    local call = outdial.call { provider = "routee", to = p.to }
    call:say "hello"
%s
  end,
}
]]):format(lines)
end

-- A provider with these lines in its definition, the first of which is line 6.
local function provider_of(lines)
  return ([[
local outdial = require "outdial"
return outdial.provider {
  settings = { key = { secret = true } },
  accepts = { message = true, plan = true },
  duplicate = "none", poll = { first = 1, ceiling = 2, deadline = 3 },
%s
}
]]):format(lines)
end

describe("outdial check", function()
  teardown(function() desk:close() end)

  local function check(text, folder)
    local path = (folder or "flows") .. "/script.lua"
    assert(os.execute(("mkdir -p %s/%s"):format(desk.folder, folder or "flows")))
    desk:file(path, text)
    local ended = desk:command("check", desk.folder .. "/" .. path)
    local problems = {}
    for line, message in ended.out:gmatch "script%.lua:?(%d*): ([^\n]+)" do
      problems[#problems + 1] = { tonumber(line) or 0, message }
    end
    return problems, ended
  end

  local function assert_one(problems, line, message, ended)
    assert.equal(1, #problems, ended.out)
    assert.equal(line, problems[1][1], ended.out)
    assert.has_match(message, problems[1][2], 1, true)
    assert.equal(1, ended.status)
  end

  local mistakes = {
    { "a verb that is not there", 'call:sya "x"',
      "a call has no 'sya'; it has collect, detach, dial, hangup, pause, play, say, wait" },
    { "a verb with a dot", 'call.say("x")', "use a colon: call:say" },
    { "a function that is not there", "outdial.slep(3)", "outdial has no 'slep' in a flow; it has audio, call" },
    { "a parameter among others", "call:say(('%s %s'):format(p.name, p.to))", "this flow has no parameter 'name'" },
    { "a parameter that is used beside all of them", "call:say(tostring(p) .. p.name)", "has no parameter 'name'" },
    { "a clock's field that no script has", "os.exit()", "there is no global 'os' in a flow" },
    { "a function of providers", 'outdial.submit { url = "http://a" }', "outdial has no 'submit' in a flow" },
    { "a function with a colon", "outdial:sleep(3)", "outdial:sleep has a colon: say outdial.sleep" },
    { "an option that is not there", "call:collect { max_digit = 4 }",
      "call:collect has no option 'max_digit'; it has max_digits, submit_on_hash, timeout" },
    { "an option of another type", 'call:collect { timeout = "10" }', "option 'timeout' must be a number of seconds" },
    { "an option out of range", "call:collect { max_digits = 40 }", "option 'max_digits' must be at most 30" },
    { "a negative option", "call:wait { timeout = -1 }", "option 'timeout' must be at least 0" },
    { "a word that is none of those there are", 'call:say("x", { gender = "robot" })', "must be one of female, male" },
    { "an option that is missing", 'outdial.http { method = "GET" }', "outdial.http needs the option 'url'" },
    { "a parameter that is not declared", "call:say(p.name)", "this flow has no parameter 'name'; it has pin, to" },
    { "a provider by a typo", 'outdial.call { provider = "veratd", to = p.to }',
      "there is no provider 'veratd'; there are: phonon, routee, sendservice, veratad" },
    { "a clock", "local now = os.time()", "there is no global 'os' in a flow: outdial.now() is the time" },
    { "a print", "print(p.to)", "there is no global 'print' in a flow: outdial.log says something" },
    { "a file", 'io.open "x"', "there is no global 'io' in a flow: scripts have no files" },
    { "a global by a typo", "local n = tonmber(p.pin)", "there is no global 'tonmber'" },
    { "a global that is set", "total = 1", "'total' is set as a global; make it local" },
    { "a library's function that is not there", "call:say(string.trim(p.pin))", "string has no 'trim' in a script" },
    { "an op in a comparison", "table.sort({ 1, 2 }, function(a) return outdial.random(1, a) == 1 end)",
      "outdial.random cannot be waited for inside sort: do it before" },
    { "keys that are waited for in a replacement", "p.to:gsub('.', function() return call:collect() end)",
      "call:collect cannot be waited for inside gsub" },
    { "a seed", "math.randomseed(1)", "remove math.randomseed" },
  }
  for _, mistake in ipairs(mistakes) do
    it("finds " .. mistake[1], function()
      local problems, ended = check(flow_of("    " .. mistake[2]))
      assert_one(problems, 8, mistake[3], ended)
    end)
  end

  local function params_of(rule, provider)
    return ([[
local outdial = require "outdial"
return outdial.flow { summary = "x",
  params = {
    a = { type = "phone", help = "x" },
    b = %s,
  },
  run = function(p)
    local call = outdial.call { to = p.a, provider = %s }
    call:say "x"
  end,
}
]]):format(rule, provider or '"routee"')
  end

  local others = {
    { "a flow that is not returned",
      'local outdial = require "outdial"\noutdial.flow { summary = "x", run = tostring }', 0,
      "a flow must end with: return outdial.flow" },
    { "an op at the top level", 'local outdial = require "outdial"\nlocal now = outdial.now()\nreturn now', 2,
      "only while the script runs" },
    { "a type of parameter that is not there", params_of '{ type = "int", help = "x" }', 5,
      "param 'b': option 'type' must be one of boolean, digits" },
    { "a default of another type", params_of '{ type = "integer", default = "three" }', 5,
      "param 'b': its default must be a whole number" },
    { "an option of a parameter that is not there", params_of '{ type = "integer", hlep = "x" }', 5,
      "param 'b' has no option 'hlep'; it has default, help, list, required, type" },
    { "a parameter that is not explained", params_of '{ type = "integer" }', 5, "param 'b' has no help: say what" },
    { "a parameter without a type", params_of '{ help = "x" }', 5, "param 'b' needs the option 'type'" },
    { "a provider that is not there", params_of('{ type = "string", default = "routte" }', "p.b"), 5,
      "there is no provider 'routte'; there are: phonon, routee, sendservice, veratad" },
    { "a module that is not there", 'local outdial = require "outdail"\nreturn outdial.flow { summary = "x" }', 1,
      "outdail" },
  }
  for _, mistake in ipairs(others) do
    it("finds " .. mistake[1], function()
      local problems, ended = check(mistake[2])
      assert_one(problems, mistake[3], mistake[4], ended)
    end)
  end

  local place = "  place = function() return {} end, status = function() return {} end,\n"
    .. "  plan = function() return {} end, webhook = function() return {} end,\n"
  local of_providers = {
    { "a setting that is not declared", (place:gsub("place = function%(%) return {} end",
      "place = function(r, s) return { state = s.kye } end")), "this provider has no setting 'kye'; it has key" },
    { "a request in a webhook", (place:gsub("webhook = function%(%)%s+return {}",
      "webhook = function() return outdial.http { url = 'http://a' }")),
      "webhook has to answer at once: it cannot wait for outdial.http", 7 },
    { "a submission that is not in place", (place:gsub("status = function%(%) return {}",
      "status = function() return outdial.submit { url = 'http://a', body = '' }")),
      "outdial.submit is for place; use outdial.http in status" },
    { "a function of flows", (place:gsub("place = function%(%) return {}",
      "place = function() return outdial.random(1, 2)")),
      "outdial has no 'random' in a provider" },
  }
  for _, mistake in ipairs(of_providers) do
    it("finds in a provider " .. mistake[1], function()
      local problems, ended = check(provider_of(mistake[2]), "providers")
      assert_one(problems, mistake[4] or 6, mistake[3], ended)
    end)
  end

  local parts = {
    { "accepts", "accepts = { message = true", "accepts = { mesage = true, message = true",
      "outdial.provider: accepts has no option 'mesage'; it has alternates, audio, batch", 4 },
    { "poll", "ceiling = 2", 'ceiling = "2"', "poll: option 'ceiling' must be a number of seconds", 5 },
    { "poll that lacks something", "ceiling = 2, ", "", "outdial.provider: poll needs the option 'ceiling'", 5 },
    { "a setting", "secret = true", 'secret = "yes"', "setting 'key': option 'secret' must be a boolean", 3 },
    { "duplicate", '"none"', '"nothing"', "option 'duplicate' must be one of checksum, none, query", 5 },
  }
  for _, part in ipairs(parts) do
    it("finds in a provider's definition a mistake in " .. part[1], function()
      local text, changed = provider_of(place):gsub(part[2], part[3])
      assert.equal(1, changed)
      local problems, ended = check(text, "providers")
      assert_one(problems, part[5], part[4], ended)
    end)
  end

  it("is right about what cannot wait", function()
    local path = desk:file("sorts.lua", [[
local outdial = require "outdial"
return outdial.flow { summary = "x", run = function()
  local good, wrong = pcall(table.sort, { 1, 2 }, function(a, b) return outdial.random(a, b + a) == a end)
  local swapped, why = pcall(string.gsub, "a", "a", function() return outdial.uuid() end)
  return { good, tostring(wrong), swapped, tostring(why) }
end }]])
    local result = desk:report(path).report.result
    assert.is_false(result[1])
    assert.has_match("'random' can be asked for only while the script runs, not inside string.gsub, table.sort",
      result[2], 1, true)
    assert.is_false(result[3])
    assert.has_match("sorts.lua:4: 'uuid' can be asked for only while the script runs, not inside", result[4], 1, true)
  end)

  it("looks at a long script to its end", function()
    local problems, ended = check(flow_of(('    call:say("line", { repeats = 1 })\n'):rep(5000) .. "    call:sya()"))
    assert_one(problems, 5008, "a call has no 'sya'", ended)
  end)

  it("finds all mistakes at once, by their lines", function()
    local problems = check(flow_of "    call:sya 'x'\n    call:collect { timeout = 0 }\n    call:say(p.name)")
    local lines = {}
    for i, problem in ipairs(problems) do lines[i] = problem[1] end
    assert.same({ 8, 9, 10 }, lines)
  end)

  -- What could be right is left alone.
  local right = {
    ["a table of its own named p"] = "local function f(p) return p.x end\n call:say(f { x = 'a' })",
    ["parameters that it sets itself"] = "p.name = 'x'\n call:say(p.name)",
    ["parameters that another function sets"] = "local function fill(t) t.name = 'x' end\n fill(p)\n call:say(p.name)",
    ["parameters that are set by their names"] = "for _, k in ipairs { 'name' } do p[k] = 'x' end\n call:say(p.name)",
    ["parameters that other functions may set"] = "local function fill(t, k) t[k] = 'x' end\n fill(p, 'name')\n"
      .. " call:say(p.name)",
    ["parameters that a module may set"] = "local name = p.to\n require(name)(p)\n call:say(p.name)",
    ["functions that it adds to the library"] = "function outdial.greet() return 'x' end\n call:say(outdial.greet())",
    ["verbs that it adds to a call"] = "function call:greet() self:say 'x' end\n call:greet()",
    ["a verb that is called with its call"] = "call.say(call, 'x')\n local say = call.say\n say(call, 'y')",
    ["what is waited for beside a function"] =
      "local n = ('x'):gsub('.', function() return 'y' end, outdial.random(1, 2))\n call:say(n)",
    ["a name that is a call in one place only"] = "local f = function(call) return call:sya() end\n return f",
    ["a call that is put in the place of another"] = "local other = p.pin\n call = other\n call:sya()",
    ["a field of a call"] = "local id = outdial.call { provider = 'routee', to = p.to }.id\n return id:upper()",
    ["a library of its own"] = "local string = { trim = tostring }\n call:say(string.trim(p.pin))",
    ["fields that are named as libraries"] = "local t = { string = { trim = 1 } }\n return t.string.trim",
    ["a value that is made"] = "call:collect { timeout = 5 * 3 + 600, max_digits = #p.pin }",
    ["options that come from elsewhere"] = "local o = { url = 'http://a' }\n return (outdial.http(o))",
    ["a number after a name"] = "call:say('a' .. #'b' .. 'c')\n call:pause(1.5)",
    ["what stands in texts and comments"] = "-- p.name outdial.slep\n call:say 'p.name call:sya() outdial.slep(1)'",
    ["methods of others that are named as a call's"] = "local menu = p\n menu:play { file = 1 }",
    ["null for an option"] = "call:collect { timeout = outdial.null }",
  }
  for what, lines in pairs(right) do
    it("leaves alone " .. what, function()
      local problems, ended = check(flow_of(lines))
      assert.equal(0, #problems, ended.out)
      assert.equal(0, ended.status, ended.out .. ended.err)
    end)
  end

  it("looks into functions that are named in the definition", function()
    local problems, ended = check [[
local outdial = require "outdial"
local function run(p)
  return { a = p.there, b = p.absent }
end
return outdial.flow { summary = "x", params = { there = { type = "string", help = "x" } }, run = run }
]]
    assert_one(problems, 3, "this flow has no parameter 'absent'; it has there", ended)
  end)

  it("takes a module for what either kind may use", function()
    local text = [[
local outdial = require "outdial"
return { wait = function() return outdial.submit or outdial.sleep end }
]]
    local problems, ended = check(text, "lib")
    assert.equal(0, #problems, ended.out)
    problems, ended = check((text:gsub("sleep", "slep")), "lib")
    assert_one(problems, 2, "outdial has no 'slep'; it has", ended)
  end)

  it("gets through a text of any shape", function()
    local start = "local outdial = require 'outdial' return outdial.flow"
    for _, text in ipairs { "", "return", start, start .. " { run =", "call:", "outdial.", "local call = outdial.call",
      "local function", "for", "function", "{", "((((", ":", ": x {}", "local x <const>", "p.p.p", "f{a=",
      "outdial.flow { params = {", "x = -" } do
      local _, ended = check(text)
      assert.equal(1, ended.status, text .. "\n" .. ended.out .. ended.err)
      assert.equal("", ended.err)
    end
  end)
end)
