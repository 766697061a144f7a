-- scripts/flows/deliver.lua
local outdial = require "outdial"

return outdial.flow {
  summary = "Deliver a recorded message and tell whether it arrived",
  params = {
    to       = { type = "phone", list = true, required = true, help = "number, or alternates" },
    message  = { type = "string", help = "the provider's name for the recording" },
    provider = { type = "string", default = "veratad", help = "whom to deliver it through" },
    audio    = { type = "string", help = "a local file of the recording, to validate first" },
    exclude  = { type = "list", help = "line types not to call" },
    from     = { type = "string", help = "number to call from" },
    start    = { type = "time", help = "not before" },
    finish   = { type = "time", help = "not after" },
    keys     = { type = "table", help = "the provider's own values, by its own names" },
    wait     = { type = "boolean", default = true, help = "false: return once accepted" },
  },
  run = function(p)
    if p.audio then
      local report, refusal = outdial.audio { path = p.audio, provider = p.provider }
      if not report then return nil, refusal end
    end
    local call = outdial.call {
      provider = p.provider, from = p.from, to = p.to, message = p.message,
      exclude = p.exclude, start = p.start, finish = p.finish, keys = p.keys,
    }
    if not p.wait then
      local accepted, refusal = call:detach()
      if not accepted then return nil, refusal end
      return { accepted = true }
    end
    local disposition, failure = call:wait {}
    if disposition == "completed" then return { delivered = true } end
    return nil, failure
  end,
}
