--- An engine that may die at any moment and comes again: always the same store, scripts, stand-ins and
-- address for webhooks. Its binary has fault points (cmake -DOUTDIAL_FAULTS=ON).
--
--   local survivor = require("spec.support.survivor").new()
--   survivor:reset()
--   local died = survivor:run("commit:3", "pin", "to=+306900000001", …)   -- died.killed
--   local engine = survivor:serve()
--   engine:await "run %w+ %(pin%) completed"
--   engine:stop()

local desk = require "spec.support.desk"
local http = require "spec.support.http"
local process = require "spec.support.process"

local survivor = { binary = os.getenv "OUTDIAL_BIN" or "build/outdial" }
local Survivor, Engine = {}, {}
Survivor.__index, Engine.__index = Survivor, Engine

--- Whether the engine that specs run can be told to die.
function survivor.possible()
  return process.read(survivor.binary):find("OUTDIAL_FAULT_LOG", 1, true) ~= nil
end

function survivor.new()
  local own = desk.new()
  return setmetatable({ desk = own, port = http.free_port(), engines = {}, given = {} }, Survivor)
end

-- Waits that take minutes with real providers.
local small = {
  reconcile = "reconcile = { first = 0.05, ceiling = 0.05, deadline = 20, apart = 0.15 }",
  poll = "poll = { first = 0.05, ceiling = 0.1, deadline = 30 }",
  rate = "rate = 1000",
}

local function hasten(text)
  text = text:gsub("\n  reconcile = %b{}", "\n  " .. small.reconcile)
  text = text:gsub("\n  poll = %b{}", "\n  " .. small.poll)
  return (text:gsub("\n  rate = %d+", "\n  " .. small.rate))
end

--- For before_each: an empty store, the shipped scripts with short waits, nothing that still runs.
function Survivor:reset()
  for engine in pairs(self.engines) do engine:kill() end
  self.desk:reset()
  self.scripts = self.desk.folder .. "/scripts"
  assert(os.execute(("rm -rf %s && cp -r scripts %s && mkdir -p %s/lib"):format(self.scripts, self.scripts,
    self.scripts)))
  for _, name in ipairs { "phonon", "routee", "sendservice", "veratad" } do
    self:edit("providers/" .. name, hasten)
  end
  self.given = {}
end

--- For teardown.
function Survivor:close()
  for engine in pairs(self.engines) do engine:kill() end
  self.desk:close()
end

--- Puts a script in place of the one there was, or what edit(text) makes of that one.
function Survivor:edit(name, edit)
  local path = ("%s/%s.lua"):format(self.scripts, name)
  process.write(path, type(edit) == "string" and edit or edit(process.read(path)))
end

--- A flow whose run function, with the parameters p, is these lines; more goes into its definition.
function Survivor:flow(name, lines, more)
  self:edit("flows/" .. name, ([[local outdial = require "outdial"; local function run(p) -- luacheck: ignore
%s
end
return outdial.flow { summary = "of a spec", run = run, %s }
]]):format(lines, more or ""))
end

--- spec/support/tin.lua as a provider that listens at url; more is text for its definition.
function Survivor:tin(url, more)
  self:edit("providers/tin", (process.read "spec/support/tin.lua":gsub("%-%- and what a spec adds",
    function() return more or "" end)))
  self:set("tin.url=" .. url)
end

--- A setting from here on.
function Survivor:set(setting)
  table.insert(self.given, "--set=" .. setting)
end

--- The command with the survivor's store, scripts, address and settings: a list of words.
function Survivor:argv(command, ...)
  local argv = { survivor.binary, command, "--store", self.desk.store, "--scripts", self.scripts,
    "--hooks", "127.0.0.1:" .. self.port, "--public-url", "http://127.0.0.1:" .. self.port }
  for _, double in pairs(self.desk.doubles) do
    for _, setting in ipairs(double:settings()) do argv[#argv + 1] = "--set=" .. setting end
  end
  table.move(self.given, 1, #self.given, #argv + 1, argv)
  return table.move({ ... }, 1, select("#", ...), #argv + 1, argv)
end

--- Environment: a fault as engine/base/fault.h has it, or a table.
local function env_of(fault)
  return type(fault) == "string" and { OUTDIAL_FAULT = fault } or fault
end

--- `outdial run --json …` to its end, whatever that is: { status, out, err, killed }.
function Survivor:run(fault, ...)
  local ended = process.run(self:argv("run", "--json", ...), { env = env_of(fault) })
  ended.killed = ended.status == 137 or ended.signal == 9
  return ended
end

--- The same beside the spec.
function Survivor:start(fault, ...)
  return self:open(fault, self:argv("run", "--json", "--log-level", "debug", ...))
end

--- How often each fault point is passed in one life, which live(env) lives: { { name, count }, … } in the order of
-- first passage, and what live returned.
function Survivor:passages(live)
  local path = self.desk.folder .. "/passed"
  process.write(path, "")
  local ended = live { OUTDIAL_FAULT_LOG = path }
  local points, known = {}, {}
  for name in process.read(path):gmatch "[^\n]+" do
    if not known[name] then
      known[name] = { name = name, count = 0 }
      points[#points + 1] = known[name]
    end
    known[name].count = known[name].count + 1
  end
  return points, ended
end

--- `outdial serve`, once it listens.
function Survivor:serve(fault, ...)
  local engine = self:open(fault, self:argv("serve", "--log-level", "debug", ...))
  if not fault then engine:await "webhooks are taken" end
  return engine
end

function Survivor:open(fault, argv)
  local words = {}
  for name, value in pairs(env_of(fault) or {}) do words[#words + 1] = process.quote(name .. "=" .. value) end
  for _, word in ipairs(argv) do words[#words + 1] = process.quote(word) end
  local pipe = assert(io.popen("exec timeout --foreground -k 5 60 sh -c 'echo $$; exec env \"$@\"' sh "
    .. table.concat(words, " ") .. " 2>&1 </dev/null"))
  local engine = setmetatable({ survivor = self, pipe = pipe, pid = pipe:read "n", log = {} }, Engine)
  pipe:read "l"
  self.engines[engine] = true
  return engine
end

--- The next line of its log that matches; blocks until there is one.
function Engine:await(pattern)
  if self:live_until(pattern) then return self.log[#self.log] end
  error(("the engine ended before it said '%s':\n%s"):format(pattern, table.concat(self.log, "\n")), 2)
end

--- Lets it live until its log has a line that matches, or until its own end: whether there was such a line.
function Engine:live_until(pattern)
  for line in self.pipe:lines() do
    table.insert(self.log, line)
    if line:find(pattern) then return true end
  end
  return false
end

--- Ends it with a signal; what it still said is in its log then.
function Engine:stop(signal)
  os.execute(("kill -%s %d 2>/dev/null"):format(signal or "TERM", self.pid))
  return self:wait()
end

function Engine:kill()
  return self:stop "KILL"
end

--- Waits for its end: { status, out }.
function Engine:wait()
  self.survivor.engines[self] = nil
  for line in self.pipe:lines() do table.insert(self.log, line) end
  local _, how, code = self.pipe:close()
  return { status = how == "exit" and code or nil, killed = code == 137 or nil, out = table.concat(self.log, "\n") }
end

function Survivor:query(sql)
  return self.desk:query(sql)
end

--- Changes the store by hand, while no engine has it.
function Survivor:write(sql)
  local done = process.run { "sqlite3", self.desk.store, sql }
  assert(done.status == 0, done.err)
end

--- Blocks until the query has a row, while an engine works on the store.
function Survivor:wait_for(sql)
  local tries = 0
  while true do
    local rows = process.run { "sqlite3", "-readonly", "-cmd", ".timeout 30000", self.desk.store, sql }
    if rows.status == 0 and rows.out ~= "" then return rows.out end
    tries = tries + 1
    assert(tries < 3000, "this never came about: " .. sql)
  end
end

--- Keeps the store as it is under a name, while no engine has it, and puts it back.
function Survivor:keep(name)
  self:write "PRAGMA wal_checkpoint(TRUNCATE)"
  assert(os.execute(("cp %s %s/%s.db"):format(self.desk.store, self.desk.folder, name)))
end

function Survivor:back(name)
  assert(os.execute(("rm -f %s* && cp %s/%s.db %s"):format(self.desk.store, self.desk.folder, name, self.desk.store)))
end

--- The one run's row.
function Survivor:row()
  local rows = self:query "SELECT * FROM run ORDER BY created"
  return rows[#rows]
end

--- Takes the run up again, if it has not ended, until its end, or that of the engine when it is to die on the way:
-- its row then.
function Survivor:recover(fault)
  local row = self:row()
  if not row or row.state ~= "running" then return row end
  local engine = self:serve(fault)
  local ended = engine:live_until("run " .. row.id .. " %(%w+%) %a+")
  engine:stop()
  assert(ended or fault, table.concat(engine.log, "\n"))
  return self:row()
end

return survivor
