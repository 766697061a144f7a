local json = require "spec.support.json"
local process = require "spec.support.process"
local desk = require("spec.support.desk").new()

-- Every part of the timeline, in this order.
local function assert_tells(ended, parts)
  local at = 1
  for _, part in ipairs(parts) do
    local _, last = ended.out:find(part, at, true)
    if not last then error(("%q is not there, or not in its place, in\n%s%s"):format(part, ended.out, ended.err), 2) end
    at = last + 1
  end
end

local function assert_fails(ended, status, ...)
  assert.equal(status, ended.status, ended.out .. ended.err)
  for _, part in ipairs { ... } do assert.has_match(part, ended.err, 1, true) end
end

describe("outdial run", function()
  teardown(function() desk:close() end)
  before_each(function()
    desk:reset()
    desk.env.LC_ALL = "C.UTF-8"
  end)

  describe("a PIN call", function()
    local person, support = "+306900000001", "+306900000009"

    local function pin(...)
      return desk:run("pin", "to=" .. person, "pin=4711", "support=" .. support, ...)
    end

    it("is told from the first verb to the connected leg", function()
      desk:double("routee"):behave { callee = { keys = json.array { "9999#", "4711#" } } }
      local ended = pin()
      assert.equal(0, ended.status, ended.out .. ended.err)
      assert_tells(ended, {
        "pin  run ", "scripts/flows/pin.lua",
        "call       to " .. person .. " through routee",
        'say        "Please enter your four digits service number',
        "collect    up to 4 digits, until #, 10 s",
        "queued     at routee, as ",
        "answered",
        "keyed      ••••",
        'say        "Your four digits service number is not valid.',
        "keyed      ••••",
        'say        "You will shortly be connected',
        "dial       " .. support,
        "connected  to " .. support,
        "✓ completed  in ", "accepted = true\n",
      })
    end)

    it("shows no digit that was keyed", function()
      desk:double("routee"):behave { callee = { keys = json.array { "8365#", "4711#" } } }
      local ended = pin("--log-level", "debug")
      assert_tells(ended, { "keyed      ••••", "keyed      ••••" })
      assert.is_nil((ended.out .. ended.err):find "8365")
    end)

    it("is completed even when the PIN was not accepted", function()
      desk:double("routee"):behave { callee = { keys = json.array { "1#", "2#", "3#" } } }
      local ended = pin("tries=2")
      assert.equal(0, ended.status, ended.out .. ended.err)
      assert_tells(ended, { "✓ completed  in ", "accepted = false\n" })
    end)

    it("goes on when nobody reads the timeline any more", function()
      local routee = desk:double "routee"
      routee:behave { callee = { keys = json.array { "4711#" } } }
      local ended = desk:closed_pipe("pin", "to=" .. person, "pin=4711", "support=" .. support)
      assert.equal(0, ended.status, ended.err)
      assert.equal("Completed", routee:record().calls[1].state)
    end)
  end)

  describe("--json", function()
    it("prints the report and nothing else", function()
      desk:double("veratad"):behave { pending = 0 }
      local ended = desk:report("deliver", "to=+12025550143", "message=reminder", "--log-level=debug")
      assert.equal(0, ended.status, ended.err)
      local report = ended.report
      assert.equal("deliver", report.flow)
      assert.equal("completed", report.state)
      assert.same({ delivered = true }, report.result)
      assert.equal(json.null, report.error)
      assert.equal(12, #report.run)
      assert.equal(1, #report.calls)
      local call = report.calls[1]
      assert.equal("veratad", call.provider)
      assert.equal("+12025550143", call.to)
      assert.equal("completed", call.state)
    end)

    it("prints the same shape when the run could not start", function()
      local keys = { "run", "flow", "version", "state", "result", "error", "calls" }
      for _, arguments in ipairs { { "nosuchflow" }, { "deliver", "--stroe=x" }, { "deliver", "to:=[" } } do
        local ended = desk:report(table.unpack(arguments))
        assert.equal(2, ended.status)
        assert.equal("failed", ended.report.state)
        assert.equal("usage", ended.report.error.code)
        for _, key in ipairs(keys) do assert.is_not_nil(ended.report[key], key) end
      end
    end)
  end)

  describe("the exit status", function()
    it("is 1 when the run failed, with the call's reason", function()
      desk:double("veratad"):behave { pending = 0, numbers = { ["2025550143"] = "MESSAGE COULD NOT BE DELIVERED" } }
      local ended = desk:run("deliver", "to=+12025550143", "message=reminder")
      assert.equal(1, ended.status, ended.out .. ended.err)
      assert_tells(ended, { "✗ failed     not delivered", "✗ failed     after ", "(not_delivered)" })
    end)

    it("is 2 without a setting that the provider needs", function()
      local ended = desk:run("deliver", "to=+12025550143", "message=reminder", "provider=phonon")
      assert.equal(2, ended.status, ended.out .. ended.err)
      assert.has_match("security_id", ended.out .. ended.err)
    end)

    it("is 2 when parameters are missing, unknown or of the wrong kind", function()
      assert_fails(desk:run "pin", 2, "to")
      assert_fails(desk:run("pin", "too=1"), 2, "too")
      assert_fails(desk:run("pin", "to=+306900000001", "pin=4711", "support=+306900000009", "tries=many"), 2, "tries")
      assert_fails(desk:run("pin", "to=tomorrow", "pin=4711", "support=+306900000009"), 2, "to")
    end)

    it("is 2 when the store cannot be opened", function()
      assert_fails(desk:run("deliver", "to=+12025550143", "--store=/nowhere/outdial.db"), 2, "/nowhere/outdial.db")
    end)

    it("is 1 when the script is broken, with its line", function()
      assert_fails(desk:run(desk:flow("broken", "return outdial.flow {\n  run = = 1,\n}")), 1, "broken.lua:3:")
      assert_fails(desk:run(desk:flow("raising", "error 'at the top'")), 1, "raising.lua:2:", "at the top")
    end)

    it("is 3 when nobody knows whether the call was placed", function()
      local veratad = desk:double "veratad"
      veratad:behave { faults = json.array { { on = "create", cut = "after" } } }
      local ended = desk:run("deliver", "to=+12025550143", "message=reminder")
      assert.equal(3, ended.status, ended.out .. ended.err)
      assert_tells(ended, { "? unknown", "to do      outdial resolve ", " placed (or not-placed)" })
      assert.equal(1, #veratad:record().requests)
    end)

    it("is 3 when it was interrupted, and the store keeps the run", function()
      local veratad = desk:double "veratad"
      veratad:behave { pending = 1000 }
      local running = desk:start("deliver", "to=+12025550143", "message=reminder")
      veratad:wait { requests = 2 }
      running:signal "INT"
      local ended = running:wait()
      assert.equal(3, ended.status, ended.out .. ended.err)
      assert_tells(ended, { "? unknown", " goes on with ", "interrupted" })
      assert.has_no_match("to do", ended.out)
      assert.equal("running", desk:query("SELECT state FROM run")[1].state)
    end)
  end)

  describe("a parameter", function()
    local function flow()
      return desk:flow("echo", [[
        return outdial.flow {
          summary = "Gives back what it was given",
          params = { text = { type = "string" }, count = { type = "integer" }, on = { type = "boolean" },
            names = { type = "list" } },
          run = function(p) return { text = p.text, count = p.count, on = p.on, names = p.names } end,
        }
      ]])
    end

    local function result_of(...)
      local ended = desk:report(flow(), ...)
      assert.equal(0, ended.status, ended.out)
      return ended.report.result
    end

    it("is converted as the flow declares it", function()
      assert.same({ text = "7", count = 7, on = true }, result_of("text=7", "count=7", "on=true"))
    end)

    it("is taken as it is when it is JSON", function()
      assert.same({ count = 7, on = false, names = { "a", "b" } },
        result_of("count:=7", "on:=false", 'names:=["a","b"]'))
    end)

    it("may hold equals signs, spaces and any writing", function()
      assert.same({ text = "a=b := Σήμερα 提醒" }, result_of "text=a=b := Σήμερα 提醒")
    end)
  end)

  describe("the timeline", function()
    local function chatty()
      return desk:flow("chatty", [[
        return outdial.flow {
          summary = "Talks to the log",
          run = function()
            outdial.log.info(("a long way to go "):rep(20))
            outdial.log.info "up\27[2J\7 and “down”"
            return { done = true }
          end,
        }
      ]])
    end

    local function shell_line(flow)
      return table.concat({ desk.binary, "run", "--store", desk.store, flow }, " ")
    end

    local function on_a_terminal(environment)
      environment.LC_ALL = "C.UTF-8"
      environment.TERM = environment.TERM or "xterm"
      return process.run({ "script", "-qec", shell_line(chatty()), "/dev/null" }, { env = environment })
    end

    it("keeps to 80 columns in a pipe, without colour", function()
      local ended = desk:run(chatty())
      assert.equal(0, ended.status, ended.err)
      assert.is_nil(ended.out:find "\27")
      for line in ended.out:gmatch "[^\n]+" do
        assert.is_true(utf8.len(line) <= 80, line)
      end
    end)

    it("neutralises control characters", function()
      local ended = desk:run(chatty())
      assert_tells(ended, { "up\u{fffd}[2J\u{fffd} and “down”" })
    end)

    it("is ASCII where the locale is", function()
      desk.env.LC_ALL = "C"
      local ended = desk:run(chatty())
      assert.is_nil(ended.out:find "[\128-\255]")
      assert_tells(ended, { 'and "down"', "+ completed" })
    end)

    it("has colour on a terminal", function()
      local ended = on_a_terminal {}
      assert.equal(0, ended.status, ended.out)
      assert_tells(ended, { "\27[32m✓ completed\27[0m" })
    end)

    it("has a last line on a terminal that tells what is waited for, and erases it", function()
      local sleeper = desk:flow("sleeper", [[
        return outdial.flow { summary = "Sleeps", run = function() outdial.sleep(3600) end }
      ]])
      local pipe = io.popen(("LC_ALL=C.UTF-8 TERM=xterm script -qefc %s /dev/null </dev/null"):format(
        process.quote("echo $$; exec " .. shell_line(sleeper))))
      local pid, shown = pipe:read "n", ""
      finally(function() pipe:close() end)
      repeat shown = shown .. assert(pipe:read(1), shown) until shown:find "sleeping\27%[0m"
      assert(os.execute("kill -INT " .. pid))
      local rest = pipe:read "a"
      assert.has_match("\r\27%[K\27%[2m +%d+%.%d   [^ ]+ sleeping\27%[0m$", shown)
      assert.has_match("\r\27[K\r\n          \27[33m? unknown", rest, 1, true)
    end)

    it("has none when NO_COLOR asks for that, or the terminal is dumb", function()
      assert.is_nil(on_a_terminal({ NO_COLOR = "1" }).out:find "\27%[%d*m")
      assert.is_nil(on_a_terminal({ TERM = "dumb" }).out:find "\27")
    end)
  end)

  it("finds a flow by its name or by its path", function()
    for _, flow in ipairs { "deliver", "scripts/flows/deliver.lua" } do
      desk:double("veratad"):behave { pending = 0 }
      assert.equal(0, desk:run(flow, "to=+12025550143", "message=reminder").status)
    end
  end)

  it("lets an option of its own win over --set, and the last --set over the others", function()
    desk:double("veratad"):behave { pending = 0 }
    local ended = desk:run("deliver", "to=+12025550143", "message=m", "--set=engine.store=/nowhere/x.db",
      "--set=veratad.user=wrong", "--set=veratad.user=demo@example.com")
    assert.equal(0, ended.status, ended.out .. ended.err)
  end)

  it("reads settings from the environment, a secret from a file", function()
    local veratad = desk:double "veratad"
    veratad:behave { pending = 0 }
    local store, url = desk.folder .. "/env.db", veratad.address
    desk.env = { OUTDIAL_VERATAD_URL = url, OUTDIAL_VERATAD_USER = "demo@example.com",
      OUTDIAL_VERATAD_PASS_FILE = desk:file("pass", "demo\n"), OUTDIAL_ENGINE_STORE = store }
    local ended = desk:command("run", "deliver", "to=+12025550143", "message=m")
    assert.equal(0, ended.status, ended.out .. ended.err)
  end)

  it("says what is wrong with a configuration file, which is never the script's mistake", function()
    for text, wrong in pairs {
      ["return 5"] = "outdial.lua must return a table of tables",
      [""] = "outdial.lua must return a table of tables",
      ["return { engine = 5 }"] = "outdial.lua: 'engine' must be a table of settings",
      ["return { ['a\\0b'] = {} }"] = "outdial.lua: NUL byte in object key",
      ["return { f = function() end }"] = "outdial.lua: f: a function cannot be a plain value",
      ["return {"] = "outdial.lua:1: unexpected symbol near <eof>",
      ["error 'no'"] = "outdial.lua:1: no",
    } do
      assert_fails(desk:run("pin", "--config", desk:file("outdial.lua", text)), 2, wrong)
    end
    assert_fails(desk:run("pin", "--config", "README.md"), 2, "README.md: a script's file is named with letters")
  end)

  it("reads settings from a configuration file", function()
    local veratad = desk:double "veratad"
    veratad:behave { pending = 0 }
    local config = desk:file("outdial.lua", ([[
      return { veratad = { url = %q, user = "demo@example.com", pass = "demo" }, engine = { store = %q } }
    ]]):format(veratad.address, desk.store))
    local ended = desk:command("run", "deliver", "to=+12025550143", "message=m", "--config", config)
    assert.equal(0, ended.status, ended.out .. ended.err)
  end)
end)
