local http = require "spec.support.http"
local json = require "spec.support.json"
local lab = require("spec.support.lab").new()
local desk = lab.desk

describe("outdial show", function()
  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    desk.env.LC_ALL = "C.UTF-8"
    lab:provider "tin"
    lab:flow("asks", [[
      local call = outdial.call { provider = "tin", to = "+306900000001" }
      call:say "Your number, please"
      local digits = call:collect { max_digits = 4 }
      outdial.log "thank you"
      call:wait {}
      return { count = #digits }]])
  end)

  local function show(run, ...)
    local ended = desk:ask("show", run, ...)
    assert.equal(0, ended.status, ended.err)
    return ended.out
  end

  -- The whole conversation; returns what `run` printed.
  local function converse()
    local running = desk:start("asks", table.unpack(lab.given))
    local create = lab.line:take()
    create:answer(200, { state = "queued", reference = "r-1" })
    local hook = create.json.hook
    http.send("POST", hook, { kind = "status", id = "1", state = "ringing" })
    http.send("POST", hook .. "?turn=1", { kind = "digits", digits = "8642" })
    http.send("POST", hook, { kind = "status", id = "2", state = "in_progress" })
    http.send("POST", hook, { kind = "status", id = "3", state = "ringing" })
    http.send("POST", hook, { kind = "status", id = "4", state = "completed" })
    local ended = running:wait()
    assert.equal(0, ended.status, ended.err)
    return ended.out
  end

  -- Without the times, which the store keeps a moment earlier or later.
  local function lines_of(text)
    return (text:gsub("%d+%.%d%d? ", ""):gsub(", scripts.-\n", "\n"):gsub(" in [%d.]+ s", ""):gsub(", /%S+\n", "\n"))
  end

  local function only_run()
    return lab:query("SELECT id FROM run")[1].id
  end

  it("prints what run has printed", function()
    local live = converse()
    assert.equal(lines_of(live), lines_of(show(only_run())))
  end)

  it("shows no keyed digit, no token and no secret", function()
    converse()
    local token = lab:query("SELECT token FROM call")[1].token
    for _, text in ipairs { show(only_run()), show(only_run(), "--json") } do
      assert.is_nil(text:find "8642")
      assert.is_nil(text:find(token, 1, true))
      assert.is_nil(text:find "a key")
    end
  end)

  it("shows a run that came to a text with a NUL in it", function()
    lab:flow("odd", [[ return { word = "a\0b" } ]])
    assert.equal(0, desk:run("odd", "--scripts", desk.scripts).status)
    assert.has_match("completed", show(only_run()))
  end)

  it("gives all of it as JSON", function()
    converse()
    local story = assert(json.decode(show(only_run(), "--json")))
    assert.equal("completed", story.state)
    assert.same({ count = 4 }, story.result)
    assert.equal("r-1", story.calls[1].reference)
    assert.equal(json.null, story.waiting)
    local kinds, states = {}, {}
    for _, event in ipairs(story.events) do
      kinds[event.kind] = (kinds[event.kind] or 0) + 1
      if event.kind == "call" then table.insert(states, event.state) end
    end
    assert.same({ started = 1, op = 6, result = 6, log = 1, call = 4, finished = 1 }, kinds)
    assert.equal("queued ringing in_progress completed", table.concat(states, " "))
  end)

  it("shows how far a run has come while an engine works on it", function()
    local run = lab:start "asks"
    lab.line:take():answer(200, { state = "queued", reference = "r-1" })
    repeat until #lab:query "SELECT 1 FROM op WHERE op = 'collect' AND result IS NULL" == 1
    assert.has_match("queued +at tin, as r%-1\n.*\n +waiting for digits\n$", show(only_run()))
    assert.equal("collect", json.decode(show(only_run(), "--json")).waiting.op)
    run:signal "TERM"
  end)

  it("refuses a run that is not there", function()
    converse()
    local ended = desk:ask("show", "nosuchrun000")
    assert.equal(2, ended.status)
    assert.has_match("there is no run nosuchrun000 in this store; see outdial runs", ended.err, 1, true)
    assert.equal("usage", json.decode(desk:ask("show", "nosuchrun000", "--json").out).error.code)
    assert.equal(2, desk:ask("show").status)
  end)
end)
