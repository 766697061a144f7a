---@meta outdial.test
-- Written by lua/reference/generate.lua from what the sources say; edit those.

---What test.run takes in one table.
---@class outdial.test.options
---@field flow string # the flow's name, or its script's path
---@field params? table<string, any> # what the run is started with
---@field callees? string[] # who is called: "answers after 3 s, presses 12, waits 9 s, hangs up"
---@field http? fun(request: table): outdial.answer?, outdial.error? # answers outdial.http, which reaches no network
---@field host? table<string, function> # answers outdial.host, by name
---@field begins? integer # when, in milliseconds since 1970 UTC; Monday, 2026-01-05, 9:00 UTC unless given

---What a run came to.
---@class outdial.test.run
---@field state string # completed, failed, unknown … as `outdial run --json` has it; refused: it did not begin; waiting: nothing more can happen; endless: it goes on and on
---@field result? any # what the flow returned
---@field error? outdial.error # why it failed
---@field calls outdial.test.call[] # in the order in which they were made
---@field said string[] # the texts that were spoken to somebody, in order
---@field keyed string[] # what they keyed
---@field dialled string[] # the numbers that they were connected to
---@field logged string[] # what the flow logged
---@field asked table[] # its questions to http and host, each {name, args}
---@field seconds number # how long it took by the simulated clock
---@field timeline string # what outdial run would have shown

---One call of the run.
---@class outdial.test.call
---@field number integer # which one
---@field to string # whom it called
---@field provider string # through whom
---@field state outdial.state # how it ended
---@field reason? string # why it failed
---@field said string[] # the texts that were spoken in it
---@field keyed string[] # what was keyed
---@field dialled string[] # the numbers that it was connected to

---@class outdial.test
local test = {}

---Runs a flow to its end in simulated time: `test.run("pin", { to = "+306900000001" }, "answers,
---presses 1#")`, or with one table. The first callee takes the run's first call, the next one the
---second, the last all that follow; none: somebody answers and says nothing. What a callee may do is
---told when it is not understood, which raises, as does an option that is not there.
---@param flow string|outdial.test.options
---@param params? table<string, any>
---@param ... string
---@return outdial.test.run # what the run came to
function test.run(flow, params, ...) end

return test
