local http = require "spec.support.http"
local process = require "spec.support.process"
local desk = require("spec.support.desk").new()

describe("outdial", function()
  teardown(function() desk:close() end)

  local function assert_refused(ended, ...)
    assert.equal(2, ended.status)
    assert.equal("", ended.out)
    for _, part in ipairs { ... } do assert.has_match(part, ended.err, 1, true) end
  end

  it("tells its version", function()
    local ended = desk:command "--version"
    assert.equal(0, ended.status)
    assert.has_match("^outdial %d+%.%d+%.%d+\n$", ended.out)
  end)

  it("lists its commands and the options of all of them", function()
    for _, asked in ipairs { "help", "--help", "-h" } do
      local ended = desk:command(asked)
      assert.equal(0, ended.status)
      for _, word in ipairs { "outdial run", "outdial check", "--store FILE|URL", "--set KEY=VALUE" } do
        assert.has_match(word, ended.out, 1, true)
      end
    end
  end)

  it("shows the same on stderr when nothing is asked of it", function()
    assert_refused(desk:command(), "outdial run")
  end)

  it("explains each command", function()
    for _, name in ipairs { "run", "serve", "runs", "show", "store", "new", "check", "audio", "call",
      "cancel", "resolve" } do
      local asked, option = desk:command("help", name), desk:command(name, "--help")
      assert.equal(0, asked.status)
      assert.equal(0, option.status)
      assert.equal(asked.out, option.out)
      assert.has_match("^outdial " .. name, asked.out)
      assert.has_match("Exit status", asked.out)
    end
  end)

  it("names the nearest command for one that is not there", function()
    assert_refused(desk:command "rnu", "there is no command rnu; did you mean run?")
    assert_refused(desk:command("help", "chekc"), "did you mean check?")
    assert_refused(desk:command "frobnicate", "there is no command frobnicate\n")
  end)

  it("names the nearest option for one that is not there", function()
    assert_refused(desk:command("run", "pin", "--stroe=x"), "there is no option --stroe; did you mean --store?",
      "outdial run --help")
    assert_refused(desk:command("check", "--scirpts"), "did you mean --scripts?")
  end)

  it("wants the command before the options", function()
    for _, option in ipairs { "--store", "--store=x.db", "--jsno", "-x" } do
      assert_refused(desk:command(option, "runs"),
        "the command comes first, options such as " .. option .. " behind it")
    end
  end)

  it("refuses options without their value and values without an option", function()
    assert_refused(desk:command("run", "pin", "--store"), "--store needs a value")
    assert_refused(desk:command("run", "pin", "--json=yes"), "--json takes no value")
    assert_refused(desk:command("run", "pin", "--log-level=loud"), "error, warning, info or debug")
    assert_refused(desk:command("run", "pin", "--set", "store"), "KEY=VALUE")
  end)

  -- Runs it with a shell's redirections.
  local function redirected(words, redirections)
    local command = process.quote(desk.binary) .. " " .. words .. " " .. redirections
    return process.run { "sh", "-c", command }
  end

  it("says that its output did not get where it was to go, and fails where it only tells", function()
    for _, words in ipairs { "help", "help run", "--version", "check", "audio examples/audio/message.wav" } do
      local ended = redirected(words, ">/dev/full")
      assert.equal(1, ended.status, words)
      assert.has_match("^outdial[%l ]*: the output could not be written whole; is the disk full%?\n$", ended.err)
      ended = redirected(words, "| true")
      assert.equal(0, ended.status, words)
      assert.equal("", ended.err)
    end
    assert.equal(2, redirected("runs --limit=0 --json", ">/dev/full").status)
  end)

  it("completes a run whose timeline cannot be written, with status 0", function()
    local path = desk:file("quick.lua", 'return require "outdial".flow { summary = "x", run = function() end }')
    local ended = redirected(("run %s --store %s"):format(path, desk.store), ">/dev/full")
    assert.equal(0, ended.status)
    assert.has_match("^outdial run: the output could not be written whole", ended.err)
  end)

  it("does not take files of its own for streams that were closed", function()
    local port = http.free_port()
    local served = process.start { "sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", desk.binary, "serve",
      "--store", desk.store, "--hooks", "127.0.0.1:" .. port }
    http.await(port, function() return served:is_running() end)
    for stream = 0, 2 do
      assert.equal("/dev/null", process.line(("readlink /proc/%d/fd/%d"):format(served:program(), stream)))
    end
    served:signal "TERM"
    assert.equal(0, served:wait().status)
  end)

  it("lets no argument steer the terminal", function()
    local ended = desk:command "a\27[31mb"
    assert.is_nil(ended.err:find "\27")
  end)
end)
