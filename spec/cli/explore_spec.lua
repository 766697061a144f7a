local desk = require("spec.support.desk").new()
local json = require "spec.support.json"
local process = require "spec.support.process"

describe("outdial explore", function()
  teardown(function() desk:close() end)
  before_each(function() desk:reset() end)

  -- Explores a flow with these lines in its run function, of which the first is line 6 of the file.
  local function explore(lines, ...)
    local path = desk:flow("talk", ([[
return outdial.flow {
  summary = "of a spec",
  params = { to = { type = "phone", required = true, help = "whom" }, code = { type = "digits", default = "42" } },
  run = function(p)
    %s
  end,
}]]):format(lines))
    local ended = desk:command("explore", path, "--json", ...)
    ended.path = path
    ended.report = ended.out ~= "" and assert(json.decode(ended.out), ended.out) or nil
    return ended
  end

  local function call(rest)
    return 'local call = outdial.call { provider = "routee", from = "A", to = p.to }\n' .. rest
  end

  local function problem(ended, kind)
    for _, each in ipairs(ended.report.problems) do
      if each.kind == kind then return each end
    end
    error(("no problem '%s' in %s"):format(kind, ended.out), 2)
  end

  local function ending(ended, text)
    for _, each in ipairs(ended.report.endings) do
      if each.text == text then return each end
    end
    error(("no ending '%s' in %s"):format(text, ended.out), 2)
  end

  it("finds nothing in the shipped conversation, and every way it can end", function()
    local ended = desk:command("explore", "pin", "--json")
    assert.equal(0, ended.status, ended.out .. ended.err)
    ended.report = json.decode(ended.out)
    assert.same({}, ended.report.problems)
    assert.same({}, ended.report.unreached)
    assert.equal("answers, presses 1234#, is taken", ending(ended, "completed, accepted = true").path)
    assert.equal("answers, presses 0000#, presses 0000#, presses 0000#",
      ending(ended, "completed, accepted = false").path)
    for _, text in ipairs { "completed", "failed, busy", "failed, no_answer", "failed, expired" } do
      ending(ended, text)
    end
    assert.is_false(ended.report.more)
  end)

  it("shows that as text", function()
    local ended = desk:command("explore", "pin", "pin=77", "tries=1")
    assert.equal(0, ended.status, ended.out .. ended.err)
    assert.has_match("as nothing else was given: support=+12025550143 to=+12025550143", ended.out, 1, true)
    assert.has_match("limits are 1000 paths and 12 decisions", ended.out)
    assert.has_match("answers, presses 77#, is taken", ended.out, 1, true)
    assert.has_match("nothing to complain about", ended.out)
    assert.equal("", ended.err)
  end)

  it("presses what the flow compares keys with, its parameters, and something else", function()
    local ended = explore(call [[
    call:say "Which?"
    local keys = call:collect { max_digits = 2, timeout = 5 }
    if keys == "1" then return "one" elseif keys == p.code then return "code" end
    return keys or "none"]])
    assert.equal("answers, presses 42", ending(ended, "completed, code").path)
    assert.equal("answers, presses 00", ending(ended, "completed, 00").path)
    assert.same({}, ended.report.problems)
  end)

  it("finds what is asked without limit", function()
    local ended = explore(call [[
    while true do
      call:say "Press one."
      local key = call:collect { max_digits = 1, timeout = 5 }
      if key == "1" then return "done" end
    end]])
    assert.equal(1, ended.status)
    local found = problem(ended, "repeated")
    assert.equal(9, found.line)
    assert.has_match('"Press one."', found.message)
    assert.has_match("presses 0, presses 0, presses 0", found.path)
    ending(ended, "completed, done")
  end)

  it("finds a mistake that only some keys lead to", function()
    local ended = explore(call [[
    call:say "Which?"
    local key = call:collect { max_digits = 1, timeout = 5 }
    if key == "7" then return key.first.second end
    return "fine"]])
    local found = problem(ended, "error")
    assert.equal(9, found.line)
    assert.equal("answers, presses 7", found.path)
  end)

  it("finds paths that never end", function()
    desk.env = { OUTDIAL_REPLAY = "" } -- a run without end that leaves memory at each op takes too long
    local ended = explore "while true do outdial.sleep(60) end"
    assert.equal(6, problem(ended, "never ends").line)
    ended = explore 'if not select(2, outdial.host("ask")) then while true do outdial.now() end end'
    assert.equal("answers nothing", problem(ended, "never ends").path)
    ending(ended, "completed")
  end)

  it("finds lines that no path reaches", function()
    local ended = explore(call [[
    call:say "Which?"
    local key = call:collect { max_digits = 1, timeout = 5 }
    local function answer()
      return "fine"
    end -- of it
    if key == "123" then
      return "never"
    end
    return answer()]])
    assert.equal(1, ended.status)
    assert.same({ 13 }, ended.report.unreached)
  end)

  it("lets what is asked of a network answer well, badly and not at all", function()
    local ended = explore [[
    local answer, wrong = outdial.http { url = "http://127.0.0.1:9/" }
    if not answer then return wrong.code end
    return answer.status]]
    for _, text in ipairs { "completed, 200", "completed, 500", "completed, timeout" } do ending(ended, text) end
  end)

  it("takes outcomes that the provider knows, and reasons that the flow looks at", function()
    local ended = explore [[
    local call = outdial.call { provider = "veratad", to = p.to, message = "m" }
    local state, wrong = call:wait {}
    if state == "completed" then return "ok" end
    if wrong.code == "suppressed_line_type" then return "mobile" end
    return nil, wrong]]
    assert.equal("fails with suppressed_line_type", ending(ended, "completed, mobile").path)
    assert.has_no_match("busy", ended.out)
  end)

  it("has a machine that is recognised where the call asks for that", function()
    local ended = explore [[
    local call = outdial.call { provider = "routee", from = "A", to = p.to, keys = { machineDetection = "Hangup" } }
    call:say "Hello"
    local state, wrong = call:wait {}
    return wrong and wrong.code or state]]
    assert.equal("voicemail, recognised", ending(ended, "completed, machine").path)
  end)

  it("keeps to its limits, and says so", function()
    local lines = call [[
    for turn = 1, 20 do
      call:say("Turn " .. turn)
      call:collect { max_digits = 1, timeout = 5 }
    end]]
    local ended = explore(lines, "--paths=9", "--depth", "4")
    assert.equal(9, ended.report.paths)
    assert.equal(4, ended.report.decisions)
    assert.is_true(ended.report.more)
    assert.is_true(ended.report.cut_short > 0)
    assert.same({ depth = 4, paths = 9 }, ended.report.limits)
    local text = desk:command("explore", ended.path, "--paths=9", "--depth", "4").out
    assert.has_match("--paths N lets more be walked", text, 1, true)
    assert.has_match("--depth N follows them", text, 1, true)
  end)

  it("makes choices that nobody has made yet before all others", function()
    local ended = explore([[
    for try = 1, 3 do
      local call = outdial.call { provider = "phonon", to = p.to, message = "Fl0w1234" }
      local state = call:wait { timeout = 600 }
      if state == "completed" then return { tries = try } end
      if state == "rejected" then return nil, "not wanted" end
    end
    local last = outdial.call { provider = "routee", to = p.to, from = "Us" }
    last:say "Press 1 to be connected."
    if last:collect { max_digits = 1, timeout = 10 } == "1" then
      last:dial "+302100000000"
      return "connected"
    end
    last:say "Goodbye."]], "--paths=20")
    assert.is_true(ended.report.more)
    assert.same({}, ended.report.unreached)
  end)

  it("draws the flow, and writes it for Graphviz", function()
    local svg, dot = desk.folder .. "/pin.svg", desk.folder .. "/pin.dot"
    local ended = desk:command("explore", "pin", "--svg", svg, "--dot", dot)
    assert.equal(0, ended.status, ended.out .. ended.err)
    local drawn, written = process.read(svg), process.read(dot)
    for _, part in ipairs { "<svg ", "line 18", "presses 1234#", "accepted = true", "</svg>" } do
      assert.has_match(part, drawn, 1, true)
    end
    assert.has_match("digraph flow {", written, 1, true)
    assert.has_match('n1 -> n2 [label="answers\\nvoicemail"]', written, 1, true)
    -- Every rectangle of a node is within the picture.
    local width, height = drawn:match 'width="(%d+)" height="(%d+)">'
    local boxes = 0
    for x, y, w, h in drawn:gmatch '<rect class="%l+" x="([%d.-]+)" y="([%d.-]+)" width="([%d.]+)" height="([%d.]+)"' do
      boxes = boxes + 1
      assert.is_true(tonumber(x) >= 0 and tonumber(y) >= 0 and x + w <= tonumber(width) and y + h <= tonumber(height))
    end
    assert.is_true(boxes > 10)
  end)

  it("escapes what stands in texts", function()
    local svg, dot = desk.folder .. "/odd.svg", desk.folder .. "/odd.dot"
    explore(call [[
    call:say 'a < b & "c" \\ d'
    call:wait {}]], "--svg", svg, "--dot", dot)
    assert.has_match("a &lt; b &amp; &quot;c&quot;", process.read(svg), 1, true)
    assert.has_match('a < b & \\"c\\" \\\\ d', process.read(dot), 1, true)
  end)

  it("refuses what makes no sense, with 2 as status", function()
    for part, words in pairs {
      ["name the flow"] = {}, ["no flow 'nothing'"] = { "nothing" },
      ["there is no parameter 'x'"] = { "pin", "x=1" }, ["--depth is a whole number"] = { "pin", "--depth=0" },
      ["--paths is a whole number"] = { "pin", "--paths=many" },
    } do
      local ended = desk:command("explore", table.unpack(words))
      assert.equal(2, ended.status, ended.out)
      assert.has_match(part, ended.err, 1, true)
    end
    assert.equal(1, desk:command("explore", "pin", "--svg", "/nonexistent/x.svg").status)
    for _, option in ipairs { "--svg", "--dot" } do
      local ended = desk:command("explore", "pin", option, "/dev/full")
      assert.equal(1, ended.status, option)
      assert.has_match("/dev/full could not be written: No space left on device", ended.err, 1, true)
    end
    local ended = desk:command("explore", desk:flow("broken", "return outdial.flow {"))
    assert.equal(1, ended.status)
    assert.has_match("broken.lua:2: unexpected symbol", ended.err, 1, true)
  end)
end)
