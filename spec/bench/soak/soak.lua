-- Kills the engine again and again while it works off a list of calls through all four providers, and looks at
-- the end whether every run ended as it should, nobody was called twice and no digit was lost.
--
--   lua5.4 spec/bench/soak/soak.lua [--runs 2000] [--kills 500] [--seed N] [--life 0.6]
--
-- --life is the longest that an engine may live, in seconds. From the root of the repository; OUTDIAL_BIN is the
-- command, build/outdial if it is not set. The seed decides when each engine dies, as far as that is the soak's.
-- Status 0 when all is well, else 1 and what is not.

package.path = "./?.lua;" .. package.path

local control = require "spec.support.control"
local json = require "spec.support.json"
local process = require "spec.support.process"
local socket = require "socket"
local survivor = require "spec.support.survivor"

local settings = { runs = 2000, kills = 500, seed = os.time(), life = 0.6 }
for i = 1, #arg, 2 do
  local name, value = arg[i]:match "^%-%-(%a+)$", tonumber(arg[i + 1])
  if not settings[name or ""] or not value then
    io.stderr:write("soak takes --runs, --kills, --seed and --life, each with a number\n")
    os.exit(2)
  end
  settings[name] = value
end
math.randomseed(settings.seed)

-- --- the list ---

local support = "+306900000009"

-- Each kind of contact: the flow, and its parameters for the number-th of the list.
local kinds = {
  {
    provider = "routee", flow = "pin", result = { accepted = true },
    params = function(number) return { to = ("+30690%07d"):format(number), pin = "4711", support = support } end,
  },
  {
    provider = "sendservice", flow = "deliver", result = { delivered = true },
    params = function(number)
      return { to = ("+35988%07d"):format(number), provider = "sendservice", message = "100" }
    end,
  },
  {
    provider = "phonon", flow = "deliver", result = { delivered = true },
    params = function(number) return { to = ("+9180%08d"):format(number), provider = "phonon" } end,
  },
  {
    provider = "veratad", flow = "deliver", result = { delivered = true },
    params = function(number) return { to = ("+1201555%04d"):format(number), message = "reminder" } end,
  },
  {
    provider = "sendservice", flow = "patient", result = { slept = 3, state = "completed" },
    params = function(number) return { to = ("+35987%07d"):format(number) } end,
  },
}

local patient = [[
  outdial.sleep(0.2)
  local call = outdial.call { provider = "sendservice", to = p.to, message = "100" }
  outdial.sleep(0.1)
  local state = call:wait {}
  outdial.sleep(outdial.random(1, 4) / 10)
  return { slept = 3, state = state }]]

local function contact(number)
  local kind = kinds[(number - 1) % #kinds + 1]
  return { kind = kind, key = "contact " .. number, params = kind.params(1000 + number) }
end

-- --- what it needs ---

local own = survivor.new()
local doubles = {}

local function prepare()
  for _, name in ipairs { "routee", "sendservice", "phonon", "veratad" } do doubles[name] = own.desk:double(name) end
  own:reset()
  for _, double in pairs(doubles) do double:behave { pace = 0.02 } end
  doubles.routee:behave { callee = { keys = json.array { "9999#", "4711#" } }, per_second = 0, answer_within = 30,
    webhook_tries = 1000 }
  doubles.phonon:behave { webhook_tries = 1000,
    webhook = ("http://127.0.0.1:%d/hooks/phonon/console"):format(own.port) }
  doubles.veratad:behave { tells_again = true }
  own:set "phonon.hook_token=console"
  own:set("sendservice.url=" .. doubles.sendservice.address .. "/MultiChannelAPI/Api")
  own:flow("patient", patient, 'params = { to = { type = "phone", required = true, help = "whom" } }')
end

local wrong = {}

local function fault(...)
  wrong[#wrong + 1] = select("#", ...) == 1 and (...) or (...):format(select(2, ...))
end

-- --- one life ---

local begun, lives, worst = 0, 0, {}

local function start_engine()
  lives = lives + 1
  return process.start(own:argv "serve")
end

-- What an engine says of trouble that is none of ours.
local function read_log(text)
  for line in text:gmatch "[^\n]+" do
    if line:find "refused a row" or line:find "mismatch" or line:find "cannot go on" then worst[#worst + 1] = line end
  end
end

-- An answer that this engine gave, or nil when it died meanwhile, or is not there yet.
local function ask(method, path, body, headers)
  local there, answer = pcall(function()
    return control.at(own.desk.store .. ".control"):ask(method, path, body, headers)
  end)
  return there and answer or nil
end

-- Starts the next of the list; a start that nobody confirmed is asked for again, under its key.
local function start_next()
  local next_one = contact(begun + 1)
  local answer = ask("POST", "/runs", { flow = next_one.kind.flow, params = next_one.params },
    { ["Idempotency-Key"] = next_one.key })
  if answer and answer.status >= 400 then fault("%s was refused: %s", next_one.key, answer.body) end
  if answer then begun = begun + 1 end
end

local function live(engine, seconds, upto)
  local ends = socket.gettime() + seconds
  while socket.gettime() < ends do
    if begun < upto then start_next() else socket.sleep(0.005) end
  end
  engine:signal "KILL"
  read_log(engine:wait().err)
end

local function show(text)
  io.stdout:write(text)
  io.stdout:flush()
end

-- The list is begun as the kills go on, so that there is always something under way.
local function kill_all()
  for kill = 1, settings.kills do
    local upto = math.min(settings.runs, math.ceil(settings.runs * kill / settings.kills))
    live(start_engine(), math.random() * settings.life, upto)
    if kill % 50 == 0 then show(("%d killed, %d runs begun\n"):format(kill, begun)) end
  end
end

-- --- the last life ---

local function count(where)
  return own:query("SELECT count(*) AS n FROM run WHERE " .. where)[1].n
end

-- Nobody but a person can know; here the person looks into the provider's books.
local function resolve()
  local placed, resolved = {}, 0
  for _, call in ipairs(doubles.veratad:record().calls) do placed[call.key] = true end
  for _, row in ipairs(own:query [[SELECT call.id, run FROM call JOIN run ON run.id = run
      WHERE run.state = 'unknown']]) do
    local answer = ask("POST", "/runs/" .. row.run .. "/resolve", { placed = placed[row.id] or false })
    if not answer or answer.status ~= 200 then fault("%s cannot be resolved", row.run) end
    resolved = resolved + 1
  end
  return resolved
end

local function finish()
  local engine, ends = start_engine(), socket.gettime() + 55
  while begun < settings.runs and socket.gettime() < ends do start_next() end
  while count "state = 'running'" > 0 and socket.gettime() < ends do socket.sleep(0.1) end
  local unknown = resolve()
  while count "finished IS NULL" > 0 and socket.gettime() < ends do socket.sleep(0.1) end
  engine:signal "TERM"
  local ended = engine:wait()
  read_log(ended.err)
  if ended.status ~= 0 then
    fault("the last engine ended with %s: %s", tostring(ended.status or ended.signal), ended.err:sub(-400))
  end
  return unknown
end

-- --- how it went ---

local function rows_by_key()
  local rows = {}
  for _, row in ipairs(own:query [[SELECT key, run.*, call.id AS call, call.state AS ended, call.reason
      FROM request JOIN run ON run.id = request.run LEFT JOIN call ON call.run = run.id]]) do
    if rows[row.key] then fault("%s has two calls", row.key) end
    rows[row.key] = row
  end
  return rows
end

-- A number however it is written.
local function tail(number)
  return number:gsub("%D", ""):sub(-9)
end

-- What a provider has of each number.
local function calls_by_number(double)
  local calls = {}
  for _, call in ipairs(double:record().calls) do
    local number = tail(call.number)
    calls[number] = calls[number] or {}
    table.insert(calls[number], call)
  end
  return calls
end

-- Whether the run is what a person made of an unknown one.
local function was_resolved(row, call)
  if row.reason == "not_placed" then return not call end
  return row.reason == "expired" and call ~= nil
end

local function judge(one, row, calls)
  local call = calls and calls[1]
  if not row then return fault("%s was lost", one.key) end
  if calls and #calls > 1 then fault("%s was called %d times", one.key, #calls) end
  if one.kind.provider == "veratad" and row.state == "failed" and was_resolved(row, call) then return end
  if row.state ~= "completed" then return fault("%s is %s: %s", one.key, row.state, tostring(row.error)) end
  if json.encode(json.decode(row.result)) ~= json.encode(one.kind.result) then
    fault("%s ended with %s", one.key, row.result)
  end
  if not call then return fault("%s was never called", one.key) end
  if one.kind.provider ~= "routee" then return end
  if call.dead ~= json.null then fault("%s went dead: %s", one.key, json.encode(call.dead)) end
  if #call.plans ~= 3 then fault("%s was given %d plans", one.key, #call.plans) end
end

local function judge_all()
  local rows, calls = rows_by_key(), {}
  for name, double in pairs(doubles) do calls[name] = calls_by_number(double) end
  for number = 1, settings.runs do
    local one = contact(number)
    judge(one, rows[one.key], calls[one.kind.provider][tail(one.params.to)])
  end
  local all = count "1"
  if all ~= settings.runs then fault("there are %d runs for a list of %d", all, settings.runs) end
  for _, line in ipairs(worst) do fault("an engine said: %s", line) end
end

local began = socket.gettime()
prepare()
show(("seed %d: %d runs, %d kills\n"):format(settings.seed, settings.runs, settings.kills))
kill_all()
local unknown = finish()
judge_all()
local requests, calls = 0, 0
for _, double in pairs(doubles) do
  local record = double:record()
  requests, calls = requests + #record.requests, calls + #record.calls
end
show(("%d runs, %d lives, %d requests, %d calls, %d left to a person, %.0f s\n"):format(begun, lives, requests, calls,
  unknown, socket.gettime() - began))
for i = 1, math.min(#wrong, 20) do show("wrong: " .. wrong[i] .. "\n") end
show(("%d wrong\n"):format(#wrong))
if #wrong == 0 then own:close() else show("the store is " .. own.desk.store .. "\n") end
os.exit(#wrong == 0 and 0 or 1)
