--- Walks every path that those called can take through a flow: each path is a run of its own, in which
-- the first choices are those of an earlier path and the next one is new.

local choices = require "rehearsal.choices"
local stage = require "rehearsal.stage"

local explorer = {}

local repeats_most = 5 -- how often one path may meet the same question
local turns_most = 4000 -- of the engine, on one path
local shown = 44 -- characters of a result

local function add(list, seen, word)
  if not seen[word] then
    seen[word] = true
    list[#list + 1] = word
  end
end

-- --- one path ---

local cut = {} -- raised where a path is not followed any further

local function end_here(path, why)
  path.cut = why
  error(cut, 0)
end

-- The node for what the flow has come to, and the way to it.
local function arrive(self, path, node)
  local key = ("%s|%s|%s"):format(node.kind, node.line or "", node.text)
  local known = self.nodes[key]
  if not known then
    known = node
    known.number = #self.list + 1
    self.nodes[key], self.list[known.number] = known, known
  end
  if path.at then
    local way = path.at.number .. ">" .. known.number
    local edge = self.edges[way]
    if not edge then
      edge = { from = path.at, to = known, labels = {}, seen = {} }
      self.edges[way] = edge
      self.edge_list[#self.edge_list + 1] = edge
    end
    if path.label then add(edge.labels, edge.seen, path.label) end
  end
  path.at, path.label = known, nil
  return known
end

local function choose(self, path, node, options)
  local here = arrive(self, path, node)
  path.met[here] = (path.met[here] or 0) + 1
  if path.met[here] > repeats_most then end_here(path, "repeated") end
  local depth = #path.points + 1
  if depth > self.limits.depth then end_here(path, "depth") end
  -- Behind the choices that are given, what was chosen here last is chosen again: what can go on
  -- without limit does.
  local pick = math.min(path.picks[depth] or path.last[here] or 1, #options)
  local chosen = options[pick]
  path.last[here] = pick
  path.points[depth] = { pick = pick, options = options, node = here }
  self.tried[here.number .. ":" .. chosen.label] = true
  path.words[depth] = chosen.label
  path.label = chosen.label
  return chosen
end

-- What was said to anybody since the last node.
local function said_since(path)
  local parts = {}
  for _, call in ipairs(path.story.calls) do
    local said = call.line and call.line.said or {}
    for i = (path.said[call] or 0) + 1, #said do parts[#parts + 1] = ('"%s"'):format(said[i]) end
    path.said[call] = #said
  end
  return table.concat(parts, "\n")
end

local function latest_op(path, op)
  local events = path.story.events
  for i = #events, 1, -1 do
    if events[i].kind == "op" and events[i].op == op then return events[i] end
  end
end

local function line_of_op(path, op)
  local event = latest_op(path, op)
  return event and event.line > 0 and event.line or nil
end

-- The last line that ran and has this in it.
local function line_with(self, path, part)
  local lines = path.story.lines
  for i = #lines, 1, -1 do
    local text = lines[i].path == self.file and self.source[lines[i].line]
    if text and text:find(part, 1, true) then return lines[i].line end
  end
end

local function joined(first, second)
  return first ~= "" and first .. "\n" .. second or second
end

local function listed(to)
  return type(to) == "table" and table.concat(to, ", ") or tostring(to)
end

-- Somebody whose every decision is a choice of the explorer's.
local function person_of(self, path, call)
  local person = {}
  local leaving
  function person.take()
    return choose(self, path, { kind = "call", line = line_of_op(path, "call"),
      text = ("call %s\nthrough %s"):format(listed(call.to), call.provider) }, self.choices:outcomes(call))
  end
  function person.answered() end
  function person.leaves() return leaving end
  function person.press(_, now, _, verb, keys)
    if keys ~= "" then return nil end
    local asked = ("collect%s%s"):format(verb.max_digits and " up to " .. verb.max_digits or "",
      verb.submit_on_hash and " until #" or "")
    local chosen = choose(self, path, { kind = "collect", line = line_of_op(path, "collect"),
      text = joined(said_since(path), asked) }, self.choices:answers(verb))
    if not chosen.leaves then return chosen.keys, now end
    leaving = now
  end
  function person.connect(_, verb)
    local chosen = choose(self, path, { kind = "dial", line = line_with(self, path, ":dial"),
      text = joined(said_since(path), "dial " .. verb.to) }, choices.legs)
    return chosen, 30
  end
  return person
end

local function ask_of(self, path)
  return function(name, args)
    local http = name == "outdial.http"
    local chosen = choose(self, path, { kind = "ask", line = line_of_op(path, http and "http" or "host"),
      text = http and ("%s %s"):format(args.method or "GET", args.url) or name },
      http and choices.replies or choices.host_replies)
    return chosen.value, chosen.wrong
  end
end

-- The result in a few words: "accepted = true".
local function words_of(value)
  if type(value) ~= "table" then return value ~= nil and tostring(value) or "" end
  local names, parts = {}, {}
  for name in pairs(value) do names[#names + 1] = tostring(name) end
  table.sort(names)
  for i, name in ipairs(names) do
    local part = value[name] == nil and value[tonumber(name)] or value[name]
    parts[i] = ("%s = %s"):format(name, type(part) == "table" and "{…}" or tostring(part))
  end
  local text = table.concat(parts, ", ")
  return #text > shown and text:sub(1, utf8.offset(text, 1, shown) or shown) .. "…" or text
end

local faults = { script = true, syntax = true, runaway = true, memory = true, unsupported = true,
  settings = true, usage = true, parked = true }

local function problem(self, kind, line, message, path)
  local key = ("%s|%s|%s"):format(kind, line or "", message)
  if self.problems[key] then return end
  self.problems[key] = true
  self.problem_list[#self.problem_list + 1] = { kind = kind, line = line, message = message,
    path = table.concat(path.words, ", ") }
end

local function end_of(self, path, story)
  local report = story.report or {}
  local error_of = report.error or {}
  if story.stuck then
    problem(self, "never ends", story.stuck.line, story.stuck.op .. " waits for ever: nothing more can happen", path)
    return "waits for ever", false
  elseif story.endless then
    problem(self, "never ends", line_with(self, path, ""),
      "the run goes on and on without a decision of anybody's", path)
    return "never ends", false
  elseif error_of.code and faults[error_of.code] then
    local line = tonumber(tostring(error_of.message):match ":(%d+):")
    problem(self, "error", line, error_of.message, path)
    return "error: " .. error_of.code, false
  end
  local state = report.state or "?"
  local code = error_of.code or ""
  local words = state == "completed" and words_of(report.result) or code ~= "failed" and code or error_of.message
  return words ~= "" and state .. "\n" .. words or state, state == "completed"
end

local function conclude(self, path, story)
  local text, good = end_of(self, path, story)
  local node = arrive(self, path, { kind = "end", good = good, text = joined(said_since(path), text) })
  local key = text:gsub("\n", ", ")
  local ending = self.endings[key]
  if not ending then
    ending = { text = key, good = good, count = 0, path = table.concat(path.words, ", "), length = #path.words }
    self.endings[key] = ending
    self.ending_list[#self.ending_list + 1] = ending
  end
  ending.count = ending.count + 1
  if #path.words < ending.length then
    ending.path, ending.length = table.concat(path.words, ", "), #path.words
  end
  return node
end

local function cut_off(self, path)
  local at = path.at
  if path.cut == "repeated" then
    local kind = at.kind == "collect" and "this is asked" or at.kind == "call" and "this call is made" or "this comes"
    problem(self, "repeated", at.line, ("%s again and again, more than %d times on one path: %s"):format(kind,
      repeats_most, at.text:gsub("\n", " ")), path)
  else
    self.cut_short = self.cut_short + 1
  end
end

local function cover(self, story)
  for _, each in ipairs(story.lines) do
    if each.path == self.file then self.reached[each.line] = true end
  end
end

local function walk(self, picks)
  local path = { picks = picks, points = {}, words = {}, met = {}, last = {}, said = {} }
  local plan = { flow = self.flow, params = self.params, lines = true, turns = turns_most, functions = self.functions,
    ask = ask_of(self, path) }
  function plan.begun(story) path.story = story end
  function plan.person(call) return person_of(self, path, call) end
  local good, story, code, sentence = pcall(stage.play, self.ground, plan)
  if not good and story ~= cut then error(story, 0) end
  if good and not story then return nil, code, sentence end
  cover(self, path.story)
  if good then conclude(self, path, story) else cut_off(self, path) end
  self.deepest = math.max(self.deepest, #path.points)
  return path
end

-- Two queues of beginnings of paths: those that end in a choice that no path has made yet are walked
-- before all others, so that a limit leaves out what is seen elsewhere.
local function enqueue(self, path)
  local picks = {}
  for depth, at in ipairs(path.points) do
    for pick, option in ipairs(depth > #path.picks and at.options or {}) do
      if pick ~= at.pick then
        local way = at.node.number .. ":" .. option.label
        local queue = self.tried[way] and self.others or self.fresh
        self.tried[way] = true
        local beginning = table.move(picks, 1, depth - 1, 1, {})
        beginning[depth] = pick
        queue[#queue + 1] = beginning
      end
    end
    picks[depth] = at.pick
  end
end

local function dequeue(self)
  for _, queue in ipairs { self.fresh, self.others } do
    local first = queue.first or 1
    if queue[first] then
      queue.first = first + 1
      local picks = queue[first]
      queue[first] = false
      return picks
    end
  end
end

local function functions_in(text)
  local functions = {}
  for name in text:gmatch "outdial%.host%s*%(%s*[\"']([^\"']+)[\"']" do functions[name] = true end
  return functions
end

local function split(text)
  local list = {}
  for each in (text .. "\n"):gmatch "([^\n]*)\n" do list[#list + 1] = each end
  return list
end

--- Explores {ground, flow, path, text, params, waits_for = params with defaults, limits = {depth, paths},
-- progress = function(count)}.
-- Returns what was found: list (nodes), edge_list, ending_list, problem_list, reached, source, paths,
-- deepest, cut_short, and left: paths remain that the limit left out. nil, a code and a sentence
-- when a run does not even begin.
function explorer.explore(plan)
  local self = { ground = plan.ground, flow = plan.flow, params = plan.params, limits = plan.limits,
    file = plan.path:match "[^/]*$", source = split(plan.text), functions = functions_in(plan.text),
    choices = choices.of(plan.text, plan.waits_for, plan.ground.providers),
    fresh = {}, others = {}, tried = {}, nodes = {}, list = {}, edges = {}, edge_list = {},
    endings = {}, ending_list = {}, problems = {}, problem_list = {}, reached = {},
    paths = 0, deepest = 0, cut_short = 0 }
  local picks = {}
  while picks and self.paths < plan.limits.paths do
    local path, code, sentence = walk(self, picks)
    if not path then return nil, code, sentence end
    self.paths = self.paths + 1
    enqueue(self, path)
    picks = dequeue(self)
    if plan.progress then plan.progress(self.paths) end
  end
  self.left = picks ~= nil
  return self
end

return explorer
