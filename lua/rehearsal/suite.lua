--- `outdial test`: runs specs with busted, and tells of each that fails what its runs did.

local test = require "outdial.test"
local tools = require "rehearsal.tools"

local missing = "busted is not installed, which runs the specs: apt-get install lua-busted"

local function found()
  local names = { "busted.core", "busted", "busted.execute", "busted.modules.test_file_loader",
    "busted.outputHandlers.base" }
  for _, name in ipairs(names) do
    local good, wrong = pcall(require, name)
    if not good then return nil, tostring(wrong) end
  end
  return true
end

-- The files that are given, and the specs in the folders; nil and a sentence where there are none.
local function specs_in(paths)
  local specs = {}
  for _, path in ipairs(paths) do
    local scripts, before = tools.scripts(path), #specs
    if not scripts then return nil, "there is no file or folder " .. path end
    for _, script in ipairs(scripts) do
      if script == path or script:match "_spec%.lua$" then specs[#specs + 1] = script end
    end
    if #specs == before then return nil, "there is no spec (NAME_spec.lua) in " .. path end
  end
  return specs
end

-- "spec.lua:12: sentence" without a second place before it.
local function sentence_of(message)
  if type(message) == "table" then message = message.message or require("pl.pretty").write(message) end
  return (tostring(message):gsub("%s+$", ""))
end

local function indented(text, by)
  return (text:gsub("[^\n]+", by .. "%0"))
end

-- Where it stands in the spec: assertions say so themselves, in the trace.
local function place_of(trace)
  if not trace or not trace.short_src then return "" end
  return ("%s:%d"):format(trace.short_src, trace.currentline or 0)
end

local Report = {}
Report.__index = Report

function Report:failure(element, message, trace, stories)
  self.failures[#self.failures + 1] = { name = self.handler.getFullName(element), message = sentence_of(message),
    place = place_of(trace), stories = stories }
end

-- A run of many calls is told by its beginning and its end.
local first, last = 12, 40

local function shortened(text)
  local lines = {}
  for each in text:gmatch "([^\n]*)\n" do lines[#lines + 1] = each end
  local left_out = #lines - first - last
  if left_out <= 1 then return text end
  return table.concat(lines, "\n", 1, first) .. ("\n            … %d lines …\n"):format(left_out)
    .. table.concat(lines, "\n", #lines - last + 1) .. "\n"
end

-- What the runs of a failed spec did; a mistake in a flow is in there with its file and line.
function Report:tell(failure)
  io.write("\n", tools.paint("red", tools.mark(false)), " ", tools.paint("bold", failure.name), "\n")
  local placed = failure.place == "" or failure.message:find(failure.place, 1, true) or failure.place:find "^rehearsal/"
  if not placed then io.write("  ", failure.place, "\n") end
  io.write(indented(failure.message, "  "), "\n")
  for _, story in ipairs(failure.stories) do
    local told = story.refused and ("refused: %s\n"):format(story.refused)
      or shortened(tools.timeline(story.events, story.run, true))
    io.write("\n", indented(told, "  "))
  end
end

local function count(number, one, many)
  return ("%d %s"):format(number, number == 1 and one or many)
end

local function reports_of(stories)
  local list = {}
  for i, story in ipairs(stories) do list[i] = story.report or { run = story.run } end
  return tools.list(list)
end

function Report:print_json()
  local failures = {}
  for i, failure in ipairs(self.failures) do
    failures[i] = { name = failure.name, place = failure.place, message = failure.message,
      runs = reports_of(failure.stories) }
  end
  tools.print_json { passed = self.passed, failed = #self.failures, pending = self.pending,
    simulated = self.simulated_seconds, failures = tools.list(failures) }
end

-- Where nothing was asserted, nothing was right.
function Report:is_good()
  return #self.failures == 0 and self.passed + self.pending > 0
end

function Report:conclude(seconds)
  for _, failure in ipairs(self.failures) do self:tell(failure) end
  local good = self:is_good()
  io.write(#self.failures > 0 and "\n" or "", tools.paint(good and "green" or "red", tools.mark(good)), " ",
    count(self.passed, "spec", "specs"), " passed, ", ("%d failed"):format(#self.failures),
    self.pending > 0 and (", %d pending"):format(self.pending) or "",
    (", %.1f s (%s of calls)\n"):format(seconds, self.simulated))
end

local function spoken(seconds)
  if seconds < 120 then return ("%.0f s"):format(seconds) end
  if seconds < 7200 then return ("%.0f min"):format(seconds / 60) end
  if seconds < 172800 then return ("%.0f h"):format(seconds / 3600) end
  return ("%.0f days"):format(seconds / 86400)
end

local function subscribe(busted, report)
  local stories = {}
  local function take()
    for _, story in ipairs(test.played()) do
      stories[#stories + 1] = story
      report.simulated_seconds = report.simulated_seconds + story.seconds
    end
  end
  local function wrong(element, _, message, trace)
    take()
    report:failure(element, message, trace, stories)
    return nil, true
  end
  busted.subscribe({ "test", "start" }, function()
    test.played()
    stories = {}
    return nil, true
  end)
  busted.subscribe({ "test", "end" }, function(_, _, status)
    take()
    if status == "success" then report.passed = report.passed + 1 end
    if status == "pending" then report.pending = report.pending + 1 end
    return nil, true
  end)
  busted.subscribe({ "failure" }, wrong)
  busted.subscribe({ "error" }, wrong)
end

local function run(specs, json)
  local busted = require "busted.core"()
  require "busted"(busted)
  local report = setmetatable({ handler = require "busted.outputHandlers.base"(), failures = {}, passed = 0,
    pending = 0, simulated_seconds = 0 }, Report)
  subscribe(busted, report)
  local began = os.clock()
  local load = require "busted.modules.test_file_loader"(busted, { "lua" })
  load(specs, {}, { excludes = {} })
  require "busted.execute"(busted)(1, { sort = true })
  report.simulated = spoken(report.simulated_seconds)
  if json then report:print_json() else report:conclude(os.clock() - began) end
  return report:is_good() and 0 or 1
end

return function(options)
  local good, why = found()
  if not good then
    io.stderr:write(why:match "module '" and "" or why .. "\n")
    return tools.complain("test", "settings", missing, options.json)
  end
  local ground, code, sentence = test.prepare(options)
  if not ground then return tools.complain("test", code, sentence, options.json) end
  local paths = #options.arguments > 0 and options.arguments or { ground.folder }
  local specs, wrong = specs_in(paths)
  if not specs then return tools.complain("test", "usage", wrong, options.json) end
  return run(specs, options.json)
end
