--- The control API of an engine, as specs speak to it: over its socket, or a port.

local json = require "spec.support.json"
local socket = require "socket"
local unix = require "socket.unix"

local control = {}
local Control, Follower = {}, {}
Control.__index, Follower.__index = Control, Follower

local patience = 50 -- seconds; only a broken engine makes a spec wait so long

--- Of the socket at path, or of the port that is a number. token is sent when given.
function control.at(where, token)
  return setmetatable({ where = where, token = token }, Control)
end

local function connect(where)
  local connection = type(where) == "number" and socket.tcp() or unix.stream()
  connection:settimeout(patience)
  if type(where) == "number" then
    assert(connection:connect("127.0.0.1", where))
  else
    assert(connection:connect(where))
  end
  return connection
end

local function read_head(connection)
  local status = tonumber(assert(connection:receive "*l"):match "^HTTP/1.1 (%d+)")
  local headers = {}
  for line in function() return connection:receive "*l" end do
    if line == "" then return status, headers end
    local name, value = line:match "^([^:]+):%s*(.-)%s*$"
    headers[name:lower()] = value
  end
  error "the answer ended inside its headers"
end

local function send(self, method, path, body, headers)
  local connection = connect(self.where)
  local text = type(body) == "table" and json.encode(body) or body
  local lines = { ("%s %s HTTP/1.1"):format(method, path), "Host: here", "Connection: close" }
  if self.token then lines[#lines + 1] = "Authorization: Bearer " .. self.token end
  if text then lines[#lines + 1] = "Content-Length: " .. #text end
  for name, value in pairs(headers or {}) do lines[#lines + 1] = name .. ": " .. value end
  assert(connection:send(table.concat(lines, "\r\n") .. "\r\n\r\n"))
  connection:send(text or "") -- a body that is too large may be refused before it is there
  return connection
end

--- One request; body is a table (sent as JSON) or a text. Returns { status, headers, body, json }.
function Control:ask(method, path, body, headers)
  local connection = send(self, method, path, body, headers)
  local answer = {}
  answer.status, answer.headers = read_head(connection)
  local length = tonumber(answer.headers["content-length"])
  answer.body = assert(connection:receive(length or "*a"))
  connection:close()
  local plain = not answer.headers["content-encoding"] and (answer.headers["content-type"] or ""):find "json"
  answer.json = plain and assert(json.decode(answer.body)) or nil
  return answer
end

--- The same of HEAD: everything that comes behind the headers is its body.
function Control:head(path)
  local connection = send(self, "HEAD", path)
  local answer = {}
  answer.status, answer.headers = read_head(connection)
  local body, _, nothing = connection:receive "*a"
  answer.body = body or nothing
  connection:close()
  return answer
end

--- Sends it and does not wait: call the function that comes back for the answer.
function Control:begin(method, path, body, headers)
  local connection = send(self, method, path, body, headers)
  return function()
    local answer = {}
    answer.status, answer.headers = read_head(connection)
    answer.json = json.decode(assert(connection:receive "*a"))
    connection:close()
    return answer
  end
end

--- Follows a stream of events, from the one after `last` on.
function Control:follow(path, last)
  local connection = send(self, "GET", path, nil, last and { ["Last-Event-ID"] = last })
  local follower = setmetatable({ connection = connection, pending = "" }, Follower)
  follower.status, follower.headers = read_head(connection)
  return follower
end

-- One chunk of the body; nil behind the last.
local function read_chunk(connection)
  local size = tonumber(assert(connection:receive "*l"), 16)
  local bytes = size > 0 and assert(connection:receive(size)) or nil
  connection:receive "*l"
  return bytes
end

--- The next event: { id, kind, data }; nil when the stream has ended. Comments are passed over.
function Follower:next()
  while true do
    local text, rest = self.pending:match "^(.-)\n\n(.*)$"
    if text then
      self.pending = rest
      local data = text:match "data: ([^\n]*)"
      if data then
        return { id = text:match "id: (%d+)", kind = text:match "event: (%a+)", data = assert(json.decode(data)) }
      end
    else
      local chunk = read_chunk(self.connection)
      if not chunk then return nil end
      self.pending = self.pending .. chunk
    end
  end
end

--- All events up to one of the kind, or to the end: a list.
function Follower:upto(kind)
  local list = {}
  repeat
    local event = self:next()
    list[#list + 1] = event
  until not event or event.kind == kind
  return list
end

function Follower:close()
  self.connection:close()
end

--- Asks for a run; returns the answer.
function Control:start(flow, params)
  return self:ask("POST", "/runs", { flow = flow, params = params })
end

--- Waits for the end of a run; returns its story.
function Control:ended(run)
  local over = socket.gettime() + patience
  local story
  repeat
    story = self:ask("GET", "/runs/" .. run).json
    assert(socket.gettime() < over, "the run did not end: " .. story.state)
  until story.state ~= "running"
  return story
end

local kinds = { flows = "flow", providers = "provider", lib = "module" }

--- { kind, name, state, version, … } of "flows/talk", or nil.
function Control:script(path)
  local folder, name = path:match "^(%w+)/(.*)$"
  for _, each in ipairs(self:ask("GET", "/scripts").json.scripts) do
    if each.kind == kinds[folder] and each.name == name then return each end
  end
end

--- Waits until the test holds of the script, or of nil; returns it.
function Control:await_script(path, test)
  local over = socket.gettime() + patience
  local found
  repeat
    found = self:script(path)
    if test(found) then return found end
  until socket.gettime() > over
  error(("%s did not get there: %s"):format(path, json.encode(found or {})), 2)
end

return control
