-- ready.lua BEGAN < call: the milliseconds from BEGAN (seconds since 1970) to the answer of the first
-- webhook of one call, given as the program calls writes it; asks until it is answered.

local socket = require "socket"

local began = tonumber(arg[1])
local host, port, path, tracking = io.read("a"):match "^http://([%d.]+):(%d+)(%S+) (%S+)"
local body = ('{"messageId":"7a4dd6a5-3e8a-4fe3-9b26-1b0d34a16d4c","conversationTrackingId":"%s",'
  .. '"collectedTones":"9,9,9,9"}'):format(tracking)

local function ask()
  local connection = socket.connect(host, port)
  if not connection then return nil end
  connection:settimeout(10)
  connection:send(("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s")
    :format(path, host, #body, body))
  local status = connection:receive "*l"
  connection:close()
  return status
end

repeat
  local status = ask()
  if not status then socket.sleep(0.001) end
until status and status:find " 200 " or socket.gettime() - began > 60
print(("%.0f"):format((socket.gettime() - began) * 1000))
