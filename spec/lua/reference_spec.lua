-- The reference page, the editors' stubs and luacheck's rules say what scripts really have.
local desk = require("spec.support.desk").new()
local process = require "spec.support.process"
local socket = require "socket"

local written = {
  "lua/outdial/README.md", "scripts/.luacheckrc",
  "lua/outdial/types/flow/lua.lua", "lua/outdial/types/flow/outdial.lua", "lua/outdial/types/flow/test.lua",
  "lua/outdial/types/provider/lua.lua", "lua/outdial/types/provider/outdial.lua",
}

local function set(list)
  local names = {}
  for _, name in ipairs(list) do names[name] = true end
  return names
end

local function sorted(names)
  local list = {}
  for name in pairs(names) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function words(text)
  local list = {}
  for word in text:gmatch "[%w_.:]+" do list[#list + 1] = word end
  return list
end

-- What the stubs of a kind declare: "string.rep", "outdial.json.null", "call:say".
local function declared(kind)
  local names = {}
  for _, file in ipairs { "lua", "outdial" } do
    for line in process.read(("lua/outdial/types/%s/%s.lua"):format(kind, file)):gmatch "[^\n]+" do
      local name = line:match "^function ([%w_.:]+)%(" or line:match "^([%w_.]+) = "
      if name then names[name] = true end
    end
  end
  return names
end

-- The fields of a class of the stubs: {name = whether it is always there}.
local function fields(kind, class)
  local file = kind == "test" and "flow/test" or kind .. "/outdial"
  local text = process.read(("lua/outdial/types/%s.lua"):format(file))
  local _, last = text:find("---@class[%w() ]- " .. class:gsub("%.", "%%.") .. "\n")
  assert(last, class)
  local found = {}
  for line in text:sub(last + 1):gmatch "[^\n]*" do
    local name, mark = line:match "^%-%-%-@field ([%w_]+)(%??) "
    if not name then break end
    found[name] = mark == ""
  end
  return found
end

-- Lua's own names, and those that only one of our two kinds has: what could be there.
local function candidates()
  local names = {}
  for name, value in pairs(_G) do
    if type(value) == "table" and name ~= "_G" and name ~= "package" then
      for field in pairs(value) do names[#names + 1] = ("%s.%s"):format(name, field) end
    end
  end
  for _, kind in ipairs { "flow", "provider" } do
    for name in pairs(declared(kind)) do names[#names + 1] = name end
  end
  local quoted = {}
  for i, name in ipairs(names) do quoted[i] = ("%q"):format(name) end
  return table.concat(quoted, ", ")
end

-- Lua that lists what there is where it runs: what can be gone over, and of the sealed libraries, which
-- cannot, whichever candidates are there. "outdial" is gone over whole.
local walk = [[
local function walk(outdial, call)
  local names = {}
  local function add(name) names[#names + 1] = name end
  for name, value in pairs(_G) do
    add(name)
    if type(value) ~= "table" and type(value) ~= "function" and type(value) ~= "string" then
      add(name .. " is a " .. type(value))
    end
  end
  for _, name in ipairs { CANDIDATES } do
    local library, field = name:match "^(%w+)%.(%w+)$"
    if library and library ~= "outdial" and type(_G[library]) == "table" and _G[library][field] ~= nil then
      add(name)
    end
  end
  local function go(prefix, values)
    for name, value in pairs(values) do
      add(prefix .. name)
      if type(value) == "table" then go(prefix .. name .. ".", value) end
    end
  end
  go("outdial.", outdial)
  for name in pairs(call and getmetatable(call) or {}) do
    if name:sub(1, 2) ~= "__" then add("call:" .. name) end
  end
  return names
end
]]

local function walker()
  return (walk:gsub("CANDIDATES", function() return candidates() end))
end

describe("the reference", function()
  teardown(function() desk:close() end)
  before_each(function() desk:reset() end)

  it("is as the sources would have it written", function()
    assert(os.execute(("mkdir -p %s/scripts %s/lua/outdial/types/flow %s/lua/outdial/types/provider"):format(
      desk.folder, desk.folder, desk.folder)))
    local ended = process.run { "lua5.4", "lua/reference/generate.lua", desk.folder }
    assert.equal(0, ended.status, ended.err)
    for _, path in ipairs(written) do
      assert.is_true(process.read(path) == process.read(desk.folder .. "/" .. path),
        path .. " is not what lua5.4 lua/reference/generate.lua writes")
    end
  end)

  it("is Lua where it is for editors", function()
    for _, path in ipairs(written) do
      if path:find "%.lua$" then assert(loadfile(path, "t")) end
    end
  end)

  it("names what runs fail with", function()
    local codes = process.read("lua/outdial/README.md"):match "### Errors of runs\n(.-)\n## "
    local taken = assert(socket.bind("127.0.0.1", 0))
    local port = select(2, taken:getsockname())
    for run, code in pairs {
      ["return function() end"] = "json", ["error 'no'"] = "script", ["return nil, 'no'"] = "failed",
      ["while true do end"] = "runaway", ["return ('x'):rep(1 << 30)"] = "memory",
      ["outdial.call { provider = 'none', to = '+306900000001' }"] = "missing",
      ["outdial.call { provider = 'routee', to = '+306900000001' }:wait {}"] = "listen",
    } do
      local path = desk:flow("fails", ("return outdial.flow { summary = 'x', run = function() %s end }"):format(run))
      local ended = desk:report(path, "--hooks=127.0.0.1:" .. port, "--set=routee.access_token=x")
      assert.equal(code, ended.report.error.code)
      assert.has_match("\n| `" .. code .. "` | ", codes, 1, true)
    end
    taken:close()
  end)

  it("names no class for editors that it does not declare", function()
    for _, kind in ipairs { "flow", "provider" } do
      local text = process.read(("lua/outdial/types/%s/outdial.lua"):format(kind))
      local classes, named = {}, 0
      for rest in text:gmatch "%-%-%-@class ([^\n]+)" do classes[rest:match "[%w_.]+$"] = true end
      for name in text:gmatch "%-%-%-@alias ([%w_.]+)" do classes[name] = true end
      for line in text:gmatch "%-%-%-@([^\n]+)" do
        for name in line:gsub(" # .*", ""):gsub('"[^"]*"', ""):gmatch "outdial%.[%w_.]+" do
          named = named + 1
          assert.is_true(classes[name], ("%s of %s"):format(name, line))
        end
      end
      assert.is_true(named > 30)
    end
  end)

  local function assert_same_names(found, kind)
    local known = declared(kind)
    local here = set(found)
    for name in pairs(here) do
      if not known[name] then error(("a %s has %s, of which the stubs say nothing"):format(kind, name), 2) end
    end
    for name in pairs(known) do
      if not here[name] then error(("the stubs declare %s, which no %s has"):format(name, kind), 2) end
    end
  end

  it("declares what flows have, and nothing else", function()
    desk:double "veratad"
    local path = desk:flow("walk", walker() .. [[
      return outdial.flow { summary = "x", run = function()
        return walk(outdial, outdial.call { provider = "veratad", to = "+12025550001" })
      end }]])
    local ended = desk:report(path)
    assert.equal("completed", ended.report.state, ended.out)
    assert_same_names(ended.report.result, "flow")
  end)

  -- A folder of scripts with this provider, named mirror.
  local function provide(text)
    assert(os.execute("mkdir -p " .. desk.folder .. "/own/providers"))
    desk:file("own/providers/mirror.lua", 'local outdial = require "outdial"\n' .. text)
    desk.scripts = desk.folder .. "/own"
  end

  -- What the mirror logged: {["place"] = {"id", "to", …}}, from lines "place: id".
  local function logged(text)
    local lists = {}
    for head, word in text:gmatch "mirror (%w+): ([^\n]+)" do
      lists[head] = lists[head] or {}
      lists[head][#lists[head] + 1] = word
    end
    return lists
  end

  local asking = [[
    return outdial.flow { summary = "x", run = function()
      return outdial.call({ provider = "mirror", to = "+12025550001", message = "m" }):wait()
    end }]]

  it("declares what providers have, and nothing else", function()
    provide(walker() .. [[
      return outdial.provider {
        settings = {}, accepts = { message = true }, duplicate = "none",
        place = function()
          for _, name in ipairs(walk(outdial)) do outdial.log.info("mirror walk: " .. name) end
          return { state = "failed" }
        end,
      }]])
    local ended = desk:report(desk:flow("ask", asking), "--log-level=info")
    assert_same_names(logged(ended.err).walk, "provider")
  end)

  -- The options that the real API names when it is given one that is not there.
  local function assert_options(kind, class, message)
    local list = assert(message:match "has no option 'nonsense'; it has ([^\n]+)", class .. ": " .. message)
    local there = set(words(list))
    assert.same(sorted(there), sorted(fields(kind, class)), class)
  end

  it("knows every option of what flows call", function()
    desk:double "veratad"
    local path = desk:flow("options", [[
      local said = {}
      local function try(class, f, ...)
        local _, wrong = pcall(f, ...)
        said[class] = tostring(wrong)
      end
      local bad = { nonsense = 1 }
      try("outdial.flow.options", outdial.flow, bad)
      try("outdial.param", outdial.flow, { summary = "x", params = { a = bad }, run = print or tostring })
      return outdial.flow { summary = "x", run = function()
        local call = outdial.call { provider = "veratad", to = "+12025550001" }
        for _, name in ipairs { "say", "play", "dial" } do
          try("outdial.call." .. name .. ".options", call[name], call, "+12025550001", bad)
        end
        for _, name in ipairs { "collect", "wait" } do
          try("outdial.call." .. name .. ".options", call[name], call, bad)
        end
        for _, name in ipairs { "call", "sleep", "http", "audio" } do
          try("outdial." .. name .. ".options", outdial[name], bad)
        end
        try("outdial.host.options", outdial.host, "x", 1, bad)
        return said
      end }]])
    local ended = desk:report(path)
    assert.equal("completed", ended.report.state, ended.out)
    local declares = 0
    for _ in process.read "lua/outdial/types/flow/outdial.lua":gmatch "@class %(exact%)" do declares = declares + 1 end
    assert.equal(declares, #sorted(ended.report.result))
    for class, message in pairs(ended.report.result) do assert_options("flow", class, message) end
  end)

  it("knows every option of what providers say", function()
    provide [[
      local said = {}
      local function try(class, given)
        local whole = { settings = {}, accepts = { message = true }, duplicate = "none", place = tostring }
        for name, value in pairs(given) do whole[name] = value end
        local _, wrong = pcall(outdial.provider, whole)
        said[class] = tostring(wrong)
      end
      local bad = { nonsense = 1 }
      try("outdial.provider.options", bad)
      try("outdial.setting", { settings = { a = bad } })
      for _, name in ipairs { "accepts", "poll", "reconcile" } do try("outdial." .. name, { [name] = bad }) end
      return outdial.provider {
        settings = {}, accepts = { message = true }, duplicate = "none",
        place = function()
          for _, name in ipairs { "submit", "http" } do
            local _, wrong = pcall(outdial[name], bad)
            said["outdial." .. name .. ".options"] = tostring(wrong)
          end
          for class, wrong in pairs(said) do outdial.log.info("mirror said: " .. class .. " " .. wrong) end
          return { state = "failed" }
        end,
      }]]
    local ended = desk:report(desk:flow("ask", asking), "--log-level=info")
    local lines = logged(ended.err).said
    assert.equal(7, #lines)
    for _, line in ipairs(lines) do assert_options("provider", line:match "^(%S+) (.+)$") end
  end)

  -- Always there must be what is declared so; anything there must be declared.
  local function assert_fields(class, kind, found)
    local known = fields(kind, class)
    local here = set(found)
    for name in pairs(here) do
      assert.is_not_nil(known[name], ("%s has %s, of which the stubs say nothing"):format(class, name))
    end
    for name, always in pairs(known) do
      if always then assert.is_true(here[name], ("%s has no %s"):format(class, name)) end
    end
  end

  it("declares the values that providers are given", function()
    provide [[
      local function tell(head, values)
        for name in pairs(values) do outdial.log.info(("mirror %s: %s"):format(head, name)) end
      end
      return outdial.provider {
        settings = {}, duplicate = "none",
        accepts = { message = true, plan = true, line_types = true, window = true, keys = true },
        poll = { first = 0.01, ceiling = 1, deadline = 60 },
        place = function(request)
          tell("request", request)
          tell("verb", request.verbs[1])
          return { state = "queued", reference = "r", cursor = "c", detail = { a = 1 } }
        end,
        status = function(call)
          tell("subject", call)
          local answer = outdial.http { method = "POST", url = call.hook .. "?turn=1&leg=2", body = { a = 1 } }
          tell("answer", answer)
          return { state = "completed" }
        end,
        plan = function() return {} end,
        webhook = function(request)
          tell("webhook", request)
          tell("query", request.query)
          return { kind = "ignored" }
        end,
      }]]
    local ended = desk:report(desk:flow("ask", [[
      return outdial.flow { summary = "x", run = function()
        local call = outdial.call { provider = "mirror", to = "+12025550001", message = "m", from = "f",
          exclude = { "voip" }, start = "2026-01-31T09:30:00Z", finish = "2026-01-31T09:30:00Z", keys = { a = 1 } }
        call:say("hello", { language = "en-GB", gender = "male", repeats = 1, barge_in = true })
        local disposition = call:wait()
        local fields = {}
        for name in pairs(call) do fields[#fields + 1] = name end
        return { disposition = disposition, fields = fields }
      end }]]), "--log-level=info")
    assert.equal("completed", ended.report.state, ended.out .. ended.err)
    assert.equal("completed", ended.report.result.disposition)
    assert_fields("outdial.call", "flow", ended.report.result.fields)
    local lists = logged(ended.err)
    for _, name in ipairs { "request", "subject", "verb", "webhook", "query", "answer" } do
      assert_fields("outdial." .. name, "provider", assert(lists[name], name))
    end
    local request = set(lists.request) -- all that may be there was asked for
    for name in pairs(fields("provider", "outdial.request")) do assert.is_true(request[name], name) end
  end)

  it("declares what specs of flows get", function()
    local list = desk.folder .. "/list"
    local spec = desk:file("keys_spec.lua", ([[
      local test = require "outdial.test"
      it("tells", function()
        local list = assert(io.open(%q, "w"))
        local function tell(head, values)
          for name in pairs(values) do list:write("mirror ", head, ": ", name, "\n") end
        end
        local params = { to = "+306900000001", pin = "1234", support = "+306900000009" }
        local run = test.run("pin", params, "answers, presses 1234#")
        tell("run", run)
        tell("run", test.run("pin", params, "busy")) -- with an error
        tell("call", run.calls[1])
        tell("call", test.run("pin", params, "fails with capacity").calls[1])
        tell("module", test)
        local good, wrong = pcall(test.run, { flow = "pin", nonsense = 1 })
        list:write("mirror options: ", tostring(wrong), "\n")
        list:close()
      end)]]):format(list))
    local ended = desk:command("test", spec)
    assert.equal(0, ended.status, ended.out .. ended.err)
    local lists = logged(process.read(list))
    assert_fields("outdial.test.run", "test", lists.run)
    assert_fields("outdial.test.call", "test", lists.call)
    assert_options("test", "outdial.test.options", lists.options[1])
  end)

  it("declares the report of a recording", function()
    local ended = desk:report(desk:flow("sound", [[
      return outdial.flow { summary = "x", run = function()
        return (outdial.audio "examples/audio/message.wav")
      end }]]))
    assert.equal("completed", ended.report.state, ended.out)
    assert_fields("outdial.report", "flow", sorted(ended.report.result))
  end)
end)
