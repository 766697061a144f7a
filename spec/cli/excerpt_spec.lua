local json = require "spec.support.json"
local lab = require("spec.support.lab").new()
local desk = lab.desk

-- Wherever a script is at fault, its line is shown below the message.
describe("the line of a script", function()
  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    desk.env.LC_ALL = "C.UTF-8"
    lab:provider "tin"
    lab:flow("slips", "outdial.now()\n  local no = nothing.there")
    lab:flow("odd", "  outdial.sleep 3 3")
    lab:flow("wrong", '  outdial.call { provider = "tin", to = "+306900000001", colour = "red" }')
  end)

  local slip = "     3 | local no = nothing.there\n       |            ^^^^^^^\n"
  local oddity = "     2 | outdial.sleep 3 3\n       |               ^\n"

  it("is shown by run, of a script that fails", function()
    local ended = desk:run "slips"
    assert.equal(1, ended.status)
    assert.has_match("slips.lua:3: attempt to index a nil value", ended.out, 1, true)
    assert.has_match(slip, ended.out, 1, true)
    assert.equal("", ended.err)
    assert.has_match('     2 | outdial.call { provider = "tin", to = "+306900000001", colour = "red" }\n' ..
      "       |                                                        ^^^^^^\n", desk:run("wrong").out, 1, true)
  end)

  it("is shown by run, of a script that cannot be loaded", function()
    local ended = desk:run "odd"
    assert.equal(1, ended.status)
    assert.equal("outdial run: odd.lua:2: syntax error near '3'\n" .. oddity, ended.err)
  end)

  it("is shown of the module that is at fault", function()
    lab:script("lib/helps", 'return function(outdial)\n  outdial.random("a", "b")\nend')
    lab:flow("helped", "require 'helps' (outdial)")
    assert.has_match('\n     2 | outdial.random("a", "b")\n', desk:run("helped").out, 1, true)
    lab:script("lib/helps", "return 1 +")
    local ended = desk:run "helped"
    assert.has_match("lib/helps.lua:1: ", ended.out, 1, true)
    assert.has_match("\n     1 | return 1 +\n", ended.out, 1, true)
  end)

  it("is shown of a loop that never ends", function()
    lab:flow("turns", "outdial.now()\n  while true do end")
    assert.has_match("\n     3 | while true do end\n", desk:run("turns").out, 1, true)
  end)

  it("is kept with the run", function()
    local report = desk:report("slips").report
    assert.equal("local no = nothing.there", report.error.source)
    assert.has_match(slip, desk:ask("show", report.run).out, 1, true)
    assert.has_match(slip, desk:ask("replay", report.run).out, 1, true)
    assert.equal("outdial.sleep 3 3", desk:report("odd").report.error.source)
  end)

  it("is shown by replay, of the edited script", function()
    local run = desk:report("slips").report.run
    lab:flow("slips", "outdial.now()\n\n  local no = neither.there")
    local ended = desk:ask("replay", run, "--with", "slips")
    assert.has_match("     4 | local no = neither.there\n       |            ^^^^^^^\n", ended.out, 1, true)
    ended = desk:ask("replay", run, "--with", "odd")
    assert.equal("outdial replay: odd.lua:2: syntax error near '3'\n" .. oddity, ended.err)
    assert.equal("outdial.sleep 3 3",
      json.decode(desk:ask("replay", run, "--with", "odd", "--json").out).error.source)
  end)

  it("is shown by check, as it stands in the file", function()
    local path = desk.scripts .. "/flows/slips.lua"
    assert.equal(path .. ":3: there is no global 'nothing' in a flow\n" ..
      "     3 |   local no = nothing.there\n" ..
      "       |              ^^^^^^^\n" ..
      "✗ 1 problem in 1 of 1 script\n", desk:command("check", path).out)
    lab:script("lib/helps", "return 1 +")
    lab:flow("helped", "local x = 1", 'on_hangup = require "helps"')
    path = desk.scripts .. "/flows/helped.lua"
    assert.has_match("\n     1 | return 1 +\n", desk:command("check", path, "--scripts", desk.scripts).out, 1, true)
  end)

  it("is in what serve says of an edit that will not do", function()
    local served, control = lab:serve(), lab:control()
    local function reason()
      for _, script in ipairs(control:ask("GET", "/scripts").json.scripts) do
        if script.name == "odd" then return script.reason end
      end
    end
    assert.same({ line = 2, message = reason().message, source = "outdial.sleep 3 3" }, reason())
    local answer = control:ask("POST", "/runs", { flow = "odd" })
    assert.equal(422, answer.status)
    assert.has_match("odd.lua:2: syntax error near '3'", answer.json.error.message, 1, true)
    assert.equal("outdial.sleep 3 3", answer.json.error.source)
    local ended = lab:shut(served)
    assert.has_match("flow odd: [^\n]+odd.lua:2: syntax error near '3'; there is no good version to serve in its " ..
      "place\noutdial: error:      2 | outdial.sleep 3 3\n", ended.err)
  end)

  it("is in what serve logs and answers", function()
    lab:flow("fails", "outdial.now()\n  error 'no luck'")
    local served, control = lab:serve(), lab:control()
    local run = control:ask("POST", "/runs", { flow = "fails" }).json.run
    repeat until control:ask("GET", "/runs/" .. run).json.state == "failed"
    assert.equal("error 'no luck'", control:ask("GET", "/runs/" .. run).json.error.source)
    local ended = lab:shut(served)
    assert.has_match("outdial: error: run " .. run .. " (fails) failed: fails.lua:3: no luck\n" ..
      "outdial: error:      3 | error 'no luck'\n", ended.err, 1, true)
  end)
end)
