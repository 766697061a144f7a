--- HTTP as specs speak it: whole requests, and bytes on a bare connection.

local json = require "spec.support.json"
local ltn12 = require "ltn12"
local request = require("socket.http").request
local socket = require "socket"

local http = {}
local patience = 30 -- seconds; only a broken server makes a spec wait so long

--- One request. body may be a table (sent as JSON) or a text. Returns { status, headers, body, json }.
function http.send(method, url, body, headers)
  local answer, sent = {}, { connection = "close" }
  if type(body) == "table" then
    body = json.encode(body)
    sent["content-type"] = "application/json"
  end
  if body then sent["content-length"] = #body end
  for name, value in pairs(headers or {}) do sent[name] = value end
  local _, status, got = assert(request { method = method, url = url, headers = sent, redirect = false,
    source = body and ltn12.source.string(body), sink = ltn12.sink.table(answer),
    create = function()
      local connection = socket.tcp()
      connection:settimeout(patience)
      return connection
    end })
  local text = table.concat(answer)
  return { status = status, headers = got, body = text, json = text ~= "" and json.decode(text) or nil }
end

--- A connection to send bytes on: connection:send, :receive, :close as LuaSocket has them.
function http.connect(port)
  local connection = assert(socket.connect("127.0.0.1", port))
  connection:settimeout(patience)
  return connection
end

--- Sends the bytes as they are and returns all that comes back until the other side closes.
function http.raw(port, bytes)
  local connection = http.connect(port)
  connection:send(bytes)
  local whole, problem, part = connection:receive "*a"
  connection:close()
  return whole or part, problem
end

-- Ports of this process alone, from below those that outgoing connections get: nobody else who looks for one by
-- this file takes it between two lives of an engine. A UDP socket on the first of them shows whose they are.
local ports = { many = 500, given = math.random(0, 499) }

local function claim_ports()
  for first = 10000, 32000 - ports.many, ports.many do
    local mark = socket.udp()
    if mark:setsockname("127.0.0.1", first) then
      ports.first, ports.mark = first, mark
      return
    end
    mark:close()
  end
  error "no ports are left: too many processes look for some"
end

--- A port nobody listens on at the moment, and another one each time: an engine may be given several.
function http.free_port()
  if not ports.first then claim_ports() end
  while true do
    ports.given = (ports.given + 1) % ports.many
    local port = ports.first + ports.given
    local listener = socket.bind("127.0.0.1", port)
    if listener then
      listener:close()
      return port
    end
  end
end

--- Waits until somebody listens on the port; alive() tells whether that can still be hoped for.
function http.await(port, alive)
  local connection
  repeat
    assert(alive(), "the program has ended before it listened")
    connection = socket.connect("127.0.0.1", port)
  until connection
  connection:close()
end

return http
