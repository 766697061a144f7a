local lab = require("spec.support.lab").new()
local process = require "spec.support.process"
local socket = require "socket"

local patience = 30 -- seconds; only a broken engine makes a spec wait so long

local function text_of(answer)
  return ([[local outdial = require "outdial"
return outdial.flow { summary = "of a spec", run = function() return { answer = %q } end }
]]):format(answer)
end

describe("a script of an engine that serves", function()
  local served, control

  teardown(function() lab:close() end)

  local function serve(...)
    served = lab:serve(...)
    control = lab:control()
  end

  before_each(function()
    lab:reset()
    lab:script("flows/talk", text_of "one")
  end)

  local function path_of(name)
    return ("%s/%s.lua"):format(lab.desk.scripts, name)
  end

  local function shell(command, ...)
    local words = { "sh", "-euc", command, "sh", ... }
    local ended = process.run(words)
    assert(ended.status == 0, command .. "\n" .. ended.out .. ended.err)
  end

  local function start(flow, params)
    return control:start(flow or "talk", params)
  end

  local function hash_of(path)
    return process.line("sha256sum " .. process.quote(path)):match "^%x+"
  end

  local function is_live(path)
    local hash = hash_of(path_of(path))
    return function(found) return found and found.state == "live" and found.version == hash end
  end

  local function await_live(path)
    return control:await_script(path, is_live(path))
  end

  local function await_broken(path, part)
    return control:await_script(path, function(found)
      return found and found.state == "broken" and found.reason.message:find(part, 1, true)
    end)
  end

  local function write(path, text)
    lab:script(path, text)
  end

  local function answer_of(flow)
    return control:ended(start(flow).json.run).result.answer
  end

  describe("is live a moment after", function()
    before_each(function() serve() end)

    local ways = {
      ["a text written in place"] = function(file) process.write(file, text_of "two") end,
      ["a slow writer"] = function(file)
        local out = io.open(file, "w")
        for byte in text_of "two":gmatch "." do
          out:write(byte)
          out:flush()
        end
        out:close()
      end,
      ["sed -i"] = function(file) shell("sed -i s/one/two/ $1", file) end,
      ["cp"] = function(file)
        process.write(file .. ".new", text_of "two")
        shell("cp $1.new $1; rm $1.new", file)
      end,
      ["cp, of an older file"] = function(file)
        process.write(file .. ".new", text_of "two")
        shell("touch -d 2001-01-01 $1.new; cp -p $1.new $1", file)
      end,
      ["mv"] = function(file)
        process.write(file .. ".new", text_of "two")
        shell("mv $1.new $1", file)
      end,
      ["mv, from elsewhere and older"] = function(file)
        process.write(lab.desk.folder .. "/new.lua", text_of "two")
        shell("touch -d 2001-01-01 $2; mv $2 $1", file, lab.desk.folder .. "/new.lua")
      end,
      ["vim, in place"] = function(file)
        shell("vim.tiny -u NONE -es --cmd 'set backupcopy=yes' -c '%s/one/two/' -c wq $1", file)
      end,
      ["vim, by a new file"] = function(file)
        shell("vim.tiny -u NONE -es --cmd 'set backupcopy=no backup' -c '%s/one/two/' -c wq $1", file)
      end,
      ["nano's way: emptied, written, closed"] = function(file)
        local out = io.open(file, "w")
        out:write(text_of "two")
        out:close()
      end,
      ["rsync"] = function(file)
        local folder = lab.desk.folder .. "/sync"
        shell("rm -rf $2; mkdir $2; sed s/one/two/ $1 >$2/talk.lua; rsync -aI $2/ $(dirname $1)/", file, folder)
      end,
      ["git checkout"] = function(file)
        shell([[cd "$(dirname $1)"; git init -q; git config user.email a@b; git config user.name a
          git add .; git commit -qm one; sed -i s/one/two/ $1; git commit -qam two
          git checkout -q HEAD~; git checkout -q -]], file)
      end,
      ["ln -sf to another file of the folder"] = function(file)
        process.write(lab.desk.scripts .. "/other.lua", text_of "two")
        shell("ln -sf ../other.lua $1", file)
      end,
      ["a hard link"] = function(file)
        process.write(lab.desk.scripts .. "/other.lua", text_of "two")
        shell("ln -f $2 $1", file, lab.desk.scripts .. "/other.lua")
      end,
    }
    for way, change in pairs(ways) do
      it(way, function()
        change(path_of "flows/talk")
        await_live "flows/talk"
        assert.equal("two", answer_of())
      end)
    end

    it("it is put there", function()
      assert.equal(422, start("fresh").status)
      write("flows/fresh", text_of "here")
      await_live "flows/fresh"
      assert.equal("here", answer_of "fresh")
    end)

    it("two edits within a millisecond, as the second left it", function()
      for i = 1, 20 do write("flows/talk", text_of(("%02d"):format(i))) end
      await_live "flows/talk"
      assert.equal("20", answer_of())
    end)

    it("an edit that keeps size and time", function()
      local file = path_of "flows/talk"
      shell("touch -d 2020-02-02 $1", file)
      shell("cp -p $1 $1.t; sed s/one/two/ $1 >$1.n; cat $1.n >$1; touch -r $1.t $1; rm $1.t $1.n", file)
      await_live "flows/talk"
      assert.equal("two", answer_of())
    end)

    it("so many changes that the system lost count", function()
      served:signal "STOP"
      local odd = lab.desk.scripts .. "/flows/"
      for i = 1, 20000 do -- the system keeps 16,384
        local name = odd .. (i % 2 == 0 and "a.lua~" or "b.lua~")
        io.open(name, "w"):close()
      end
      write("flows/talk", text_of "two")
      served:signal "CONT"
      await_live "flows/talk"
      assert.equal("two", answer_of())
    end)

    it("its folder was gone, and came back with another one", function()
      shell("mv $1 $1.old", lab.desk.scripts)
      await_broken("flows/talk", "cannot be read")
      assert.equal("one", answer_of())
      shell("cp -r $1.old $1.new; sed -i s/one/two/ $1.new/flows/talk.lua; mv $1.new $1", lab.desk.scripts)
      await_live "flows/talk"
      assert.equal("two", answer_of())
      write("flows/talk", text_of "three") -- and is watched
      await_live "flows/talk"
    end)

    it("its folder was a link that leads elsewhere now", function()
      shell("mv $1 $1.1; cp -r $1.1 $1.2; sed -i s/one/two/ $1.2/flows/talk.lua; ln -s $1.1 $1", lab.desk.scripts)
      write("flows/other", text_of "other")
      await_live "flows/other" -- by now it has been looked at
      shell("ln -sfn $1.2 $1", lab.desk.scripts)
      await_live "flows/talk"
      assert.equal("two", answer_of())
    end)
  end)

  it("is found by looking where the system gives no events", function()
    local made = process.run { "unshare", "-Ur", "sh", "-c",
      "echo 0 >/proc/sys/user/max_inotify_instances" }
    if made.status ~= 0 then return pending "no user namespaces here" end
    served = process.start({ "unshare", "-Ur", "sh", "-c",
      'echo 0 >/proc/sys/user/max_inotify_instances; exec "$@"', "sh", lab.desk.binary, "serve",
      "--store", lab.desk.store, "--scripts", lab.desk.scripts, "--hooks", "127.0.0.1:0" })
    lab.running[served] = true
    control = lab:control()
    local over = socket.gettime() + patience
    repeat local there = pcall(control.ask, control, "GET", "/health") until there or socket.gettime() > over
    assert.has_match("is looked at every half second", served:said())
    write("flows/talk", text_of "two")
    await_live "flows/talk"
    assert.equal("two", answer_of())
    write("flows/talk.new", text_of "three") -- by a machine whose clock is not ours
    shell("touch -d 2100-01-01 $1; mv $1 $2", path_of "flows/talk.new", path_of "flows/talk")
    await_live "flows/talk"
    assert.equal("three", answer_of())
  end)

  it("is not read while somebody is writing it", function()
    serve()
    local before = control:script "flows/talk".version
    local out = io.open(path_of "flows/talk", "w")
    out:write(text_of "two", "local more") -- would be broken, and without the last words good
    out:flush()
    write("flows/other", text_of "other")
    await_live "flows/other"
    assert.same({ "live", before }, { control:script "flows/talk".state, control:script "flows/talk".version })
    out:seek("set", #text_of "two")
    out:write "-- two    "
    out:close()
    await_live "flows/talk"
    assert.is_nil(served:said():find("talk.lua:3", 1, true))
  end)

  describe("with a module", function()
    before_each(function()
      write("lib/words", "return { word = 'one' }")
      write("flows/talk", [[local outdial = require "outdial"
local words = require "words"
return outdial.flow { summary = "of a spec", run = function() return { answer = words.word } end }
]])
      serve()
    end)

    it("goes live with what is changed in there", function()
      local before = control:script "flows/talk"
      write("lib/words", "return { word = 'two' }")
      local after = control:await_script("flows/talk", function(found)
        return found.modules.words == hash_of(path_of "lib/words")
      end)
      assert.equal(before.version, after.version)
      assert.equal("two", answer_of())
    end)

    it("does not go live with what breaks it", function()
      write("lib/words", "return { word = = }")
      await_broken("flows/talk", "lib/words.lua:1: ")
      assert.equal("one", answer_of())
      write("lib/words", "return { word = os.getenv 'HOME' }")
      await_broken("flows/talk", "lib/words.lua:1: ")
      os.remove(path_of "lib/words")
      await_broken("flows/talk", "no module 'words'")
      assert.equal("one", answer_of())
      write("lib/words", "return { word = 'two' }")
      await_live "flows/talk"
      assert.equal("two", answer_of())
    end)

    it("that requires it in a circle, is refused", function()
      write("lib/other", "return require 'words'")
      write("lib/words", "return require 'other'")
      await_broken("flows/talk", "circle")
      assert.equal("one", answer_of())
    end)

    it("keeps the set that it began with, also what it requires late", function()
      write("flows/late", ([[local outdial = require "outdial"
return outdial.flow { summary = "of a spec", run = function()
  outdial.http { url = %q }
  return { answer = require "words".word }
end }
]]):format(lab.line.url))
      await_live "flows/late"
      local run = start("late").json.run
      local request = lab.line:take()
      write("lib/words", "return { word = 'two' }")
      await_live "lib/words"
      control:await_script("flows/late", function(found) return found.modules.words == hash_of(path_of "lib/words") end)
      request:answer(200, {})
      assert.equal("one", control:ended(run).result.answer)
      local other = start("late").json.run
      lab.line:serve(200, {})
      assert.equal("two", control:ended(other).result.answer)
    end)
  end)

  describe("that will not do", function()
    before_each(function() serve() end)

    it("is told of by a run where only that one drew it so", function()
      lab:script("flows/talk", "error('drew ' .. math.random(0))")
      local drawn = await_broken("flows/talk", "drew ").reason.message:match "drew (%-?%d+)"
      lab:script("flows/talk", ([[local outdial = require "outdial"
        local kind = math.random(0) == %s and "integer" or "decimal"
        return outdial.flow { summary = kind, params = { n = { type = kind, default = 1 } }, run = function() end }
        ]]):format(drawn))
      await_live "flows/talk"
      local refused = start()
      assert.equal(422, refused.status)
      assert.has_match("talk.lua: param 'n': option 'type' must be one of", refused.json.error.message)
    end)

    it("leaves the last good version in place, and the reason where people look", function()
      local before = control:script "flows/talk".version
      write("flows/talk", text_of "two" .. "oops oops\n")
      local found = await_broken("flows/talk", "flows/talk.lua:3: ")
      assert.equal(3, found.reason.line)
      assert.equal(before, found.version)
      local remark = "flow talk: .*flows/talk.lua:3: .*; version " .. before:sub(1, 12) .. " serves on"
      assert.has_match(remark, served:said())
      assert.has_match("\noutdial_scripts_broken 1\n", control:ask("GET", "/metrics").body, 1, true)
      assert.equal("one", answer_of())
      write("flows/talk", text_of "one")
      await_live "flows/talk"
    end)

    it("refuses runs when it never was good", function()
      write("flows/fresh", "require 'outdial'; return {}")
      await_broken("flows/fresh", "a flow must end with")
      local answer = start "fresh"
      assert.equal(422, answer.status)
      assert.has_match("flows/fresh.lua", answer.json.error.message, 1, true)
      assert.has_match("a flow must end with", answer.json.error.message, 1, true)
    end)

    it("is served by its last good version after a restart", function()
      local before = control:script "flows/talk".version
      lab:shut(served)
      write("flows/talk", "half a flo")
      serve()
      local found = control:script "flows/talk"
      assert.same({ "broken", before }, { found.state, found.version })
      assert.equal("one", answer_of())
    end)
  end)

  it("that was deleted takes no new runs, and those under way go on", function()
    write("flows/talk", ([[local outdial = require "outdial"
return outdial.flow { summary = "of a spec", run = function()
  outdial.http { url = %q }
  return { answer = "late" }
end }
]]):format(lab.line.url))
    serve()
    local run = start().json.run
    local request = lab.line:take()
    os.remove(path_of "flows/talk")
    local gone = control:await_script("flows/talk", function(found) return found.state == "gone" end)
    assert.same({ { version = gone.version, runs = 1 } }, gone.runs)
    local answer = start()
    assert.equal(422, answer.status)
    assert.has_match("was deleted", answer.json.error.message)
    request:answer(200, {})
    assert.equal("late", control:ended(run).result.answer)
  end)

  it("stands in the store with each version that was live", function()
    serve()
    write("flows/talk", text_of "two")
    await_live "flows/talk"
    write("flows/talk", "oops")
    await_broken("flows/talk", "talk.lua:1: ")
    write("flows/talk", text_of "two")
    await_live "flows/talk"
    write("flows/talk", text_of "one")
    await_live "flows/talk"
    lab:shut(served)
    local texts = {}
    for i, row in ipairs(lab:query [[SELECT s.source FROM live l JOIN script s ON s.hash = l.script
      WHERE l.kind = 'flow' AND l.name = 'talk' ORDER BY l.arrival]]) do
      texts[i] = row.source
    end
    assert.same({ text_of "one", text_of "two", text_of "one" }, texts)
  end)

  describe("that is a provider's", function()
    local function provider(marker)
      return function(text) return (text:gsub('"/status"', ('"/status-%s"'):format(marker))
        :gsub('"/calls"', ('"/calls-%s"'):format(marker))) end
    end

    local more = "status = status, poll = { first = 0.02, ceiling = 0.02, deadline = 600 },"

    before_each(function()
      lab:provider("tin", more, provider "one")
      lab:flow("calls", "return outdial.call { provider = 'tin', to = '+306900000001', message = 'm' }:wait {}")
      serve("--log-level", "info")
    end)

    it("has calls under way ask with its newest good version", function()
      local first = control:script "providers/tin".version
      local run = start("calls").json.run
      assert.equal("/calls-one", lab.line:serve(200, { state = "queued", reference = "r" }).path)
      local under_way = lab.line:take()
      assert.equal("/status-one", under_way.path)
      lab:provider("tin", more, provider "two")
      await_live "providers/tin"
      local remark = "provider tin: version %x+ is live in place of %x+, also for what calls under way ask from now on"
      assert.has_match(remark, served:said())
      under_way:answer(200, { state = "ringing" }) -- ends on the version that it began on
      assert.equal("/status-two", lab.line:serve(200, { state = "in_progress" }).path)
      lab:provider("tin", more .. "oops")
      await_broken("providers/tin", "providers/tin.lua:")
      assert.equal("/status-two", lab.line:serve(200, { state = "completed" }).path)
      local story = control:ended(run)
      assert.equal("completed", story.result)
      local versions = {}
      for _, event in ipairs(story.events) do
        if event.kind == "call" then versions[event.state] = event.provider_version end
      end
      assert.equal(first, versions.queued)
      assert.equal(control:script "providers/tin".version, versions.completed)
      local shown = lab.desk:ask("show", run).out
      assert.has_match("provider +tin is version " .. versions.completed:sub(1, 12) .. " from here on\n", shown)
      assert.equal(2, select(2, shown:gsub("version %x+", ""))) -- the flow's, and once this
    end)

    it("has the modules that it went live with, also those it requires late", function()
      local function requiring(text)
        return (text:gsub('"/calls"', "require 'paths'.calls"):gsub('ask "/status"', "ask(require 'paths'.status)"))
      end
      local function paths(marker)
        write("lib/paths", ("return { calls = '/calls-%s', status = '/status-%s' }"):format(marker, marker))
      end
      local function has_paths(found)
        return found and found.state == "live" and found.modules.paths == hash_of(path_of "lib/paths")
      end
      paths "two"
      await_live "lib/paths"
      lab:provider("tin", more, requiring)
      control:await_script("providers/tin", has_paths)
      write("lib/paths", "return {")
      await_broken("providers/tin", "lib/paths.lua:1: ")
      local run = start("calls").json.run
      assert.equal("/calls-two", lab.line:serve(200, { state = "queued", reference = "r" }).path)
      local under_way = lab.line:take()
      assert.equal("/status-two", under_way.path)
      paths "three"
      control:await_script("providers/tin", has_paths)
      under_way:answer(200, { state = "ringing" })
      assert.equal("/status-three", lab.line:serve(200, { state = "completed" }).path)
      assert.equal("completed", control:ended(run).result)
      local other = start("calls").json.run
      assert.equal("/calls-three", lab.line:serve(200, { state = "completed", reference = "r" }).path)
      assert.equal("completed", control:ended(other).result)
    end)

    it("is not live while it needs a setting that is not given", function()
      local needs = function(text)
        return text:gsub("settings = {", "settings = { fresh = { required = true },")
      end
      lab:provider("tin", more, needs)
      await_broken("providers/tin", "fresh")
      local run = start("calls").json.run
      lab.line:serve(200, { state = "completed", reference = "r" })
      assert.equal("completed", control:ended(run).result)
    end)

    it("brings back the runs that had no place without it, at once", function()
      local run = start("calls").json.run
      lab.line:serve(200, { state = "queued", reference = "r" })
      lab.line:take() -- and the engine that waits for this status dies
      served:signal "KILL"
      served:wait()
      lab.running[served] = nil
      lab.given = {} -- tin.url is missing now
      serve()
      repeat
        assert.is_true(served:is_running())
      until served:said():find("run " .. run .. " cannot go on: ", 1, true)
      lab:provider("tin", more, function(text)
        return (text:gsub("url = { required = true }", ("url = { default = %q }"):format(lab.line.url)))
      end)
      lab.line:serve(200, { state = "completed" })
      assert.equal("completed", control:ended(run).result)
    end)

    it("and was deleted takes no new calls, also after a restart, and ends those under way", function()
      local run = start("calls").json.run
      lab.line:serve(200, { state = "queued", reference = "r" })
      lab.line:serve(200, { state = "ringing" })
      os.remove(path_of "providers/tin")
      control:await_script("providers/tin", function(found) return found.state == "gone" end)
      local other = control:ended(start("calls").json.run)
      assert.has_match("was deleted", other.error.message)
      served:signal "KILL"
      served:wait()
      lab.running[served] = nil
      serve()
      assert.equal("gone", control:script "providers/tin".state)
      repeat -- what the dead engine had asked is among it
        local asked = socket.select({ lab.line.listener }, nil, 0.1)[1]
        if asked then pcall(lab.line.serve, lab.line, 200, { state = "completed" }) end
      until control:ask("GET", "/runs/" .. run).json.state ~= "running"
      assert.equal("completed", control:ended(run).result)
    end)
  end)
end)
