-- Records a run, as a store has it, for spec/run/golden_spec.lua: one row of the store a line.
--
--   lua5.4 spec/journals/record.lua STORE RUN >spec/journals/NAME.jsonl
--
-- From the root of the repository. RUN is an id as `outdial runs --store STORE` lists them; the newest one if it is
-- left out. Runs that have ended and met no real person, please: all that was said and keyed is in it.

package.path = "./?.lua;" .. package.path

local json = require "spec.support.json"
local process = require "spec.support.process"

local store, run = arg[1], arg[2]
if not store then
  io.stderr:write("say which store, and which run: lua5.4 spec/journals/record.lua STORE RUN\n")
  os.exit(2)
end

local function query(sql)
  local rows = process.run { "sqlite3", "-json", "-readonly", store, sql }
  assert(rows.status == 0, rows.err)
  return rows.out ~= "" and json.decode(rows.out) or {}
end

local function print_rows(name, sql)
  for _, row in ipairs(query(sql)) do
    for column, value in pairs(row) do
      if value == json.null then row[column] = nil end
    end
    row.table = name
    print(json.encode(row))
  end
end

run = run or query("SELECT id FROM run ORDER BY created DESC LIMIT 1")[1].id
assert(run:match "^%w+$", "a run's id is letters and digits")
local ended = query(("SELECT id FROM run WHERE id = '%s' AND finished IS NOT NULL"):format(run))
assert(#ended == 1, "there is no such run that has ended")
local its = ("SELECT * FROM %%s WHERE run = '%s'"):format(run)
print_rows("script", ([[SELECT * FROM script WHERE hash IN (SELECT script FROM run WHERE id = '%s'
  UNION SELECT json_each.value FROM run, json_each(manifest) WHERE run.id = '%s')]]):format(run, run))
print_rows("run", ("SELECT * FROM run WHERE id = '%s'"):format(run))
print_rows("op", its:format "op" .. " ORDER BY seq")
print_rows("call", its:format "call" .. " ORDER BY number")
print_rows("event", ("SELECT * FROM event WHERE call IN (SELECT id FROM call WHERE run = '%s') ORDER BY arrival")
  :format(run))
