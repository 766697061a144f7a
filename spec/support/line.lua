--- A provider's end of the wire, played by the spec itself: it takes one request after the other, looks at
-- it as long as it likes, and answers in any way there is, or not at all.

local json = require "spec.support.json"
local socket = require "socket"

local line = {}
local Line, Request = {}, {}
Line.__index, Request.__index = Line, Request

local patience = 20 -- seconds; only a broken engine makes a spec wait so long

--- Listens on a free port of loopback; line.url is where.
function line.open()
  local listener = assert(socket.bind("127.0.0.1", 0))
  listener:settimeout(patience)
  local _, port = listener:getsockname()
  return setmetatable({ listener = listener, url = "http://127.0.0.1:" .. port, open = {} }, Line)
end

function Line:close()
  for connection in pairs(self.open) do connection:close() end
  self.listener:close()
end

local function read_headers(connection)
  local headers = {}
  for text in function() return connection:receive "*l" end do
    if text == "" then return headers end
    local name, value = text:match "^([^:]+):%s*(.-)%s*$"
    headers[name:lower()] = value
  end
  error "the request ended inside its headers"
end

local function read(connection)
  local first = assert(connection:receive "*l", "no request came")
  local request = setmetatable({ connection = connection }, Request)
  request.method, request.path = first:match "^(%S+) (%S+) HTTP/1.1$"
  request.headers = read_headers(connection)
  local length = tonumber(request.headers["content-length"] or 0)
  request.body = length > 0 and connection:receive(length) or ""
  request.json = request.body ~= "" and json.decode(request.body) or nil
  return request
end

--- The next request: { method, path, headers (lower-case names), body, json, connection }. path: what it has to be
-- for; nil: anything.
function Line:take(path)
  local connection = assert(self.listener:accept(), "nobody sent a request")
  connection:settimeout(patience)
  self.open[connection] = true
  local request = read(connection)
  request.line = self
  assert(not path or request.path == path, request.path)
  return request
end

--- Whether somebody has connected whom nobody has taken. To be asked when the engine has ended.
function Line:is_quiet()
  self.listener:settimeout(0)
  local connection = self.listener:accept()
  self.listener:settimeout(patience)
  if connection then connection:close() end
  return not connection
end

--- Takes the next request and answers it.
function Line:serve(status, body, headers)
  local request = self:take()
  request:answer(status, body, headers)
  return request
end

--- Sends these bytes and closes.
function Request:send(bytes)
  self.connection:send(bytes)
  self:cut()
end

--- Closes without another word.
function Request:cut()
  self.line.open[self.connection] = nil
  self.connection:close()
end

--- A whole answer; a table goes as JSON. The connection closes behind it.
function Request:answer(status, body, headers)
  body = type(body) == "table" and json.encode(body) or body or ""
  local head = { ("HTTP/1.1 %d Spoken"):format(status), "Content-Length: " .. #body, "Connection: close" }
  for name, value in pairs(headers or {}) do head[#head + 1] = name .. ": " .. value end
  self:send(table.concat(head, "\r\n") .. "\r\n\r\n" .. body)
end

return line
