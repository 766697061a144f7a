local json = require "spec.support.json"
local process = require "spec.support.process"

local lab = require("spec.support.lab").new()
local desk = lab.desk

describe("outdial new", function()
  teardown(function() lab:close() end)
  before_each(function() lab:reset() end)

  local function new(...)
    return desk:command("new", "--scripts", desk.scripts, ...)
  end

  local function path(name)
    return desk.scripts .. "/" .. name
  end

  local function assert_well(ended)
    assert.equal(0, ended.status, ended.out .. ended.err)
    assert.equal("", ended.err)
    return ended
  end

  local function assert_refused(ended, ...)
    assert.equal(2, ended.status)
    assert.equal("", ended.out)
    for _, part in ipairs { ... } do assert.has_match(part, ended.err, 1, true) end
  end

  local function luacheck(folder)
    return process.run { "sh", "-c", ("cd %s && luacheck --no-color ."):format(process.quote(folder)) }
  end

  it("writes a flow that has no mistakes", function()
    local ended = assert_well(new("flow", "remind-me"))
    assert.has_match(path "flows/remind-me.lua", ended.out, 1, true)
    assert.has_match("outdial check " .. path "flows/remind-me.lua", ended.out, 1, true)
    assert.has_match("outdial run remind-me to=+... --scripts " .. desk.scripts, ended.out, 1, true)
    assert.equal(0, desk:command("explore", "remind-me", "--scripts", desk.scripts).status)
    assert_well(desk:command("check", "--scripts", desk.scripts))
    local checked = luacheck(desk.scripts)
    assert.equal(0, checked.status, checked.out)
    assert.is_nil(process.read(path "flows/remind-me.lua"):find "NAME")
  end)

  local function call(keys)
    desk:double "routee":behave { callee = { keys = json.array(keys) } }
    return desk:report("remind", "to=+306900000001", "day=Friday")
  end

  it("writes a flow whose spec passes", function()
    local written = assert_well(new("flow", "remind-me"))
    local spec = path "flows/remind-me_spec.lua"
    assert.has_match(("outdial test %s --scripts %s"):format(spec, desk.scripts), written.out, 1, true)
    local ended = assert_well(desk:command("test", spec, "--scripts", desk.scripts))
    assert.has_match("8 specs passed, 0 failed", ended.out, 1, true)
    local text, mended = process.read(path "flows/remind-me.lua"):gsub('key == "1"', 'key == "3"')
    assert.equal(1, mended)
    process.write(path "flows/remind-me.lua", text)
    assert.equal(1, desk:command("test", spec, "--scripts", desk.scripts).status)
  end)

  it("says that a flow's provider is yet to be found", function()
    assert.is_nil(new("flow", "a").out:find "say who carries them")
    local folder = desk.folder .. "/empty"
    local ended = assert_well(desk:command("new", "flow", "a", "--scripts", folder))
    assert.has_match(("go through routee, and there is no %s/providers/routee.lua"):format(folder), ended.out, 1, true)
  end)

  it("writes a flow that works", function()
    assert_well(new("flow", "remind"))
    local ended = call { "1#" }
    assert.equal("completed", ended.report.state, ended.out .. ended.err)
    assert.is_true(ended.report.result.confirmed)
    assert.is_false(call { "7#", "2#" }.report.result.confirmed)
    ended = call { "7#", "8#" }
    assert.equal("failed", ended.report.state)
    assert.equal("no_choice", ended.report.error.code)
  end)

  it("writes a provider that has no mistakes", function()
    local ended = assert_well(new("provider", "acme"))
    for _, part in ipairs { path "providers/acme.lua", path "providers/acme_spec.lua",
      "outdial run FLOW provider=acme to=+... message=... --scripts " .. desk.scripts } do
      assert.has_match(part, ended.out, 1, true)
    end
    assert_well(desk:command("check", "--scripts", desk.scripts))
    local checked = luacheck(desk.scripts)
    assert.equal(0, checked.status, checked.out)
    assert.is_nil(process.read(path "providers/acme.lua"):find "NAME")
  end)

  it("writes a provider whose spec passes", function()
    assert_well(new("provider", "acme"))
    local spec = path "providers/acme_spec.lua"
    local ended = assert_well(desk:command("test", spec, "--scripts", desk.scripts))
    assert.has_match("6 specs passed, 0 failed", ended.out, 1, true)
    local text, mended = process.read(path "providers/acme.lua"):gsub('sent = "maybe"', 'sent = "no"')
    assert.equal(1, mended)
    process.write(path "providers/acme.lua", text)
    assert.equal(1, desk:command("test", spec, "--scripts", desk.scripts).status)
  end)

  it("writes a provider that works", function()
    assert_well(new("provider", "acme"))
    local text = process.read(path "providers/acme.lua"):gsub("first = 2", "first = 0.01")
    process.write(path "providers/acme.lua", text)
    local run = lab:start("deliver", "provider=acme", "to=+12025550143", "message=reminder",
      "--set=acme.url=" .. lab.line.url, "--set=acme.key=secret")
    local create = lab.line:serve(201, { id = "a1" })
    assert.equal("Bearer secret", create.headers.authorization)
    assert.same({ number = "+12025550143", recording = "reminder" }, create.json)
    for _, state in ipairs { "waiting", "talking", "done" } do
      assert.equal("/calls/a1", lab.line:serve(200, { state = state }).path)
    end
    local ended = lab:wait(run)
    assert.equal("completed", ended.report.state, ended.out .. ended.err)
    assert.is_true(ended.report.result.delivered)
  end)

  it("writes a provider that never calls twice by itself", function()
    assert_well(new("provider", "acme"))
    local run = lab:start("deliver", "provider=acme", "to=+12025550143", "message=reminder",
      "--set=acme.url=" .. lab.line.url, "--set=acme.key=secret")
    lab.line:serve(500, "")
    assert.equal(3, lab:wait(run).status)
    assert.is_true(lab.line:is_quiet())
  end)

  it("tells luacheck and editors what there is, once", function()
    local folder = desk.folder .. "/own/scripts"
    local written = assert_well(desk:command("new", "--scripts", folder, "flow", "first"))
    for _, name in ipairs { "flows/first.lua", "flows/first_spec.lua", ".luacheckrc", "flows/.luarc.json" } do
      assert.has_match(folder .. "/" .. name, written.out, 1, true)
    end
    assert.equal(process.read "scripts/.luacheckrc", process.read(folder .. "/.luacheckrc"))
    local rules = assert(json.decode(process.read(folder .. "/flows/.luarc.json")))
    assert.has_match("/share/outdial/types/flow$", rules["workspace.library"][1])
    process.write(folder .. "/.luacheckrc", "-- mine\n")
    written = assert_well(desk:command("new", "--scripts", folder, "flow", "second"))
    assert.is_nil(written.out:find "luacheckrc")
    assert.equal("-- mine\n", process.read(folder .. "/.luacheckrc"))
  end)

  it("never overwrites", function()
    for _, name in ipairs { "flows/pin", "providers/routee" } do
      local text = process.read(path(name .. ".lua"))
      assert_refused(new(name:match "^%l+" :sub(1, -2), name:match "%l+$"), path(name .. ".lua"),
        "is there already, and nothing is overwritten: choose another name")
      assert.equal(text, process.read(path(name .. ".lua")))
    end
    lab:script("providers/acme_spec", "-- mine\n")
    assert_refused(new("provider", "acme"), "acme_spec.lua is there already")
    assert.is_nil(io.open(path "providers/acme.lua")) -- nothing of it
  end)

  it("says what a name can be", function()
    for _, name in ipairs { "", "a b", "a.lua", "../a", "/tmp/a", "a/b", "ü", ("a"):rep(64), "pin_spec", "_spec" } do
      assert_refused(new("flow", name), "letters, digits, '_' and '-', at most 63 of them")
    end
    assert_well(new("flow", ("a"):rep(63)))
    assert_well(new("flow", "A-1_b"))
  end)

  it("says what it wants to be told", function()
    assert_refused(new(), "say outdial new flow NAME, or outdial new provider NAME", "outdial new --help")
    assert_refused(new "flow", "say outdial new flow NAME")
    assert_refused(new("flow", "a", "b"), "say outdial new flow NAME")
    assert_refused(new("flwo", "a"), 'a new script is a flow or a provider, not "flwo"')
  end)

  it("says why it could not write", function()
    desk:file("file", "")
    local ended = desk:command("new", "--scripts", desk.folder .. "/file", "flow", "a")
    assert.equal(1, ended.status)
    assert.has_match("cannot write " .. desk.folder .. "/file/flows/a.lua: Not a directory", ended.err, 1, true)
    -- Nobody may make a folder there: the reason is not that it is missing.
    ended = desk:command("new", "flow", "a", "--scripts", "/sys/scripts")
    assert.equal(1, ended.status)
    assert.has_match("^outdial new: cannot write /sys/scripts/flows/a.lua: ", ended.err)
    assert.has_no_match("No such file", ended.err)
    assert.has_match("--scripts DIR", ended.err, 1, true)
  end)

  it("prints one object with --json", function()
    local ended = assert_well(new("flow", "a", "--json"))
    local object = assert(json.decode(ended.out))
    assert.equal(path "flows/a.lua", object.written[1].path)
    ended = new("flow", "a", "--json")
    assert.equal(2, ended.status)
    assert.equal("usage", json.decode(ended.out).error.code)
  end)

  it("goes by the setting", function()
    desk.env.OUTDIAL_ENGINE_SCRIPTS = desk.folder .. "/set"
    local ended = assert_well(desk:command("new", "flow", "a"))
    assert.is_not_nil(io.open(desk.folder .. "/set/flows/a.lua"))
    assert.is_nil(ended.out:find("--scripts", 1, true)) -- which the next command finds, too
  end)

  it("lets no name steer the terminal", function()
    assert.is_nil(new("flow", "a\27[2Jb").err:find "\27")
    local ended = desk:command("new", "--scripts", desk.folder .. "/\27[2J", "flow", "a")
    assert.equal(0, ended.status, ended.err)
    assert.is_nil(ended.out:find "\27")
  end)
end)
