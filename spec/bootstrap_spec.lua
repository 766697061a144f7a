local process = require "spec.support.process"

-- What a machine has that can run the script at all.
local tools = "bash env cat grep tee tail mkdir rm mkfifo find awk timeout dirname ls sed wc xargs flock"

-- Stand-ins for everything the script starts; each notes how it was called.
local fakes = {
  id = "echo 0",
  ["apt-get"] = "true",
  ["dpkg-query"] = "cat $HERE/installed",
  cmake = "true",
  luacheck = "true",
  ["clang-format"] = "true",
  ctest = [[folder=build; case $2 in sanitized) folder=build-asan ;; thread) folder=build-tsan ;; esac
    mkdir -p $folder/Testing/Temporary; cat $HERE/ctest.log >$folder/Testing/Temporary/LastTest.log
    cat $HERE/ctest; exit $(cat $HERE/ctest.status)]],
  ["lua5.4"] = "cat $HERE/busted; exit $(cat $HERE/busted.status)",
  python3 = [[case $* in
    *unittest*) cat $HERE/unittest ;;
    *) echo listening http://127.0.0.1:1; cat >/dev/null ;; esac]],
}

local program = [[
1/1 Testing: base/id_test
[ RUN      ] one
[       OK ] one
[ RUN      ] two
]]

describe("bootstrap", function()
  local here

  local function given(name, text)
    process.write(here .. "/" .. name, text)
  end

  local function fake(name, text)
    local path = here .. "/bin/" .. name
    process.write(path, ("#!/bin/bash\necho \"%s $*\" >>%s/called\n%s\n"):format(name, here, text))
    assert(os.execute("chmod +x " .. path))
  end

  before_each(function()
    here = process.folder()
    assert(os.execute(("cp bootstrap %s && cd %s && mkdir -p bin build build-asan build-tsan engine spec/embed "
      .. "examples && for tool in %s; do ln -s $(command -v $tool) bin/; done"):format(here, here, tools)))
    for name, text in pairs(fakes) do fake(name, text) end
    fake("../build/outdial", '[[ $1 != test ]] || echo "+ 1 spec passed, 0 failed, 0.0 s (0 s of calls)"')
    given("called", "")
    given("spec/embed/one_spec.lua", "-- not #fresh")
    given("ctest", "100% tests passed, 0 tests failed out of 1\n")
    given("ctest.log", program .. "[       OK ] two\n")
    given("ctest.status", "0")
    given("busted", "++\n2 successes / 0 failures / 0 errors / 0 pending : 0.1 seconds\n")
    given("busted.status", "0")
    given("unittest", "Ran 4 tests in 0.1s\n\nOK (skipped=1)\n")
    -- What it would install, it has.
    local names = {}
    local text = process.read "bootstrap"
    for list in text:gmatch "packages_to_%w+='\n(.-)\n'" do
      for name in (list .. "\n"):gmatch "(%S+) [^\n]*\n" do names[#names + 1] = name .. " installed" end
    end
    given("installed", table.concat(names, "\n") .. "\n")
  end)

  after_each(function() process.remove(here) end)

  local function run(...)
    local ended = process.run({ here .. "/bootstrap", ... }, { env = { PATH = here .. "/bin", HERE = here } })
    ended.called = process.read(here .. "/called")
    return ended
  end

  local function without(...)
    local text = process.read(here .. "/installed")
    for _, name in ipairs { ... } do
      text = text:gsub(name .. " installed\n", "")
    end
    given("installed", text)
  end

  local function assert_last_line(line, ended)
    assert.equal(line, ended.out:match "([^\n]*)\n$", ended.out)
  end

  it("explains itself", function()
    local asked, mistaken = run "help", run "tset"
    assert.equal(0, asked.status)
    for _, word in ipairs { "build", "demo", "package", "test" } do assert.has_match(word, asked.out) end
    assert.equal(2, mistaken.status)
    assert.equal(asked.out, mistaken.err)
  end)

  it("installs nothing when nothing is missing", function()
    local ended = run "build"
    assert.equal(0, ended.status, ended.err)
    assert.has_no_match("apt%-get", ended.called)
  end)

  it("installs only what is missing, after an update", function()
    without("libev%-dev", "cmake", "lua%-busted")
    local ended = run "build"
    assert.equal(0, ended.status, ended.err)
    local update, install = ended.called:match "apt%-get ([^\n]*)\n.*apt%-get ([^\n]*)"
    assert.has_match("update$", update)
    assert.has_match("install .* cmake libev%-dev$", install)
    assert.has_match("installing cmake libev-dev\n", ended.out, 1, true)
  end)

  it("asks sudo when it isn't root", function()
    fake("id", "echo 1000")
    fake("sudo", 'exec "$@"')
    without "cmake"
    local ended = run "build"
    assert.equal(0, ended.status, ended.err)
    assert.has_match("sudo env DEBIAN_FRONTEND=noninteractive apt%-get [^\n]*update\n", ended.called)
    assert.has_match("sudo env DEBIAN_FRONTEND=noninteractive apt%-get [^\n]*install [^\n]*cmake\n", ended.called)
  end)

  it("says what to install where it can't be root", function()
    fake("id", "echo 1000")
    without("cmake", "libev%-dev")
    local ended = run "demo"
    assert.equal(1, ended.status)
    assert.has_match("apt-get install cmake libev-dev\n", ended.err, 1, true)
  end)

  it("names the packages and stops on a system without apt", function()
    assert(os.remove(here .. "/bin/apt-get"))
    local ended = run "demo"
    assert.equal(1, ended.status)
    for _, name in ipairs { "libcurl4-openssl-dev", "liblua5.4-dev", "python3" } do
      assert.has_match(name, ended.err, 1, true)
    end
    assert.has_no_match("cmake ", ended.called)
  end)

  it("shows why apt failed", function()
    fake("apt-get", "echo 'E: no such package'; exit 100")
    without "cmake"
    local ended = run "build"
    assert.equal(1, ended.status)
    assert.has_match("E: no such package", ended.err, 1, true)
  end)

  it("shows why the build failed", function()
    fake("cmake", "echo 'engine.c:1: error'; exit 1")
    local ended = run "demo"
    assert.equal(1, ended.status)
    assert.has_match("engine.c:1: error", ended.err, 1, true)
    assert.has_no_match("python3", ended.called)
  end)

  it("ends the demo with the status of a run that failed", function()
    fake("../build/outdial", "exit 3")
    assert.equal(3, run("demo").status)
  end)

  describe("test", function()
    -- What it runs: checks, some of them Lua programs, and suites of three kinds.
    local checks, programs, ctests, busteds = 0, 0, 0, 0
    for line in process.read("bootstrap"):match("\nrun_tests%(%) {\n(.-)\n}"):gmatch "[^\n]+" do
      if line:find "^  check '" then checks = checks + 1 end
      if line:find "^  check '[^']*' lua5" then programs = programs + 1 end
      if line:find "^  suite '[^']*' 'count_ctest" then ctests = ctests + 1 end
      if line:find "^  suite '[^']*' count_busted" then busteds = busteds + 1 end
    end
    -- Each C test suite has two tests here, as has each of specs; the stand-ins have three.
    local all = checks + 2 * ctests + 2 * busteds + 3 + 1 -- stand-ins, flows

    local function assert_counts(good, bad, ended)
      assert_last_line(("%d passed, %d failed"):format(good, bad), ended)
    end

    it("ends with one line for everything", function()
      local ended = run "test"
      assert.equal(0, ended.status, ended.out)
      assert.has_match("stand%-ins +3 passed +0 failed, 1 skipped", ended.out)
      assert.is_true(checks > 5 and ctests > 1 and busteds > 1)
      assert_counts(all, 0, ended)
    end)

    it("counts what failed", function()
      given("busted", "+-*\n1 success / 1 failure / 1 error / 0 pending : 0.1 seconds\n")
      given("busted.status", "2")
      given("unittest", "Ran 4 tests in 0.1s\n\nFAILED (failures=1, errors=2)\n")
      fake("luacheck", "exit 1")
      local ended = run "test"
      assert.equal(1, ended.status)
      assert_counts(all - 1 - programs - busteds - 2, 1 + programs + 2 * busteds + 3, ended)
    end)

    it("counts a C test in which its program crashed", function()
      given("ctest", "0% tests passed, 1 tests failed out of 1\n")
      given("ctest.log", program)
      given("ctest.status", "8")
      assert_counts(all - ctests, ctests, run "test")
    end)

    it("counts a C program that failed behind its last test", function()
      given("ctest", "0% tests passed, 1 tests failed out of 1\n")
      given("ctest.status", "8")
      assert_counts(all, ctests, run "test")
    end)

    it("counts a runner that died", function()
      given("busted", "++")
      given("busted.status", "139")
      local ended = run "test"
      assert.equal(1, ended.status)
      assert_counts(all - programs - 2 * busteds, programs + busteds, ended)
    end)

    it("counts a ctest that left no log", function()
      fake("ctest", "exit 1")
      assert_counts(all - 2 * ctests, ctests, run "test")
    end)

    it("counts a runner that ran nothing", function()
      given("busted", "0 successes / 0 failures / 0 errors / 0 pending : 0.1 seconds\n")
      assert_counts(all - 2 * busteds, busteds, run "test")
    end)

    -- Another file of specs; how the busted that is to run it goes is a piece of shell.
    local function given_another(shell)
      assert(os.execute("mkdir " .. here .. "/spec/run"))
      given("spec/run/another_spec.lua", "")
      fake("lua5.4", ("case $* in *another_spec*) %s ;; esac; cat $HERE/busted"):format(shell))
    end

    local function times_another_ran(ended)
      local _, times = ended.called:gsub("%f[%w]spec/run/another_spec.lua\n", "")
      assert.is_true(times > 1)
      return times
    end

    it("counts each file of specs", function()
      given_another ":"
      local ended = run "test"
      assert_counts(all + 2 * times_another_ran(ended), 0, ended)
      assert.has_match("2 successes [^\n]* seconds  spec/run/another_spec.lua\n", ended.out)
    end)

    it("counts one file of specs whose runner died", function()
      given_another "echo ++; exit 139"
      local ended = run "test"
      assert_counts(all, times_another_ran(ended), ended)
      assert.has_match("1 error / 0 pending : busted ended with status 139  spec/run/another_spec.lua\n", ended.out)
    end)

    it("counts one that died after its last spec", function()
      given_another "cat $HERE/busted; exit 139"
      local ended = run "test"
      assert_counts(all + 2 * times_another_ran(ended), times_another_ran(ended), ended)
      assert.has_match("busted ended with status 139  spec/run/another_spec.lua\n", ended.out)
    end)

    it("counts one of which nothing is heard", function()
      given_another ":"
      assert(os.remove(here .. "/bin/flock"))
      fake("flock", [[said=$(cat); case $said in *another_spec*) kill -KILL $PPID ;; *) echo "$said" ;; esac]])
      local ended = run "test"
      assert_counts(all, times_another_ran(ended), ended)
    end)

    it("counts one that ran nothing", function()
      given_another "exit 0"
      local ended = run "test"
      assert_counts(all, times_another_ran(ended), ended)
    end)

    it("leaves the files that need a machine of their own to the suite that has one", function()
      given_another ":"
      given("spec/run/another_spec.lua", 'describe("a package #fresh", function() end)')
      assert_counts(all, 0, run "test")
    end)

    it("leaves nothing running when it is interrupted", function()
      assert(os.execute("mkfifo " .. here .. "/alive"))
      given_another "true"
      fake("lua5.4", "exec 9>$HERE/alive; echo begun >&9; sleep 20; echo survived >&9")
      local started = process.start({ "setsid", "env", "--default-signal=INT", here .. "/bootstrap", "test" },
        { env = { PATH = here .. "/bin:/usr/bin:/bin", HERE = here } })
      local alive = assert(io.open(here .. "/alive"))
      assert.equal("begun", alive:read "l")
      assert.equal("begun", alive:read "l")
      assert(os.execute("kill -INT -" .. started:program()))
      local last, ended = alive:read "a", started:wait()
      alive:close()
      assert.equal("", last)
      assert.equal(130, ended.status, ended.out)
    end)

    it("counts what a sanitizer found in a command that a spec started", function()
      fake("lua5.4", [[cat $HERE/busted
        case $OUTDIAL_BIN in build-asan/*) echo leak >build-asan/reports/report.1 ;; esac]])
      local ended = run "test"
      assert.has_match("leak\n", ended.out)
      assert_counts(all, 1, ended)
    end)
  end)
end)
