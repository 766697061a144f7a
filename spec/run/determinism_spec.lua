local json = require "spec.support.json"
local survivor = require "spec.support.survivor"

-- A run that begins again with the same id in another process asks for the same ops in the same order: whatever
-- differs from process to process (hash seeds, addresses, the clock, the locale) is not to be had in a flow.
describe("a flow", function()
  local self = survivor.new()

  teardown(function() self:close() end)
  before_each(function() self:reset() end)

  local function stream()
    return self:query "SELECT seq, op, args, digest, file, line FROM op ORDER BY seq"
  end

  -- The run as if nothing of it had happened yet, taken up by a process with that environment.
  local function again(env)
    self:write [[DELETE FROM op;
      UPDATE run SET state = 'running', finished = NULL, result = NULL, error = NULL, wake = 0]]
    local engine = self:serve(env)
    engine:await("run %w+ %(%w+%) completed")
    engine:stop()
    return stream()
  end

  local environments = {
    { TZ = "Asia/Kolkata", LC_ALL = "C", HOME = "/" },
    { TZ = "America/Lima", LC_ALL = "C.UTF-8", LUA_INIT = "math.randomseed(1)" },
    { GLIBC_TUNABLES = "glibc.malloc.perturb=85", MALLOC_ARENA_MAX = "1", OUTDIAL_REPLAY = "always" },
  }

  local function assert_same(text)
    self:edit("flows/odd", text)
    local ended = self:run(nil, "odd")
    assert.equal(0, ended.status, ended.out .. ended.err)
    local first = stream()
    assert.is_true(#first > 1)
    for _, env in ipairs(environments) do assert.same(first, again(env)) end
    return json.decode(ended.out).result
  end

  -- Of these lines inside run.
  local function assert_repeats(lines)
    return assert_same(('local outdial = require "outdial"; local function run() %s end\n'):format(lines)
      .. "return outdial.flow { summary = 'of a spec', run = run }")
  end

  it("goes through tables in the same order", function()
    assert_repeats [[
      local words = {}
      for i = 1, 400 do words[("key %d"):format(i * 7919 % 1000)] = i end
      for key, value in pairs(words) do outdial.log(key, value) end
      for i = 1, 400, 3 do words[("key %d"):format(i * 7919 % 1000)] = nil end
      for i = 1, 50 do words["more " .. i] = i words[i * 3] = i words[i / 7] = i words[i % 2 == 0] = i end
      local order = {}
      for key in pairs(words) do order[#order + 1] = tostring(key) end
      outdial.log(table.concat(order, " "))]]
  end)

  it("meets the same chances", function()
    assert_repeats [[
      for _ = 1, 50 do outdial.log(math.random(), math.random(6), math.random(-1000, 1000), math.random(0)) end
      local pack = {}
      for i = 1, 100 do table.insert(pack, math.random(#pack + 1), i) end
      outdial.log(table.concat(pack, " "))]]
  end)

  it("shows values that have no text in the same way", function()
    assert_repeats [[
      local list, word = {}, function() end
      for i = 1, 20 do list[i] = {} end
      for i = 1, 20 do outdial.log(tostring(list[i]), list[20 - i + 1], word, print) end
      outdial.log(string.format("%s %s", list[1], word))
      outdial.log(select(2, pcall(function() return list .. word end)))
      outdial.log(select(2, pcall(function() return list.x.y end)))
      outdial.log(select(2, pcall(error, list)))
      outdial.log(select(2, pcall(string.format, "%p", list)))
      outdial.log(tostring(setmetatable({}, { __name = "odd" })), tostring(string.gmatch("a", "a")))]]
  end)

  it("sorts in the same way, also what is alike", function()
    assert_repeats [[
      local list = {}
      for i = 1, 1500 do list[i] = { rank = i * 7919 % 10, i = i } end
      table.sort(list, function(a, b) return a.rank < b.rank end)
      local order = {}
      for i, each in ipairs(list) do order[i] = each.i end
      outdial.log(table.concat(order, " ", 1, 300))
      outdial.log(select(2, pcall(table.sort, { 3, 1, "x", 2 })))
      local words = {}
      for i = 1, 300 do words[i] = ("%x"):format(i * 2654435761 % 65536) end
      table.sort(words)
      outdial.log(table.concat(words, " "))]]
  end)

  it("formats numbers and text in the same way", function()
    assert_repeats [[
      outdial.log(("%5.2f %g %a %d %x %q %s"):format(1234.5, 1e300, 0.1, 42, 255, "a\nb", 1e15), 0.1, 1 / 3, -0.0, 2^53)
      outdial.log(("ÄÖÜ äöü"):upper(), ("ÄÖÜ"):lower(), ("é"):find "%a", utf8.len "ÄÖÜ", #("ÄÖÜ"))
      outdial.log(tostring(1e100), math.pi, math.huge, math.tointeger "8", tonumber "0x10", 10 // 3, -7 % 3, 7 // 0.0)
      local holes = { 1, nil, 3, nil, nil, 6 }
      outdial.log(#holes, select("#", table.unpack(holes, 1, 6)))]]
  end)

  it("is the same each time it is loaded, whatever its definition follows from", function()
    self:edit("lib/early", "return { draw = math.random(1000), name = tostring {} }")
    self:edit("lib/late", "return { draw = math.random(1000), name = tostring {} }")
    assert_same [[
      local outdial = require "outdial"
      local early = require "early"
      local params, order = {}, {}
      for i = 1, 40 do params["p" .. math.random(1000000)] = { type = "integer", default = i + early.draw } end
      for name in pairs(params) do order[#order + 1] = name end
      local function run(p)
        local late = require "late"
        for name, value in pairs(p) do outdial.log(name, value) end
        outdial.log(early.draw, early.name, late.draw, late.name, math.random(1000), tostring(order))
      end
      if math.random() < 0.5 then run = function(p) outdial.log "the other" outdial.log(p[order[1] ]) end end
      return outdial.flow { summary = table.concat(order, " "), params = params, run = run }]]
  end)

  it("is not defined by what any op tells", function()
    for _, op in ipairs { "now()", "random(1, 6)", "uuid()", "log 'x'", "http { url = 'http://127.0.0.1:1' }",
      "host 'f'", "audio 'no.wav'", "sleep(1)", "call { provider = 'routee', to = '+306900000001', message = 'm' }" } do
      self:edit("flows/odd", ('local outdial = require "outdial"; local told = outdial.%s\n'):format(op)
        .. "return outdial.flow { summary = tostring(told), run = function() end }")
      local report = json.decode(self:run(nil, "odd").out)
      assert.equal(("odd.lua:1: '%s' can be asked for only while the script runs, not while it is loaded")
        :format(op:match "^%l+"), report.error.message)
      assert.same({}, self:query "SELECT id FROM run")
    end
  end)

  it("has nothing that differs", function()
    local names = assert_repeats [[
      local found = {}
      for _, name in ipairs { "os", "io", "debug", "load", "loadstring", "dofile", "loadfile", "next", "collectgarbage",
        "package", "warn" } do
        local there = pcall(function() return _ENV[name] ~= nil and error "there" end)
        found[name] = there
      end
      outdial.log(pcall(math.randomseed, 1))
      for name, absent in pairs(found) do outdial.log(name, absent) end
      return found]]
    for name, absent in pairs(names) do assert.is_true(absent, name) end
  end)
end)
