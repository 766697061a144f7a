local json = require "spec.support.json"
local process = require "spec.support.process"
local lab = require("spec.support.lab").new()

-- Runs that earlier engines recorded (spec/journals/*.jsonl; see record.lua there): whatever changes in the Lua half,
-- in an op's arguments or in the store, a run of yesterday still comes to its end. Where one differs, a run
-- that waits in somebody's store would be parked by the change: it is to be taken back, not the journal.
describe("a recorded run", function()
  local providers = { "phonon", "routee", "sendservice", "veratad" }

  setup(function()
    for _, name in ipairs(providers) do lab.desk:double(name) end
  end)
  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:provider "tin"
    lab:flow("quick", "return true")
  end)

  local journals = {}
  for path in io.popen("ls spec/journals/*.jsonl"):lines() do journals[#journals + 1] = path end

  local function rows_of(path)
    local rows = {}
    for line in io.lines(path) do rows[#rows + 1] = assert(json.decode(line), path) end
    return rows
  end

  local function quoted(value)
    return type(value) == "string" and "'" .. value:gsub("'", "''") .. "'" or json.encode(value)
  end

  local function write(sql)
    local path = lab.desk:file("write.sql", sql)
    local written = process.run({ "sqlite3", "-bail", lab.desk.store }, { stdin = path })
    assert.equal(0, written.status, written.err)
  end

  -- A store of today's engine with the run of then in it; returns the run's row.
  local function load(path)
    lab:run "quick"
    local sql, run = { "DELETE FROM run;" }, nil
    for _, row in ipairs(rows_of(path)) do
      local name, columns, values = row.table, {}, {}
      row.table = nil
      for column, value in pairs(row) do
        columns[#columns + 1], values[#values + 1] = '"' .. column .. '"', quoted(value)
      end
      sql[#sql + 1] = ("INSERT OR REPLACE INTO %s (%s) VALUES (%s);"):format(name, table.concat(columns, ","),
        table.concat(values, ","))
      if name == "run" then run = row end
    end
    write(table.concat(sql, "\n"))
    return run
  end

  it("is there for every shipped flow and provider, and for every op", function()
    local flows, called, ops = {}, {}, {}
    for _, path in ipairs(journals) do
      for _, row in ipairs(rows_of(path)) do
        if row.table == "run" then flows[row.flow] = true end
        if row.table == "call" then called[row.provider] = true end
        if row.table == "op" then ops[row.op] = true end
      end
    end
    for _, word in ipairs { "deliver", "pin" } do assert.is_true(flows[word], word) end
    for _, word in ipairs(providers) do assert.is_true(called[word], word) end
    for word in ("audio call collect detach finish host http log now place random sleep uuid wait"):gmatch "%a+" do
      assert.is_true(ops[word], word)
    end
  end)

  for _, path in ipairs(journals) do
    local name = path:match "([^/]+)%.jsonl$"

    it(name .. " is repeated to the letter", function()
      local run = load(path)
      local replayed = lab.desk:ask("replay", run.id)
      assert.equal(0, replayed.status, replayed.out .. replayed.err)
    end)

    it(name .. " comes to its end when an engine takes it up", function()
      local run = load(path)
      write "UPDATE run SET state = 'running', result = NULL, error = NULL, finished = NULL, wake = 0"
      local served = lab:serve()
      local row
      repeat
        row = lab:query "SELECT state, result, error FROM run"[1]
        assert.is_nil(served:said():match "[^\n]*cannot go on[^\n]*")
      until row.state ~= "running"
      assert.equal(run.state, row.state, tostring(row.error))
      assert.equal(run.result or json.null, row.result)
      assert.equal(run.error or json.null, row.error)
      for _, word in ipairs(providers) do assert.same({}, lab.desk:double(word):record().requests, word) end
      assert.is_true(lab.line:is_quiet())
    end)
  end
end)
