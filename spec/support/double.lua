--- The stand-ins of examples/doubles, each started on a free port and steered by its /double/ paths.

local http = require "spec.support.http"
local json = require "spec.support.json"
local process = require "spec.support.process"

local Double = {}
Double.__index = Double

-- The accounts the doubles know from the start.
local accounts = {
  veratad = { user = "demo@example.com", pass = "demo" },
  sendservice = { username = "demo", password = "demo", guid = "00000000-0000-4000-8000-000000000001",
    caller_id = "+359880000000" },
  phonon = { security_id = ("S3cur1ty"):rep(8), flow_id = "Fl0w1234" },
  routee = { app_id = "demo", app_secret = "demo" },
}

local double = {}

--- Starts one; it ends with close, or with the spec's process. Blocks until it listens.
function double.start(name)
  local folder = process.folder()
  local words = folder .. "/words"
  assert(os.execute("mkfifo " .. words))
  local pipe = assert(io.popen(("exec python3 examples/doubles/%s.py --until-eof >%s"):format(name, words), "w"))
  local announced = assert(io.open(words))
  local address = announced:read("l"):match "^listening (.*)"
  return setmetatable({ name = name, folder = folder, pipe = pipe, announced = announced, address = address }, Double)
end

function Double:close()
  self.pipe:close()
  self.announced:close()
  process.remove(self.folder)
end

--- The first behaviour, nothing on record, and no simulated waiting.
function Double:reset()
  self:steer("DELETE", "behaviour")
  self:steer("DELETE", "record")
  self:behave { pace = 0 }
end

function Double:steer(method, what, body)
  local answer = http.send(method, self.address .. "/double/" .. what, body)
  assert(answer.status == 200, ("%s %s: %d %s"):format(method, what, answer.status, answer.body))
  return answer.json
end

--- Turns knobs: double:behave { callee = { keys = json.array { "1234#" } } }.
function Double:behave(knobs)
  return self:steer("PUT", "behaviour", json.encode(knobs))
end

--- What it has seen: { requests, calls, webhooks, connections }.
function Double:record()
  return self:steer("GET", "record")
end

--- Waits until so many have been seen: double:wait { calls = 1, webhooks = 2 }.
function Double:wait(counts)
  local query = {}
  for name, count in pairs(counts) do query[#query + 1] = name .. "=" .. count end
  return self:steer("GET", "wait?timeout=30&" .. table.concat(query, "&"))
end

--- Settings under which the engine calls this double: a list of "routee.url=http://…".
function Double:settings()
  local list = { self.name .. ".url=" .. self.address }
  if self.name == "routee" then list[#list + 1] = "routee.auth_url=" .. self.address end
  for key, value in pairs(accounts[self.name]) do
    list[#list + 1] = ("%s.%s=%s"):format(self.name, key, value)
  end
  return list
end

return double
