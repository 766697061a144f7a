--- What a spec gets as `require "outdial.test"`: runs of flows without a phone, a network or waiting.

local callee = require "rehearsal.callee"
local stage = require "rehearsal.stage"
local tools = require "rehearsal.tools"

local test = {}

local ground -- what all runs share
local played = {} -- the stories of the spec under way

-- For the command: where scripts and settings are.
function test.prepare(options)
  local code, sentence
  ground, code, sentence = stage.open(options)
  return ground, code, sentence
end

-- For the report: what was played since this was asked last.
function test.played()
  local stories = played
  played = {}
  return stories
end

local known = { flow = "string", params = "table", callees = "table", http = "function", host = "table",
  begins = "number" }

local function names_of(options)
  local names = {}
  for name in pairs(options) do names[#names + 1] = name end
  table.sort(names)
  return table.concat(names, ", ")
end

local function fail(sentence, ...)
  error(sentence:format(...), 4)
end

local function check(options)
  for name, value in pairs(options) do
    if not known[name] then fail("test.run has no option '%s'; it has %s", tostring(name), names_of(known)) end
    if type(value) ~= known[name] then
      fail("test.run: option '%s' must be a %s, not a %s", name, known[name], type(value))
    end
  end
  if not options.flow then fail "test.run needs a flow: its name, or its script's path" end
end

local function read_callees(texts)
  local scripts = {}
  for i, text in ipairs(texts) do
    if type(text) ~= "string" then fail("a callee is a text, not a %s", type(text)) end
    local script, wrong = callee.read(text)
    if not script then fail("%s", wrong) end
    scripts[i] = script
  end
  if #scripts == 0 then scripts[1] = callee.read "answers" end
  return scripts
end

-- A list from each call's line, or of all of them.
local function gathered(calls, what)
  local list = {}
  for _, call in ipairs(calls) do
    table.move(call[what], 1, #call[what], #list + 1, list)
  end
  return list
end

local function calls_of(story)
  local calls = {}
  for i, call in ipairs(story.calls) do
    local its = call.line or { said = {}, keyed = {}, dialled = {} }
    calls[i] = { number = i, to = call.to, provider = call.provider, state = call.state,
      reason = call.reason, message = call.message, said = its.said, keyed = its.keyed, dialled = its.dialled }
  end
  return calls
end

local function logged(events)
  local list = {}
  for _, event in ipairs(events) do
    if event.kind == "log" then list[#list + 1] = event.message end
  end
  return list
end

-- What a spec sees of a story.
local function result_of(story, asked)
  local report, calls = story.report or {}, calls_of(story)
  local run = { state = report.state, result = report.result, error = report.error, calls = calls,
    said = gathered(calls, "said"), keyed = gathered(calls, "keyed"), dialled = gathered(calls, "dialled"),
    logged = logged(story.events), asked = asked, seconds = story.seconds,
    timeline = tools.timeline(story.events, story.run, false) }
  if story.endless then
    run.state, run.error = "endless", { code = "endless", message = "the run never comes to an end" }
  elseif story.stuck then
    run.state, run.error = "waiting", { code = "waiting",
      message = ("nothing more will happen: %s at line %d waits for ever"):format(story.stuck.op,
        story.stuck.line) }
  end
  return run
end

-- outdial.http and outdial.host of the flow, by the spec's functions; asked is the list of what
-- was asked.
local function world(options, asked)
  return function(name, args)
    asked[#asked + 1] = { name = name, args = args }
    if name ~= "outdial.http" then return options.host[name](args) end
    if options.http then return options.http(args) end
    return nil, { code = "no_network", message = "a spec has no network: give test.run { http = function(request) … }" }
  end
end

local function play(options)
  check(options)
  local scripts, asked, number = read_callees(options.callees or {}), {}, 0
  local story, code, sentence = stage.play(ground, {
    flow = options.flow,
    params = options.params or {},
    functions = options.host,
    begins = options.begins and math.tointeger(options.begins),
    ask = world(options, asked),
    person = function()
      number = number + 1
      return callee.person(scripts[math.min(number, #scripts)])
    end,
  })
  if not story then
    local error = { code = code, message = sentence }
    played[#played + 1] = { refused = sentence, report = { state = "refused", error = error }, seconds = 0 }
    return { state = "refused", error = error, calls = {}, said = {}, keyed = {}, dialled = {}, logged = {},
      asked = asked, seconds = 0, timeline = "" }
  end
  played[#played + 1] = story
  return result_of(story, asked)
end

--- test.run(flow: string|outdial.test.options, params?: table<string, any>, ...: string): outdial.test.run
-- Runs a flow to its end in simulated time: `test.run("pin", { to = "+306900000001" }, "answers, presses
-- 1#")`, or with one table. The first callee takes the run's first call, the next one the second, the last
-- all that follow; none: somebody answers and says nothing. What a callee may do is told when it is not
-- understood, which raises, as does an option that is not there.
-- @returns what the run came to
function test.run(flow, params, ...)
  if type(flow) == "table" then return play(flow) end
  return play { flow = flow, params = params, callees = { ... } }
end

return test
