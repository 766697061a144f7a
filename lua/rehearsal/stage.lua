--- Plays one run of a flow: the real engine, with stand-ins for the providers, telephone lines
-- instead of theirs, and a clock that only moves when nothing else is to be done.

local engines = require "rehearsal.engine"
local line = require "rehearsal.line"
local standin = require "rehearsal.standin"
local tools = require "rehearsal.tools"

local stage = {}

local begins = 1767603600000 -- Monday, 2026-01-05, 9:00 UTC

-- Found first, so that nothing of the real world is touched.
local own = { "engine.store=memory:", "engine.hooks=host", "engine.public_url=https://rehearsal.invalid",
  "engine.control=none" }

local function read_file(path)
  local file, wrong = io.open(path, "rb")
  if not file then return nil, wrong end
  local text = file:read "a"
  file:close()
  return text
end

-- The stand-ins for every provider in the folder.
local function standins(folder)
  local scripts, texts = {}, {}
  for _, path in ipairs(tools.scripts(folder .. "/providers") or {}) do
    local name = path:match "/([%w_-]+%.lua)$"
    local text = name and not name:match "_spec%.lua$" and read_file(path)
    if text then
      scripts[#scripts + 1] = { path = "providers/" .. name, text = standin.of(text) }
      texts[name:gsub("%.lua$", "")] = text
    end
  end
  return scripts, texts
end

--- What all runs share, from the command's options; nil, a code and a sentence if that is wrong.
function stage.open(options)
  local settings = table.move(own, 1, #own, 1, {})
  table.move(options.settings, 1, #options.settings, #settings + 1, settings)
  local folder, code, sentence = engines.setting(settings, options.config_file, "scripts")
  if not folder then return nil, code, sentence end
  local scripts, providers = standins(folder)
  return { settings = settings, config_file = options.config_file, folder = folder, scripts = scripts,
    providers = providers }
end

local Play = {}
Play.__index = Play

-- What a line has to do with the engine: news go out, and the line waits for the reply.
local function wire_of(play)
  local wire = {}
  function wire.now() return play.now end
  function wire.sleep(moment)
    moment = math.floor(moment + 0.5)
    if moment > play.now then coroutine.yield(moment) end
  end
  function wire.tell(event, query)
    local provider = play.story.calls[play.numbers[event.call]].provider
    local id = play.engine:webhook(("/hooks/%s/rehearsal%s"):format(provider, query or ""), event)
    while play.replies[id] == nil do coroutine.yield(id, true) end
    local body = play.replies[id]
    return type(body) == "table" and body or {}
  end
  return wire
end

-- A line resumes when its time has come, or the reply that it waits for is there.
local function resume(each)
  local good, wake, reply = coroutine.resume(each.work, each.plan)
  if not good then error(wake, 0) end
  each.over = coroutine.status(each.work) == "dead"
  each.wake, each.reply = not reply and wake or nil, reply and wake or nil
end

local function is_ready(play, each)
  if each.over then return false end
  if each.reply then return play.replies[each.reply] ~= nil end
  return (each.wake or play.now) <= play.now
end

-- Whether any line did something at this moment.
local function move_lines(play)
  local moved = false
  for _, each in ipairs(play.lines) do
    if is_ready(play, each) then
      resume(each)
      moved = true
    end
  end
  return moved
end

local take = {}

function take.op(play, event)
  local args = event.args
  if event.op == "call" then
    play.story.calls[#play.story.calls + 1] = { provider = args.provider, to = args.to, keys = args.keys,
      plan = {} }
  elseif event.op == "place" then
    play.story.calls[args.call].plan = args.verbs or {}
  end
end

function take.call(play, event)
  local call = play.story.calls[event.number]
  call.id, call.state, call.reason, call.message = event.call, event.state, event.reason, event.message
  play.numbers[event.call] = event.number
  if event.state ~= "queued" or call.line then return end
  call.began = play.now
  call.line = line.new(call, play.plan.person(call), wire_of(play))
  local work = coroutine.create(function(plan) call.line:run(plan) end)
  play.lines[#play.lines + 1] = { work = work, plan = call.plan }
end

function take.finished(play, event)
  play.story.report = event.report
end

function take.endless(play)
  play.story.endless = true
end

function take.reply(play, event)
  play.replies[event.id] = event.body or false
end

-- What the flow asks of the world is for whoever ordered the play.
function take.ask(play, event)
  local value, wrong = play.plan.ask(event.name, event.args)
  if value == nil and wrong then
    play.engine:refuse(event.id, wrong.code or "failed", wrong.message or "refused")
  else
    play.engine:answer(event.id, value)
  end
end

local function take_all(play, told)
  local story = play.story
  for _, event in ipairs(told) do
    if event.kind == "line" then
      story.lines[#story.lines + 1] = event
    else
      story.events[#story.events + 1] = event
    end
    if take[event.kind] then take[event.kind](play, event) end
  end
end

-- What moves time: the engine's next wait, or a line's.
local function next_moment(play)
  local moment = play.due
  for _, each in ipairs(play.lines) do
    if not each.over and each.wake and (not moment or each.wake < moment) then moment = each.wake end
  end
  return moment
end

local function waits_for_ever(play)
  local story = play.story
  for i = #story.events, 1, -1 do
    local event = story.events[i]
    if event.kind == "op" then
      story.stuck = { op = event.op, line = event.line }
      break
    end
  end
  play.engine:cancel(story.run)
  take_all(play, play.engine:advance(play.now))
end

local function go_on(play)
  local turns, most = 0, play.plan.turns or 200000
  while not play.story.report do
    local told
    told, play.due = play.engine:advance(play.now)
    take_all(play, told)
    turns = turns + 1
    if turns == most and not play.story.report then
      play.story.endless = true
      play.engine:cancel(play.story.run)
    elseif not play.story.report and #told == 0 and not move_lines(play) then
      local moment = next_moment(play)
      if not moment then return waits_for_ever(play) end
      play.now = math.max(moment, play.now)
    end
  end
end

--- Plays plan = {flow, params, person = function(call), ask = function(name, args), functions, begins,
-- lines, turns, begun = function(story)} and gives its story: {run, report, calls, events, lines,
-- seconds, stuck, endless}; or nil, a code and a sentence where it does not start.
function stage.play(ground, plan)
  local engine, code, sentence = engines.new { settings = ground.settings, config_file = ground.config_file,
    scripts = ground.scripts, now = plan.begins or begins, lines = plan.lines }
  if not engine then return nil, code, sentence end
  engine:offer "outdial.http"
  for name in pairs(plan.functions or {}) do engine:offer(name) end
  local play = setmetatable({ engine = engine, plan = plan, now = plan.begins or begins, lines = {},
    replies = {}, numbers = {}, story = { calls = {}, events = {}, lines = {} } }, Play)
  local run
  run, code, sentence = engine:start(plan.flow, plan.params)
  if not run then
    engine:close()
    return nil, code, sentence
  end
  play.story.run = run
  if plan.begun then plan.begun(play.story) end
  local good, wrong = pcall(go_on, play)
  engine:close()
  if not good then error(wrong, 0) end
  play.story.seconds = (play.now - (plan.begins or begins)) / 1000
  return play.story
end

stage.read_file = read_file

return stage
