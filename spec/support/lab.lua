--- Where a spec is both sides at once: flows and providers of its own in a copy of scripts/, and a
-- provider's end of the wire in its hands.
--
--   local lab = require("spec.support.lab").new()
--   lab:provider("tin")                      -- spec/support/tin.lua
--   lab:flow("hello", "local call = outdial.call { provider = 'tin', to = '+306900000001' } …")
--   local run = lab:start "hello"
--   local create = lab.line:take()
--   create:answer(200, { state = "completed" })
--   local ended = lab:wait(run)              -- { status, report, err }

local control = require "spec.support.control"
local desk = require "spec.support.desk"
local json = require "spec.support.json"
local line = require "spec.support.line"
local process = require "spec.support.process"

local lab = {}
local Lab = {}
Lab.__index = Lab

function lab.new()
  local own = desk.new()
  return setmetatable({ desk = own, line = line.open(), running = {}, given = {} }, Lab)
end

--- For before_each: new scripts, a new line and an empty store; what still runs is ended.
function Lab:reset()
  self:stop()
  self.line:close()
  self.line = line.open()
  self.desk:reset()
  self.desk.scripts = self.desk.folder .. "/scripts"
  os.execute("rm -rf " .. self.desk.scripts)
  assert(os.execute(("cp -r scripts %s && mkdir -p %s/lib"):format(self.desk.scripts, self.desk.scripts)))
  self.given = { "--set=tin.url=" .. self.line.url }
end

--- For teardown.
function Lab:close()
  self:stop()
  self.line:close()
  self.desk:close()
end

function Lab:stop()
  for run in pairs(self.running) do
    run:signal "KILL"
    run:wait()
  end
  self.running = {}
end

--- A setting for the runs that follow.
function Lab:set(setting)
  table.insert(self.given, "--set=" .. setting)
end

--- spec/support/tin.lua as a provider; more is text for its definition. edit(text) may change all of it.
function Lab:provider(name, more, edit)
  local text = process.read "spec/support/tin.lua":gsub("%-%- and what a spec adds", more or "")
  if edit then text = edit(text) end
  self:script("providers/" .. name, text)
end

--- A flow whose run function, with the parameters p, is these lines. more is text for its definition.
function Lab:flow(name, lines, more)
  self:script("flows/" .. name, ([[local outdial = require "outdial"; local function run(p) -- luacheck: ignore
%s
end
return outdial.flow { summary = "of a spec", run = run, %s }
]]):format(lines, more or ""))
end

--- Any script: lab:script("flows/odd", text).
function Lab:script(name, text)
  process.write(("%s/%s.lua"):format(self.desk.scripts, name), text)
end

--- Starts a flow beside the spec.
function Lab:start(...)
  local words = { "--json" }
  table.move(self.given, 1, #self.given, 2, words)
  table.move({ ... }, 1, select("#", ...), #words + 1, words)
  local run = self.desk:start(table.unpack(words))
  self.running[run] = true
  return run
end

--- Waits for its end: { status, report, out, err }.
function Lab:wait(run)
  local ended = run:wait()
  self.running[run] = nil
  ended.report = ended.out ~= "" and assert(json.decode(ended.out), ended.out) or nil
  return ended
end

--- Both.
function Lab:run(...)
  return self:wait(self:start(...))
end

--- `outdial serve` on the lab's scripts and store, see desk:serve; ended by the next reset.
function Lab:serve(...)
  local words = table.move(self.given, 1, #self.given, 1, {})
  table.move({ ... }, 1, select("#", ...), #words + 1, words)
  local served = self.desk:serve(table.unpack(words))
  self.running[served] = true
  return served
end

--- The control API of what lab:serve started, at its socket.
function Lab:control()
  return control.at(self.desk.store .. ".control")
end

--- Ends it as a service manager would; returns { status, out, err }.
function Lab:shut(served)
  served:signal "TERM"
  local ended = served:wait()
  self.running[served] = nil
  return ended
end

--- Rows of the store, each a table by column; waits where the engine is just closing it.
function Lab:query(sql)
  local rows = process.run { "sqlite3", "-json", "-readonly", "-cmd", ".timeout 30000", self.desk.store, sql }
  assert(rows.status == 0, rows.err)
  return rows.out ~= "" and json.decode(rows.out) or {}
end

return lab
