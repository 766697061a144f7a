-- scripts/flows/pin.lua
local outdial = require "outdial"

return outdial.flow {
  summary = "Ask for a service number and connect the caller to support",
  params = {
    to       = { type = "phone",  required = true, help = "number to call" },
    pin      = { type = "digits", required = true, help = "the number to accept" },
    support  = { type = "phone",  required = true, help = "where accepted callers are connected" },
    from     = { type = "string", default = "Company Name" },
    tries    = { type = "integer", default = 3 },
    provider = { type = "string", default = "routee" },
  },
  run = function(p)
    local call = outdial.call { provider = p.provider, from = p.from, to = p.to }
    call:say "Please enter your four digits service number and then press the pound key."
    for _ = 1, p.tries do
      local digits = call:collect { max_digits = #p.pin, submit_on_hash = true, timeout = 10 }
      if digits == p.pin then
        call:say "You will shortly be connected to the first available representative"
        call:dial(p.support)
        return { accepted = true }
      end
      call:say "Your four digits service number is not valid. Please try again."
    end
    return { accepted = false }
  end,
}
