--- busted's helper: a spec that waits in a loop for what never comes is stopped, and says in which line.
-- Programs, sockets and pipes have their own limits: what a spec calls comes back. -Xhelper SECONDS: another limit.
local busted = require "busted"

local patience = tonumber(arg and arg[1]) or 300 -- seconds; only a broken program is stopped by it
local every = 9973 -- instructions between two looks at the clock

busted.subscribe({ "test", "start" }, function()
  local deadline = os.time() + patience
  debug.sethook(function()
    if os.time() < deadline then return end
    deadline = os.time() + 10 -- for after_each; and a pcall may have caught this
    error(("this spec has not come to its end in %d s"):format(patience), 2)
  end, "", every)
end)

busted.subscribe({ "test", "end" }, function() debug.sethook() end)
