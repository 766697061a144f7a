--- Where a spec places calls: the command, a store of its own, scripts, and the stand-ins it asked for.
--
--   local desk = require("spec.support.desk").new()
--   local routee = desk:double "routee"
--   local ended = desk:run("pin", "to=+306900000001", "pin=1234", "support=+306900000009")
--   ended.status, ended.out, ended.err

local Double = require "spec.support.double"
local http = require "spec.support.http"
local json = require "spec.support.json"
local process = require "spec.support.process"

local desk = {}
local Desk = {}
Desk.__index = Desk

Desk.binary = os.getenv "OUTDIAL_BIN" or "build/outdial"

function desk.new()
  local folder = process.folder()
  return setmetatable({ folder = folder, store = folder .. "/outdial.db", doubles = {}, env = {} }, Desk)
end

--- For after_each: forgets the store and what the stand-ins saw; what was started stays.
function Desk:reset()
  os.execute("rm -f " .. self.store .. "*")
  self.env, self.scripts, self.port = {}, nil, nil
  for _, double in pairs(self.doubles) do double:reset() end
end

--- For teardown.
function Desk:close()
  for _, double in pairs(self.doubles) do double:close() end
  process.remove(self.folder)
end

--- The stand-in for a provider, started when it is first asked for.
function Desk:double(name)
  if not self.doubles[name] then
    self.doubles[name] = Double.start(name)
    self.doubles[name]:reset()
  end
  return self.doubles[name]
end

--- Writes a file into the desk's folder and returns its path.
function Desk:file(name, text)
  local path = self.folder .. "/" .. name
  process.write(path, text)
  return path
end

--- A flow of these lines, in place of a shipped one; returns its path.
function Desk:flow(name, text)
  return self:file(name .. ".lua", 'local outdial = require "outdial"\n' .. text)
end

local function options_of(self, port)
  port = port or http.free_port()
  local options = { "--store", self.store, "--scripts", self.scripts or "scripts",
    "--hooks", "127.0.0.1:" .. port, "--public-url", "http://127.0.0.1:" .. port }
  for _, double in pairs(self.doubles) do
    for _, setting in ipairs(double:settings()) do
      options[#options + 1] = "--set=" .. setting
    end
  end
  return options
end

local function argv_of(first, ...)
  local argv = { Desk.binary }
  for _, word in ipairs(first) do argv[#argv + 1] = word end
  for _, word in ipairs { ... } do argv[#argv + 1] = word end
  return argv
end

--- The command with exactly these arguments.
function Desk:command(...)
  return process.run(argv_of({}, ...), { env = self.env })
end

--- `outdial run …` to its end, with the options for the desk before what is given.
function Desk:run(...)
  return process.run(argv_of({ "run", table.unpack(options_of(self)) }, ...), { env = self.env })
end

--- `outdial NAME …` on the desk's store, scripts and settings: desk:ask("runs", "--json").
function Desk:ask(name, ...)
  return process.run(argv_of({ name, table.unpack(options_of(self)) }, ...), { env = self.env })
end

--- `outdial serve` beside the spec; returns once it takes webhooks. Its hooks are where they arrive: at desk.port, or
-- where there is room.
function Desk:serve(...)
  local port = self.port or http.free_port()
  local served = process.start(argv_of({ "serve", table.unpack(options_of(self, port)) }, ...), { env = self.env })
  served.hooks = "http://127.0.0.1:" .. port
  http.await(port, function() return served:is_running() end)
  return served
end

--- The same with --json; `report` is the object it printed, and nothing else may be there.
function Desk:report(...)
  local ended = self:run("--json", ...)
  local lines = select(2, ended.out:gsub("\n", ""))
  assert(lines == 1, "one line was expected, not:\n" .. ended.out .. ended.err)
  ended.report = assert(json.decode(ended.out))
  return ended
end

--- The same beside the spec: see process.start.
function Desk:start(...)
  return process.start(argv_of({ "run", table.unpack(options_of(self)) }, ...), { env = self.env })
end

--- The same with a reader on stdout that goes away at once.
function Desk:closed_pipe(...)
  local words = {}
  for i, word in ipairs(argv_of({ "run", table.unpack(options_of(self)) }, ...)) do words[i] = process.quote(word) end
  local status = self.folder .. "/status"
  local script = ("{ %s; echo $? >%s; } | true"):format(table.concat(words, " "), process.quote(status))
  local ended = process.run({ "sh", "-c", script }, { env = self.env })
  ended.status = tonumber(process.read(status))
  return ended
end

--- Rows of the store, each a table by column.
function Desk:query(sql)
  local path = self:file("query.sql", sql .. ";")
  local rows = process.run({ "sqlite3", "-json", "-readonly", self.store }, { stdin = path })
  assert(rows.status == 0, rows.err)
  return rows.out ~= "" and json.decode(rows.out) or {}
end

return desk
