local control = require "spec.support.control"
local survivor = require "spec.support.survivor"

-- More runs than the engine asks the store for at once, all of them due when it starts.
describe("runs that are due", function()
  local self = survivor.new()
  local count = 300

  teardown(function() self:close() end)
  before_each(function() self:reset() end)

  -- A run that sleeps, and as many like it, in the store of an engine that is gone.
  local function sleepers(lines)
    self:flow("sleeper", lines)
    local engine = self:start(nil, "sleeper")
    self:wait_for "SELECT 1 FROM op WHERE op = 'sleep' AND result IS NULL"
    engine:kill()
    self:write(([[
      UPDATE op SET started = started - 7200000;
      UPDATE run SET wake = 1, created = created - 7200000;
      CREATE TEMP TABLE copy AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
        SELECT substr(id, 1, 6) || printf('%%06d', i) AS id, i, id AS old FROM run, n;
      INSERT INTO run (id, flow, script, manifest, params, state, created, wake)
        SELECT c.id, flow, script, manifest, params, state, created, 1 + i %% 7 FROM run JOIN copy c ON c.old = run.id;
      INSERT INTO op (run, seq, op, args, digest, file, line, started)
        SELECT c.id, seq, op, args, digest, file, line, started FROM op JOIN copy c ON c.old = op.run;
    ]]):format(count - 1))
  end

  local function in_memory()
    local answer = control.at(self.desk.store .. ".control"):ask("GET", "/metrics")
    return tonumber(answer.body:match "runs_in_memory (%d+)")
  end

  it("are all brought back, go on once each, and leave memory when they have ended", function()
    sleepers [[
      outdial.sleep(3600)
      return { woke = outdial.now() }]]
    local engine = self:serve()
    self:wait_for "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM run WHERE finished IS NULL)"
    local rows = self:query "SELECT state, count(*) AS runs FROM run GROUP BY state"
    assert.same({ { state = "completed", runs = count } }, rows)
    rows = self:query "SELECT op, count(*) AS ops FROM op WHERE result IS NOT NULL GROUP BY op ORDER BY op"
    assert.same({ { op = "now", ops = count }, { op = "sleep", ops = count } }, rows)
    while in_memory() > 0 do end
    engine:stop()
  end)

  it("and wait again are in the store as that", function()
    sleepers [[
      outdial.sleep(3600)
      outdial.sleep(3601)]]
    local engine = self:serve()
    self:wait_for("SELECT 1 WHERE (SELECT count(*) FROM op WHERE seq = 2) = " .. count)
    engine:stop()
    local rows = self:query "SELECT seq, count(result) AS answered, count(*) AS ops FROM op GROUP BY seq ORDER BY seq"
    assert.same({ { seq = 1, answered = count, ops = count }, { seq = 2, answered = 0, ops = count } }, rows)
  end)
end)
