local json = require "spec.support.json"
local lab = require("spec.support.lab").new()
local process = require "spec.support.process"
local socket = require "socket"

local desk = lab.desk
local patience = 30 -- seconds; only a broken engine makes a spec wait so long

local function text_of(answer, more)
  return ([[local outdial = require "outdial"

return outdial.flow {
  summary = "of a spec",
  run = function()
    return { answer = %q }
  end,
}
]]):format(answer) .. (more or "")
end

describe("outdial scripts", function()
  local served

  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    os.execute("rm -f " .. desk.scripts .. "/*/*.lua")
    lab:script("flows/talk", text_of "one")
    served = lab:serve()
  end)

  local function ask(...)
    return desk:ask("scripts", ...)
  end

  local function told(...)
    local ended = ask("--json", ...)
    assert.equal(0, ended.status, ended.out .. ended.err)
    return json.decode(ended.out)
  end

  local function script(name)
    for _, each in ipairs(told().scripts) do
      if each.name == name then return each end
    end
  end

  local function hash_of(name)
    return process.line("sha256sum " .. desk.scripts .. "/" .. name .. ".lua"):match "^%x+"
  end

  local function await(name, state, version)
    local over = socket.gettime() + patience
    local found
    repeat
      found = script(name)
      if found and found.state == state and (not version or found.version == version) then return found end
    until socket.gettime() > over
    error(name .. " did not get " .. state .. ": " .. json.encode(found or {}) .. served:said(), 2)
  end

  -- Saves it and waits until it is live; returns its version.
  local function save(name, text)
    lab:script(name, text)
    local version = hash_of(name)
    await(name:match "[^/]*$", "live", version)
    return version
  end

  local function start(flow)
    local answer = lab:control():ask("POST", "/runs", { flow = flow })
    assert.equal(201, answer.status, answer.body)
    return answer.json.run
  end

  it("tells which version is live, and with which how many runs are under way", function()
    local one = save("flows/waits", text_of("x"):gsub("return { answer", "outdial.sleep(3600) return { answer"))
    start "waits"
    start "waits"
    local two = save("flows/waits", text_of("y"):gsub("return { answer", "outdial.sleep(3600) return { answer"))
    start "waits"
    local found = script "waits"
    assert.same({ "flow", "live", two }, { found.kind, found.state, found.version })
    local runs = {}
    for _, each in ipairs(found.runs) do runs[each.version] = each.runs end
    assert.same({ [one] = 2, [two] = 1 }, runs)
    local shown = ask().out
    assert.has_match("flow +talk +" .. hash_of "flows/talk":sub(1, 12) .. " +live +%d+ m?s +%-\n", shown)
    assert.has_match("flow +waits +" .. two:sub(1, 12) .. " +live +%d+ m?s +1, 2 of " .. one:sub(1, 12) .. "\n", shown)
  end)

  it("tells what is broken, and why", function()
    lab:script("flows/talk", text_of("one", "oops oops"))
    local found = await("talk", "broken")
    assert.equal(9, found.reason.line)
    assert.has_match("flow +talk +%x+ +broken .*\n +%S+/flows/talk.lua:9: ", ask().out)
  end)

  it("looks at the files where no engine serves", function()
    lab:shut(served)
    lab:script("flows/odd", "return 1")
    local answer = told()
    assert.is_false(answer.serving)
    assert.equal("good", script "talk".state)
    assert.equal("broken", script "odd".state)
    assert.has_match("No engine serves this store", ask().out, 1, true)
  end)

  it("tells the history of a script, and of a module", function()
    lab:script("lib/words", "return 'one'")
    await("words", "live")
    local first, second = hash_of "flows/talk", save("flows/talk", text_of "two" .. "-- require 'words'\n")
    local third = save("flows/talk", "local words = require 'words'\n" .. text_of "three" .. "-- " .. "\n")
    local versions = told("history", "talk").versions
    assert.same({ third, second, first }, { versions[1].version, versions[2].version, versions[3].version })
    assert.same({ words = hash_of "lib/words" }, versions[1].manifest)
    assert.is_true(versions[1].since >= versions[2].since)
    assert.equal(1, #told("history", "lib/words").versions)
    local shown = ask("history", "talk").out
    assert.has_match(third:sub(1, 12) .. "  %d+%-%d%d%-%d%d %d%d:%d%d:%d%d +0  lib/words@%x+\n", shown)
  end)

  it("shows what has changed", function()
    local first = hash_of "flows/talk"
    assert.same({ 0, "" }, { ask("diff", "talk").status, ask("diff", "talk").out })
    local second = save("flows/talk", text_of "two")
    lab:script("flows/talk", text_of("three", "oops"))
    local function changed(from, to, old, new, more)
      return ([[--- %s
+++ %s
@@ -3,6 +3,%d @@
 return outdial.flow {
   summary = "of a spec",
   run = function()
-    return { answer = "%s" }
+    return { answer = "%s" }
   end,
 }
%s]]):format(from, to, more and 7 or 6, old, new, more or "")
    end
    local function at(version) return "flows/talk.lua@" .. version:sub(1, 12) end
    local file = desk.scripts .. "/flows/talk.lua"
    local more = "+oops\n\\ No newline at end of file\n"
    local expected = {
      [{ "talk" }] = changed(at(second), file, "two", "three", more),
      [{ "flows/talk@" .. first:sub(1, 6) }] = changed(at(first), file, "one", "three", more),
      [{ "talk@" .. first, "@" .. second }] = changed(at(first), at(second), "one", "two"),
    }
    for words, text in pairs(expected) do
      -- the last hunk has its context to the file's end
      local ended = ask("diff", table.unpack(words))
      assert.equal(1, ended.status, ended.err)
      assert.equal(text, ended.out)
    end
  end)

  it("puts the last good version back where a mistake was saved", function()
    lab:script("flows/talk", "oops")
    await("talk", "broken")
    local ended = ask("rollback", "talk")
    assert.equal(0, ended.status, ended.err)
    assert.has_match("flows/talk.lua has the text of version %x+ again, and it is live", ended.out)
    assert.equal(text_of "one", process.read(desk.scripts .. "/flows/talk.lua"))
    assert.equal("live", script "talk".state)
  end)

  it("puts the version before back, or the one that is named", function()
    local first = hash_of "flows/talk"
    save("flows/talk", text_of "two")
    save("flows/talk", text_of "three")
    os.execute("chmod 640 " .. desk.scripts .. "/flows/talk.lua")
    local back = told("rollback", "talk")
    assert.same({ "live", hash_of "flows/talk" }, { back.state, back.version })
    assert.equal(text_of "two", process.read(desk.scripts .. "/flows/talk.lua"))
    assert.equal(first, told("rollback", "flows/talk@" .. first:sub(1, 5)).version)
    assert.equal(text_of "one", process.read(desk.scripts .. "/flows/talk.lua"))
    assert.equal("640", process.line("stat -c %a " .. desk.scripts .. "/flows/talk.lua"))
    assert.equal("talk.lua", process.line("ls -A " .. desk.scripts .. "/flows | grep talk"))
  end)

  it("leaves alone what a link outside of the folder leads to", function()
    local file, outside = desk.scripts .. "/flows/talk.lua", desk:file("outside", "mine")
    assert(os.execute(("ln -sf %s %s"):format(outside, file)))
    await("talk", "broken")
    assert.equal("live", told("rollback", "talk").state)
    assert.equal("mine", process.read(outside))
    assert.equal(text_of "one", process.read(file))
    assert(os.execute(("mv %s %s/../inside.lua; ln -s ../inside.lua %s"):format(file, desk.scripts .. "/flows", file)))
    save("flows/talk", text_of "two")
    assert.equal("live", told("rollback", "talk").state)
    assert.equal(text_of "one", process.read(desk.scripts .. "/inside.lua"))
  end)

  it("knows the live text behind a byte order mark", function()
    lab:script("flows/talk", "\xef\xbb\xbf" .. text_of "two")
    await("talk", "live", (process.line("printf %s " .. process.quote(text_of "two") .. " | sha256sum"):match "^%x+"))
    assert.equal(0, ask("diff", "talk").status)
    assert.equal("live", told("rollback", "talk").state)
    assert.equal(text_of "one", process.read(desk.scripts .. "/flows/talk.lua"))
  end)

  it("waits for no pipe in the place of a script", function()
    local file = desk.scripts .. "/flows/talk.lua"
    assert(os.execute(("rm %s; mkfifo %s"):format(file, file)))
    await("talk", "broken")
    local ended = process.run({ "timeout", "30", desk.binary, "scripts", "rollback", "talk", "--store", desk.store,
      "--scripts", desk.scripts })
    assert.equal(0, ended.status, ended.out .. ended.err)
    assert.equal(text_of "one", process.read(file))
  end)

  it("brings back a script that was deleted", function()
    os.remove(desk.scripts .. "/flows/talk.lua")
    await("talk", "gone")
    assert.equal("live", told("rollback", "talk").state)
    assert.equal(text_of "one", process.read(desk.scripts .. "/flows/talk.lua"))
  end)

  it("goes back without an engine, too", function()
    lab:shut(served)
    lab:script("flows/talk", "oops")
    local ended = ask("rollback", "talk")
    assert.equal(0, ended.status, ended.err)
    assert.has_match("it will be live once an engine serves", ended.out)
    assert.equal(text_of "one", process.read(desk.scripts .. "/flows/talk.lua"))
  end)

  it("says what it cannot do", function()
    lab:script("providers/talk", "return 1")
    await("talk", "live")
    local wrong = {
      [{ "history" }] = "say outdial scripts",
      [{ "forward", "talk" }] = "say outdial scripts",
      [{ "history", "nobody" }] = "no script 'nobody' is or was in",
      [{ "history", "" }] = "name a script",
      [{ "history", "talk" }] = "there are several named 'talk'",
      [{ "diff", "flows/talk@ffffffffffff" }] = "no version ffffffffffff of the flow 'talk' was live",
      [{ "diff", "flows/talk", "one" }] = "written with an '@'",
      [{ "rollback", "flows/talk" }] = "the flow 'talk' has no earlier version",
      [{ "rollback", "providers/talk" }] = "no version of the provider 'talk' was live",
    }
    for words, part in pairs(wrong) do
      local ended = ask(table.unpack(words))
      assert.equal(2, ended.status, table.concat(words, " ") .. "\n" .. ended.out)
      assert.has_match(part, ended.err, 1, true)
      local object = json.decode(ask("--json", table.unpack(words)).out)
      assert.equal("usage", object.error.code)
    end
  end)
end)
