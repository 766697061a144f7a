--- `outdial explore`: walks every path through a flow and tells what is wrong on them.

local engines = require "rehearsal.engine"
local explorer = require "rehearsal.explorer"
local lines = require "rehearsal.lines"
local picture = require "rehearsal.picture"
local stage = require "rehearsal.stage"
local tools = require "rehearsal.tools"

local depth_default, paths_default = 12, 1000

-- What a required parameter is when nobody gives it.
local samples = { phone = "+12025550143", digits = "1234", string = "text", integer = 1, number = 1,
  boolean = true, time = "2026-01-05T10:00:00Z", list = { "one" }, table = { key = "value" } }

local function limit(text, name, default, most)
  if not text then return default end
  local number = math.tointeger(tonumber(text))
  if number and number >= 1 and number <= most then return number end
  return nil, ("%s is a whole number from 1 to %d, not \"%s\""):format(name, most, text)
end

-- Adds what is required and was not given; returns that in words.
local function fill(params, rules)
  local names, words = {}, {}
  for name, rule in pairs(rules) do
    if rule.required and params[name] == nil then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    params[name] = samples[rules[name].type]
    words[#words + 1] = ("%s=%s"):format(name, type(params[name]) == "table" and "…" or tostring(params[name]))
  end
  return table.concat(words, " ")
end

-- Declared defaults count as what the flow may wait for, too.
local function defaults(params, rules)
  local all = {}
  for name, rule in pairs(rules) do all[name] = rule.default end
  for name, value in pairs(params) do all[name] = value end
  return all
end

local function unreached(found, text)
  local set, source = lines.of(text) or {}, found.source
  for line in pairs(set) do
    if found.reached[line] or (source[line] or ""):match "^%s*[%]%)}end,;]*%s*$" then set[line] = nil end
  end
  return set
end

local function plural(count, one, many)
  return ("%d %s"):format(count, count == 1 and one or many)
end

local function wrap(text, indent)
  local list, line = {}, ""
  for word in text:gmatch "%S+" do
    if line ~= "" and utf8.len(line .. word) and utf8.len(line .. " " .. word) > 96 - #indent then
      list[#list + 1], line = line, word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  list[#list + 1] = line
  return indent .. table.concat(list, "\n" .. indent)
end

local function tell_endings(found)
  io.write("\n  It can end like this:\n")
  for _, ending in ipairs(found.ending_list) do
    io.write(("    %s %s  %s\n"):format(tools.paint(ending.good and "green" or "red", tools.mark(ending.good)),
      ending.text, tools.paint("dim", plural(ending.count, "path", "paths"))))
    io.write(tools.paint("dim", wrap(ending.path, "        ")), "\n")
  end
end

local function tell_problems(found, path, missed)
  for _, each in ipairs(found.problem_list) do
    io.write(("\n  %s %s\n"):format(tools.paint("red", tools.mark(false)), tools.paint("bold",
      each.line and ("%s:%d: %s"):format(path, each.line, each.kind) or ("%s: %s"):format(path, each.kind))))
    io.write(wrap(each.message, "    "), "\n", tools.paint("dim", wrap(each.path ~= "" and "when they: " .. each.path
      or "whatever they do", "    ")), "\n")
  end
  local words, count = lines.words(missed)
  if count == 0 then return end
  io.write(("\n  %s %s\n    with these parameters no path reaches %s\n"):format(tools.paint("red", tools.mark(false)),
    tools.paint("bold", path .. ": never reached"), (count == 1 and "line " or "lines ") .. words))
  for line, text in ipairs(found.source) do
    if missed[line] then io.write(tools.paint("dim", ("    %4d  %s\n"):format(line, text))) end
  end
end

local function tell(found, plan, missed)
  io.write(tools.paint("bold", plan.name), "  ", tools.paint("dim", plan.path), "\n\n")
  if plan.filled ~= "" then io.write("  as nothing else was given: ", plan.filled, "\n") end
  io.write(("  %s, up to %s each; limits are %d paths and %d decisions\n"):format(plural(found.paths, "path", "paths"),
    plural(found.deepest, "decision", "decisions"), plan.limits.paths, plan.limits.depth))
  if found.left then io.write("  there are more paths than that: --paths N lets more be walked\n") end
  if found.cut_short > 0 then
    io.write(("  %s on after %d decisions: --depth N follows them\n"):format(plural(found.cut_short, "path goes",
      "paths go"), plan.limits.depth))
  end
  tell_endings(found)
  tell_problems(found, plan.path, missed)
  local good = #found.problem_list == 0 and next(missed) == nil
  io.write("\n", tools.paint(good and "green" or "red", tools.mark(good)), " ",
    good and "nothing to complain about"
      or plural(#found.problem_list + (next(missed) and 1 or 0), "problem", "problems"), "\n")
end

local function tell_json(found, plan, missed)
  local list = {}
  for line in pairs(missed) do list[#list + 1] = line end
  table.sort(list)
  local nodes, edges, endings = {}, {}, {}
  for i, node in ipairs(found.list) do
    nodes[i] = { number = i, kind = node.kind, line = node.line, text = node.text }
  end
  for i, edge in ipairs(found.edge_list) do
    edges[i] = { from = edge.from.number, to = edge.to.number, choices = edge.labels }
  end
  for i, ending in ipairs(found.ending_list) do
    endings[i] = { text = ending.text, paths = ending.count, path = ending.path }
  end
  tools.print_json({ flow = plan.name, path = plan.path, paths = found.paths, decisions = found.deepest,
    limits = plan.limits, more = found.left, cut_short = found.cut_short, endings = endings,
    problems = tools.list(found.problem_list), unreached = tools.list(list), nodes = nodes, edges = tools.list(edges) })
end

local function write(path, text)
  local file, wrong = io.open(path, "w")
  if not file then return nil, wrong end
  local _, failed = file:write(text)
  local closed, why = file:close()
  if closed and not failed then return true end
  return nil, ("%s could not be written: %s"):format(path, failed or why)
end

local function draw(found, plan, options)
  local title = ("%s  (%s)"):format(plan.name, plan.path)
  for i, make in ipairs { picture.svg, picture.dot } do
    local path = options.own[i]
    local good, wrong = true, nil
    if path then good, wrong = write(path, make(found, title)) end
    if not good then return nil, wrong end
  end
  return true
end

local function read(options)
  local plan = { limits = {} }
  local ground, code, sentence = stage.open(options)
  if not ground then return nil, code, sentence end
  plan.ground, plan.flow = ground, table.remove(options.arguments, 1)
  if not plan.flow then return nil, "usage", "name the flow to explore: a script's path or a flow's name" end
  local wrong
  plan.limits.depth, wrong = limit(options.own[3], "--depth", depth_default, 100)
  if wrong then return nil, "usage", wrong end
  plan.limits.paths, wrong = limit(options.own[4], "--paths", paths_default, 1000000)
  if wrong then return nil, "usage", wrong end
  plan.params, wrong = tools.parameters(options.arguments)
  if not plan.params then return nil, "usage", wrong end
  local flow
  flow, code, sentence = engines.flow(ground.settings, ground.config_file, plan.flow)
  if not flow then return nil, code, sentence end
  plan.name, plan.path, plan.rules = flow.name, flow.path, flow.params or {}
  plan.text, wrong = stage.read_file(plan.path)
  if not plan.text then return nil, "script", wrong end
  return plan
end

return function(options)
  local plan, code, sentence = read(options)
  if not plan then return tools.complain("explore", code, sentence, options.json) end
  plan.filled = fill(plan.params, plan.rules)
  plan.waits_for = defaults(plan.params, plan.rules)
  plan.progress = tools.progress
  local found
  found, code, sentence = explorer.explore(plan)
  tools.progress(nil)
  if not found then return tools.complain("explore", code, sentence, options.json) end
  local missed = unreached(found, plan.text)
  local drawn, wrong = draw(found, plan, options)
  if not drawn then return tools.complain("explore", "unwritable", wrong, options.json) end
  if options.json then tell_json(found, plan, missed) else tell(found, plan, missed) end
  return #found.problem_list == 0 and next(missed) == nil and 0 or 1
end
