local http = require "spec.support.http"
local lab = require("spec.support.lab").new()
local process = require "spec.support.process"

local function flow_of(run, top)
  return ([[local outdial = require "outdial"
%s
return outdial.flow { summary = "of a spec", run = function(p) -- luacheck: ignore
%s
end }
]]):format(top or "", run)
end

local good = flow_of "return { answer = 'good' }"

-- Each would be the text of flows/talk; what is said of it. Line 2 is where it goes wrong, unless it says otherwise.
local bad = {
  ["loops for ever"] = { flow_of("", "while true do end"), "2: .*too many instructions" },
  ["loops for ever behind pcall"] =
    { flow_of("", "while true do pcall(function() while true do end end) end"), "2: .*too many instructions" },
  ["recurses for ever"] = { flow_of("", "local function f() return 1 + f() end f()"), "2: .*more memory than its" },
  ["calls itself for ever"] = { flow_of("", "local function f() return f() end f()"), "2: .*too many instructions" },
  ["allocates without end"] =
    { flow_of("", "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end"), "2: .*more memory than its" },
  ["makes a text without end"] = { flow_of("", "local _ = ('x'):rep(1e10)"), "2: resulting string too large" },
  ["has a pattern that takes for ever"] =
    { flow_of("", "local _ = ('a'):rep(3000):find(('.-'):rep(30) .. 'b')"), "2: .*too many instructions" },
  ["sorts for ever"] =
    { flow_of("", "table.sort({ 1, 2, 3 }, function() while true do end end)"), "2: .*too many instructions" },
  ["has a tostring that never ends"] = { flow_of("", "error(setmetatable({}, { __tostring = function() while true do "
    .. "end end }))"), "2: " },
  ["waits where nothing can wait"] = { flow_of("", "outdial.sleep(1)"), "2: .*only while the script runs" },
  ["waits where Lua cannot"] = { flow_of "table.sort({ 1, 2 }, function() outdial.sleep(1) end)",
    "4: outdial.sleep cannot be waited for inside sort" },
  ["returns a number"] = { "require 'outdial'\nreturn 12", "a flow must end with: return outdial.flow" },
  ["returns nothing"] = { "require 'outdial'", "a flow must end with: return outdial.flow" },
  ["returns what only looks like a flow"] = { "require 'outdial'\nreturn setmetatable({}, { __name = 'flow', __index = "
    .. "function() while true do end end })", "talk.lua" },
  ["returns a provider"] = { "local outdial = require 'outdial'\nreturn outdial.provider {}", "2: " },
  ["has no summary"] = { "return require 'outdial'.flow { run = function() end }", "summary" },
  ["is empty"] = { "", "must begin with require" },
  ["is cut off"] = { good:sub(1, #good // 2), "near" },
  ["is cut off behind a statement"] = { good:match "^[^\n]*\n", "a flow must end with" },
  ["requires a module that is not there"] = { flow_of("", "require 'nowhere'"), "2: no module 'nowhere' in " },
  ["requires such a module once it runs"] = { flow_of "return require 'nowhere'", "4: no module 'nowhere' in " },
  ["requires in a circle"] = { flow_of("", "require 'round'"), "circle: round %-> about %-> round" },
  ["is compiled"] = { string.dump(function() end), "talk.lua is compiled Lua; scripts are kept as text" },
  ["is not UTF-8"] = { good:gsub("\n", " -- na\xefve\n", 1), "1: not UTF%-8; save the file as UTF%-8" },
  ["is no text"] = { "return 1\0", "byte 9 is NUL" },
  ["has 10 MB"] = { good .. ("-- a comment\n"):rep((10 << 20) // 13), "a script may have 1048576" },
  ["is nested without end"] = { "return " .. ("{"):rep(100000), "talk.lua: C stack overflow" },
}

describe("a bad script", function()
  local control

  teardown(function() lab:close() end)

  local function path_of(name)
    return ("%s/%s.lua"):format(lab.desk.scripts, name)
  end

  local function serve()
    lab:serve()
    control = lab:control()
  end

  before_each(function()
    lab:reset()
    lab:script("lib/round", "return require 'about'")
    lab:script("lib/about", "return require 'round'")
    lab:script("flows/talk", good)
  end)

  local function await_broken(path)
    return control:await_script(path, function(found) return found and found.state == "broken" end)
  end

  local function assert_unharmed()
    assert.same({ answer = "good" }, control:ended(control:start("talk").json.run).result)
  end

  local function check(path)
    return lab.desk:command("check", path, "--scripts", lab.desk.scripts)
  end

  describe("never goes live, when it", function()
    for what, case in pairs(bad) do
      it(what, function()
        local text, said = table.unpack(case)
        serve()
        local before = control:script "flows/talk".version
        lab:script("flows/talk", text)
        local found = await_broken "flows/talk"
        assert.has_match(said, found.reason.message)
        assert.has_match("flows/talk.lua", found.reason.message, 1, true)
        assert.equal(tonumber(said:match "^(%d+):") or found.reason.line, found.reason.line)
        assert.equal(before, found.version)
        assert_unharmed()
        local checked = check(path_of "flows/talk")
        assert.equal(1, checked.status, checked.out .. checked.err)
        assert.has_match(said, checked.out)
      end)
    end

    it("is a link that leads out of the folder", function()
      serve()
      process.write(lab.desk.folder .. "/outside.lua", good)
      assert(os.execute(("ln -sf %s/outside.lua %s"):format(lab.desk.folder, path_of "flows/talk")))
      local found = await_broken "flows/talk"
      assert.has_match("flows/talk.lua is a link to .*outside.lua, outside of the scripts folder", found.reason.message)
      assert_unharmed()
      local checked = check(lab.desk.scripts)
      assert.equal(1, checked.status, checked.out)
      assert.has_match("outside of the scripts folder", checked.out, 1, true)
    end)

    it("is no file at all", function()
      serve()
      for _, make in ipairs { "mkfifo %s", "mkdir %s", "ln -s nowhere %s" } do
        os.execute("rm -rf " .. path_of "flows/talk")
        assert(os.execute(make:format(path_of "flows/talk")))
        await_broken "flows/talk"
        assert_unharmed()
        assert.equal(1, check(lab.desk.scripts).status)
      end
    end)

    -- Under AddressSanitizer its two seconds may be over before its instructions are, and nowhere else.
    local sanitized = process.read(lab.desk.binary):find("__asan_init", 1, true)

    local function assert_endless(said)
      local slow = sanitized and said:find "tin.lua:2: .*seconds of work without a pause"
      if not slow then assert.has_match("tin.lua:2: .*too many instructions without a pause", said) end
    end

    it("is a provider that loops", function()
      lab:provider "tin"
      serve()
      local before = control:script "providers/tin".version
      lab:script("providers/tin", "local outdial = require 'outdial'\nwhile outdial.uuid() do end\nreturn outdial")
      local found = await_broken "providers/tin"
      assert_endless(found.reason.message)
      assert.equal(before, found.version)
      assert_endless(check(path_of "providers/tin").out)
    end)
  end)

  describe("ends its run and nothing else, when that", function()
    local cases = {
      ["loops for ever"] = { "while true do end", "3: .*too many instructions" },
      ["recurses for ever"] = { "local function f() return 1 + f() end return f()", "3: .*more memory than its" },
      ["allocates without end"] =
        { "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end", "3: .*more memory than its" },
      ["has a pattern that takes for ever"] =
        { "return ('a'):rep(3000):find(('.-'):rep(30) .. 'b')", "3: .*too many instructions" },
      ["waits where nothing can wait"] =
        { "local wait = outdial.sleep table.sort({ 1, 2, 3 }, function(a, b) wait(1) return a < b end)",
          "3: .*not inside string%.gsub, table%.sort" },
      ["returns what cannot be kept"] = { "return { f = function() end }", "function" },
      ["requires a module by a name that it makes up"] =
        { "return require('no' .. 'where')", "3: no module 'nowhere'" },
    }
    for what, case in pairs(cases) do
      it(what, function()
        lab:script("flows/bad", flow_of(case[1], "\n"):gsub("\n\n\n", "\n"))
        serve()
        local story = control:ended(control:start("bad").json.run)
        assert.equal("failed", story.state)
        assert.has_match(case[2], story.error.message)
        assert_unharmed()
      end)
    end
  end)

  it("folder that is not there is told of, and nothing is served", function()
    os.execute("mv " .. lab.desk.scripts .. " " .. lab.desk.scripts .. ".away")
    local checked = check(lab.desk.scripts)
    assert.equal(2, checked.status)
    assert.has_match("there is no file or folder", checked.err)
    serve()
    assert.equal(422, control:start("talk").status)
    os.execute("mv " .. lab.desk.scripts .. ".away " .. lab.desk.scripts)
    control:await_script("flows/talk", function(each) return each and each.state == "live" end)
    assert_unharmed()
  end)

  it("and a good one change nothing for 10,000 runs that wait", function()
    lab:provider "tin"
    local text = flow_of [[
  if p.call then outdial.call { provider = "tin", to = "+306900000001", message = "m" }:wait {}
  else outdial.sleep(3600) end
  return { answer = "old" }]]
    text = text:gsub("summary =", "params = { call = { type = 'boolean', help = 'or sleep' } }, summary =")
    lab:script("flows/many", text)
    serve()
    local old = control:script "flows/many".version
    local hooks, runs, waiting = {}, {}, {}
    for i = 1, 10 do
      runs[i] = control:start("many", { call = true }).json.run
      hooks[i] = lab.line:serve(200, { state = "in_progress", reference = "r" .. i }).json.hook
    end
    for i = 1, 10000 do
      waiting[#waiting + 1] = control:begin("POST", "/runs", { flow = "many" })
      if i % 100 == 0 then
        for _, answer in ipairs(waiting) do assert.equal(201, answer().status) end
        waiting = {}
      end
    end
    lab:script("flows/many", "oops")
    await_broken "flows/many"
    lab:script("flows/many", (text:gsub("old", "new"):gsub("3600", "0")))
    local new = control:await_script("flows/many", function(each)
      return each.state == "live" and each.version ~= old
    end)
    assert.same({ { version = old, runs = 10010 } }, new.runs)
    assert.same({ answer = "new" }, control:ended(control:start("many").json.run).result)
    for _, hook in ipairs(hooks) do
      assert.equal(200, http.send("POST", hook, { kind = "status", id = "end", state = "completed" }).status)
    end
    for _, run in ipairs(runs) do assert.same({ answer = "old" }, control:ended(run).result) end
    assert.same({ { script = old, runs = 10000 } },
      lab:query "SELECT script, count(*) AS runs FROM run WHERE finished IS NULL GROUP BY script")
  end)
end)
