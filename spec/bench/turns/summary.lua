-- The rounds' figures on standard input, their medians on standard output.

local rounds = {} -- "outdial 64" → { rate = { … }, cpu_us = { … } }

for line in io.lines() do
  local round = {}
  for name, value in line:gmatch "([%w_]+)=(%S+)" do round[name] = value end
  if round.server then
    local name = round.server:gsub("_", " ") .. (round.connections and " " .. round.connections or "")
    rounds[name] = rounds[name] or {}
    for key, value in pairs(round) do
      if tonumber(value) then
        rounds[name][key] = rounds[name][key] or {}
        table.insert(rounds[name][key], tonumber(value))
      end
    end
  end
end

local function median(name, key)
  local values = rounds[name] and rounds[name][key]
  if not values then return 0 / 0 end
  table.sort(values)
  local middle = #values // 2
  return #values % 2 == 1 and values[middle + 1] or (values[middle] + values[middle + 1]) / 2
end

local function say(...)
  print(string.format(...))
end

local function row(name)
  say("%-22s %8.0f turns/s  %6.1f us CPU  p50 %7.2f ms  p99 %7.2f ms", name, median(name, "rate"),
    median(name, "cpu_us"), median(name, "p50_ms"), median(name, "p99_ms"))
end

local others = { "bare", "bare without store", "nginx" }
for _, connections in ipairs { 64, 1024 } do
  local ours = "outdial " .. connections
  say("%d connections", connections)
  row(ours)
  for _, other in ipairs(others) do row(other .. " " .. connections) end
  for _, other in ipairs(others) do
    local theirs = other .. " " .. connections
    say("  %.2f of %s by turns/s, %.2f by processor time", median(ours, "rate") / median(theirs, "rate"), other,
      median(theirs, "cpu_us") / median(ours, "cpu_us"))
  end
  say ""
end

say "group commit, at 64 connections and at one"
for _, place in ipairs { "disk", "memory" } do
  row(place .. " 64")
  row(place .. " 1")
end
local stores = rounds["disk-store"] or { rows = { 0 }, commits = { 0 } }
local turns, seconds, rows, commits = 0, 0, 0, 0
for _, connections in ipairs { " 1", " 64" } do
  for i, count in ipairs(rounds["disk" .. connections].requests) do
    turns = turns + count
    seconds = seconds + rounds["disk" .. connections].seconds[i]
  end
end
for i, count in ipairs(stores.rows) do
  rows = rows + count
  commits = commits + stores.commits[i]
end
say("  %.2f rows and %.3f commits (each one fsync) a turn; %.0f rows/s, %.0f commits/s", rows / turns,
  commits / turns, rows / seconds, commits / seconds)
say("  the disk adds %.2f ms to an answer at 64 connections, %.2f ms at one",
  median("disk 64", "p50_ms") - median("memory 64", "p50_ms"),
  median("disk 1", "p50_ms") - median("memory 1", "p50_ms"))
