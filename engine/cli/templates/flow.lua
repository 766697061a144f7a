-- NAME: what the flow is for, and who asked for it.
-- Every function and option is on the page "What scripts can do". Before a call: outdial check, outdial test.
local outdial = require "outdial"

return outdial.flow {
  summary = "Ask whether an appointment stands",

  -- What `outdial run NAME name=value …` takes.
  params = {
    to       = { type = "phone",  required = true, help = "number to call" },
    day      = { type = "string", default = "Monday", help = "the appointment, as it is to be said" },
    from     = { type = "string", default = "Company Name", help = "number or name to call from" },
    provider = { type = "string", default = "routee", help = "who carries the call" },
  },

  run = function(p)
    local call = outdial.call { provider = p.provider, from = p.from, to = p.to }
    -- say, play, pause, dial and hangup are only noted. collect brings them to the call and waits; the
    -- first time, that places it.
    call:say("You have an appointment on " .. p.day .. ".")
    for _ = 1, 2 do
      call:say "To confirm, press one and then the pound key. To cancel, press two and then the pound key."
      local key, err = call:collect { max_digits = 1, submit_on_hash = true, timeout = 10 }
      if key == "1" then
        call:say "Thank you. See you there."
        return { confirmed = true }
      elseif key == "2" then
        call:say "It is canceled. Goodbye."
        return { confirmed = false }
      end
      outdial.log(err and err.message or "the key was " .. key)
    end
    call:say "We will call you again. Goodbye."
    return nil, { code = "no_choice", message = "neither one nor two was keyed" } -- the run has failed
  end,

  -- Runs when the person called hangs up while the flow waits; leave it out where that needs nothing.
  on_hangup = function(p)
    outdial.log.warn("nobody confirmed " .. p.day)
  end,
}
