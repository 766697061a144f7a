local http = require "spec.support.http"
local lab = require("spec.support.lab").new()

-- The disk fails for so long, under so much work, that there is no room for the rows that wait for it.
describe("when too much waits for the disk", function()
  local runs, ops = 8, 32
  local served, api, placed, watched, asks

  teardown(function() lab:close() end)

  local function start(flow)
    return api:ask("POST", "/runs", { flow = flow })
  end

  local function place(flow)
    local run = start(flow).json.run
    local create = lab.line:take()
    create:answer(200, { state = "queued", reference = "r-" .. run })
    return { run = run, hook = create.json.hook }
  end

  local function status(call, id, state)
    return http.send("POST", call.hook, { kind = "status", id = id, state = state }).status
  end

  local function key(turn)
    return http.send("POST", asks.hook .. "?turn=" .. turn, { kind = "digits", id = "d" .. turn, digits = "1" }).status
  end

  local function metric(name)
    return tonumber(api:ask("GET", "/metrics").body:match("\n" .. name:gsub("%p", "%%%0") .. " (%d+)\n"))
  end

  local function until_state(call, state)
    local story
    repeat story = api:ask("GET", "/runs/" .. call.run).json until story.state == state
    return story
  end

  -- Calls that wait for webhooks, and one that is asked about: it has asked once already.
  before_each(function()
    lab:reset()
    lab:provider "tin"
    lab:provider("asked", "status = status, poll = { first = 0.02, ceiling = 0.02, deadline = 60 }")
    lab:set("asked.url=" .. lab.line.url)
    lab:flow("quick", "return 1")
    lab:flow("watched", "return outdial.call { provider = 'asked', to = '+306900000002', message = 'm' }:wait {}")
    lab:flow("asks", [[
      local call = outdial.call { provider = "tin", to = "+306900000003" }
      call:say "which?"
      return { call:collect {}, call:collect {} }]])
    lab:flow("talks", ([[
      outdial.call { provider = "tin", to = "+306900000001", message = "m" }:wait {}
      for _ = 1, %d do
        outdial.sleep(0.001)
        outdial.log(("x"):rep(256 * 1024))
      end
      return "said"]]):format(ops))
    served = lab:serve()
    api = lab:control()
    placed = {}
    for i = 1, runs do placed[i] = place "talks" end
    asks = place "asks"
    watched = place "watched"
  end)

  -- Takes the disk away and lets the flows talk; returns how many rows wait when work is refused for it.
  local function fail()
    served:limit(0)
    assert.equal(503, key(1)) -- and it waits for the next ones, as it could outside of memory
    for _, call in ipairs(placed) do assert.equal(503, status(call, "end", "completed")) end
    local refused
    repeat refused = start("quick").json.error.message
    until refused:find "too much waits" or metric 'outdial_runs_ended_total{state="completed"}' == runs
    assert.has_match("too much waits for the disk already: .*; look at the disk", refused)
    return metric "outdial_store_rows_waiting"
  end

  local function come_back()
    served:limit()
    for _, call in ipairs(placed) do repeat until status(call, "end", "completed") == 200 end
  end

  it("nothing of it is lost, and all goes on when the disk is back", function()
    fail()
    come_back()
    for _, call in ipairs(placed) do assert.equal("said", until_state(call, "completed").result) end
    for _, call in ipairs(placed) do
      local told = lab:query(([[SELECT count(*) AS rows, max(seq) AS last, count(result) AS answers,
        sum(op = 'log') AS logs FROM op WHERE run = '%s']]):format(call.run))[1]
      assert.same({ rows = told.last, last = told.last, answers = told.last, logs = ops }, told)
    end
    repeat until key(1) == 200
    assert.equal(200, key(2))
    assert.equal(200, status(asks, "end", "completed"))
    assert.same({ "1", "1" }, until_state(asks, "completed").result)
    assert.equal(201, start("quick").status)
    assert.is_nil(served:said():find "lost a row")
  end)

  it("nothing begins that would have to wait, too", function()
    local before = fail()
    for i = 1, 20 do
      assert.equal(503, start("quick").status)
      assert.equal(503, status(watched, "s" .. i, "ringing"))
      local canceled = api:ask("POST", "/runs/" .. watched.run .. "/cancel")
      assert.equal(503, canceled.status)
      assert.equal("store", canceled.json.error.code)
      local asked = lab.line:take()
      assert.equal("/status", asked.path)
      asked:answer(200, { state = "queued", cursor = "c-" .. i })
    end
    -- A run may end its op and ask for the next, no more; none leaves memory, which takes rows.
    assert.is_true(metric "outdial_store_rows_waiting" <= before + 2 * runs)
    local asked = lab.line:take()
    assert.equal("c-20", asked.json.cursor)
    come_back()
    asked:answer(200, { state = "completed" })
    assert.equal("completed", until_state(watched, "completed").result)
    assert.equal(runs + 2, #lab:query "SELECT id FROM run")
  end)
end)
