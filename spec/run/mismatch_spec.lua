local json = require "spec.support.json"
local line = require "spec.support.line"
local http = require "spec.support.http"
local survivor = require "spec.support.survivor"

-- A run's script is pinned, so only a mistake in the engine or a hand in the store can make a replay differ
-- from what was recorded. Here it is the hand.
describe("a replay that differs from the journal", function()
  local self = survivor.new()
  local wire

  teardown(function()
    if wire then wire:close() end
    self:close()
  end)

  before_each(function()
    if wire then wire:close() end
    wire = line.open()
    self:reset()
    self:tin(wire.url)
  end)

  local function sql(text)
    return self:write(text)
  end

  -- Starts the flow, lets `meanwhile` play the provider, and kills the engine at the op that waits.
  local function die_waiting(flow, op, meanwhile)
    local engine = self:start(nil, flow)
    if meanwhile then meanwhile(engine) end
    self:wait_for(("SELECT 1 FROM op WHERE op = '%s' AND result IS NULL"):format(op))
    engine:kill()
    return self:row().id
  end

  local function pure()
    self:flow("pure", [[
      outdial.now()
      outdial.random(1, 6)
      outdial.uuid()
      outdial.log "said"
      outdial.sleep(0)
      outdial.http { url = "http://127.0.0.1:1/" }
      outdial.audio "no.wav"
      outdial.host("nobody", { 1, "two" }, { timeout = 1 })
      local call = outdial.call { provider = "tin", to = "+306900000001", message = "m" }
      call:wait {}
      outdial.sleep(3600)]])
    return die_waiting("pure", "sleep", function()
      wire:serve(200, { state = "completed" })
    end)
  end

  local function spoken(last)
    self:flow("spoken", [[
      local call = outdial.call { provider = "tin", to = "+306900000001" }
      call:say "which?"
      call:collect {}
      call:say "thanks"
      ]] .. last)
    return die_waiting("spoken", "sleep", function()
      local create = wire:take()
      create:answer(200, { state = "in_progress", reference = "r" })
      http.send("POST", create.json.hook .. "?turn=1", { kind = "digits", id = "digits:1", digits = "4711" })
    end)
  end

  -- The next engine takes up every run, also one that had left memory, and parks this one; returns what it found.
  local function parked(run)
    sql "UPDATE run SET wake = 0"
    local engine = self:serve()
    engine:await("run " .. run .. " %(%w+%) parked: mismatch")
    engine:stop()
    local row = self:query(("SELECT * FROM run WHERE id = '%s'"):format(run))[1]
    assert.equal("parked", row.state)
    assert.equal(json.null, row.finished)
    local wrong = json.decode(row.error)
    assert.equal("mismatch", wrong.code)
    return wrong
  end

  local function ops(run)
    return self:query(("SELECT * FROM op WHERE run = '%s' ORDER BY seq"):format(run))
  end

  local function assert_differs(wrong, expected, actual)
    assert.equal(expected.op, wrong.expected.op)
    assert.equal(actual.op, wrong.actual.op)
    for _, side in ipairs { { wrong.expected, expected }, { wrong.actual, actual } } do
      if side[2].args then assert.equal(side[2].args, side[1].args) end
      assert.matches("%.lua$", side[1].file)
      assert.equal("integer", math.type(side[1].line))
    end
    assert.matches(("%s:%d"):format(wrong.expected.file, wrong.expected.line), wrong.message, 1, true)
  end

  -- Each op of the flow's journal once under another name and once with other args.
  local function try_each(make)
    local run = make()
    local recorded = ops(run)
    self:keep "before"
    for _, op in ipairs(recorded) do
      local where = ("WHERE run = '%s' AND seq = %d"):format(run, op.seq)
      sql("UPDATE op SET op = 'dance' " .. where)
      assert_differs(parked(run), { op = "dance", args = op.args }, { op = op.op, args = op.args })
      self:back "before"
      sql("UPDATE op SET args = '{\"odd\":1}', digest = 'odd' " .. where)
      assert_differs(parked(run), { op = op.op, args = '{"odd":1}' }, { op = op.op, args = op.args })
      self:back "before"
    end
    return recorded
  end

  local function names(recorded)
    local list = {}
    for i, op in ipairs(recorded) do list[i] = op.op end
    return table.concat(list, " ")
  end

  it("is parked at each op that has another name or other arguments", function()
    assert.equal("now random uuid log sleep http audio host call place wait sleep", names(try_each(pure)))
  end)

  it("is parked at each op of a talk, too", function()
    assert.equal("call place collect sleep",
      names(try_each(function() return spoken "outdial.sleep(3600)" end)))
  end)

  it("is parked at detach and finish", function()
    local function detached()
      self:flow("spoken", [[
        local call = outdial.call { provider = "tin", to = "+306900000001", message = "m" }
        call:detach()
        outdial.sleep(3600)]])
      return die_waiting("spoken", "sleep", function()
        wire:serve(200, { state = "queued", reference = "r" })
      end)
    end
    assert.equal("call place detach sleep", names(try_each(detached)))
    self:reset()
    self:tin(wire.url)
    local function finished()
      self:flow("spoken", [[
        local call = outdial.call { provider = "tin", to = "+306900000001" }
        call:say "hello"
        call:collect {}]])
      local engine = self:start(nil, "spoken")
      local create = wire:take()
      create:answer(200, { state = "in_progress", reference = "r" })
      http.send("POST", create.json.hook .. "?turn=1", { kind = "digits", id = "digits:1", digits = "1" })
      self:wait_for "SELECT 1 FROM op WHERE op = 'finish' AND result IS NOT NULL"
      engine:kill()
      return self:row().id
    end
    assert.equal("call place collect finish", names(try_each(finished)))
  end)

  it("is parked when two ops have changed places", function()
    local run = pure()
    sql(("UPDATE op SET seq = -1 WHERE run = '%s' AND seq = 2"):format(run))
    sql(("UPDATE op SET seq = 2 WHERE run = '%s' AND seq = 3"):format(run))
    sql(("UPDATE op SET seq = 3 WHERE run = '%s' AND seq = -1"):format(run))
    assert_differs(parked(run), { op = "uuid" }, { op = "random" })
  end)

  it("is parked when the script asks for an op more than before", function()
    local run = pure()
    sql(("DELETE FROM op WHERE run = '%s' AND seq = 2"):format(run))
    sql(("UPDATE op SET seq = -seq WHERE run = '%s' AND seq > 2"):format(run))
    sql(("UPDATE op SET seq = -seq - 1 WHERE run = '%s' AND seq < 0"):format(run))
    assert_differs(parked(run), { op = "uuid" }, { op = "random" })
  end)

  it("is parked when the script asks for an op less than before", function()
    local run = pure()
    local shorter = self:query "SELECT source FROM script WHERE name = 'pure'"[1].source:gsub("outdial.random%b()", "")
    sql(("UPDATE script SET source = '%s' WHERE name = 'pure'"):format(shorter:gsub("'", "''")))
    assert_differs(parked(run), { op = "random" }, { op = "uuid" })
  end)

  it("is parked when the script ends before its journal does", function()
    local run = pure()
    local shorter = self:query "SELECT source FROM script WHERE name = 'pure'"[1].source
      :gsub("outdial.uuid%(%)", "do return end")
    sql(("UPDATE script SET source = '%s' WHERE name = 'pure'"):format(shorter:gsub("'", "''")))
    local wrong = parked(run)
    assert_differs(wrong, { op = "uuid" }, { op = "end" })
    assert.matches("it ends before that", wrong.message)
  end)

  it("is parked when the script fails where it went on before", function()
    local run = pure()
    local failing = self:query "SELECT source FROM script WHERE name = 'pure'"[1].source
      :gsub("outdial.uuid%(%)", "error \"oh\"")
    sql(("UPDATE script SET source = '%s' WHERE name = 'pure'"):format(failing:gsub("'", "''")))
    local wrong = parked(run)
    assert.equal("end", wrong.actual.op)
    assert.matches("pure%.lua:%d+: oh", wrong.actual.message)
  end)

  it("stays parked, and no other run is touched", function()
    self:flow("calm", "outdial.sleep(3600)")
    local engine = self:start(nil, "calm")
    self:wait_for "SELECT 1 FROM op WHERE op = 'sleep'"
    engine:kill()
    local calm = self:row().id
    local run = pure()
    local before = ops(calm)
    sql(("UPDATE op SET op = 'dance' WHERE run = '%s' AND seq = 1"):format(run))
    parked(run)
    local again = self:serve()
    again:await("run " .. calm .. " is back")
    again:stop()
    assert.same(before, ops(calm))
    assert.same({ { id = calm, state = "running" }, { id = run, state = "parked" } },
      self:query "SELECT id, state FROM run ORDER BY created")
    assert.is_true(wire:is_quiet())
  end)
end)
