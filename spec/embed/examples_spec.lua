local json = require "spec.support.json"
local support = require "spec.support.prefix"
local desk = require("spec.support.desk").new()

local person, support_line = "+306900000001", "+306900000009"
local parameters = json.encode { to = person, pin = "1234", support = support_line }

describe("a host program", function()
  local prefix, routee
  setup(function() prefix = support.new() end)
  teardown(function()
    desk:close()
    prefix:close()
  end)
  before_each(function()
    desk:reset()
    routee = desk:double "routee"
    routee:behave { callee = { keys = json.array { "9999#", "1234#" } } }
  end)

  local function settings()
    local list = { "engine.store=" .. desk.store, "engine.scripts=" .. prefix.root .. "/etc/outdial/scripts" }
    for _, setting in ipairs(routee:settings()) do list[#list + 1] = setting end
    return table.unpack(list)
  end

  local function compiled(source, flags, compiler)
    return prefix:compile("examples/embed/" .. source, prefix:flags("--cflags", "--libs", "outdial") .. " " .. flags,
      compiler)
  end

  -- The person called keyed a wrong number, then the right one, and was connected.
  local function assert_connected(ended)
    assert.equal("", ended.err)
    assert.equal(0, ended.status, ended.out)
    local calls = routee:record().calls
    assert.equal(1, #calls)
    assert.equal("Completed", calls[1].state)
    local said = json.encode(calls[1])
    assert.has_match(support_line, said, 1, true)
    assert.has_match('"kind":%s*"finished"', ended.out)
  end

  it("shares its libev loop with the engine", function()
    local ended = prefix:run(compiled("own_loop.c", "-lev"), "pin", parameters, settings())
    assert_connected(ended)
    assert.has_match("the clock went on: yes", ended.out, 1, true)
  end)

  it("polls a descriptor, brings its flow, and looks the PIN up in its own table", function()
    local ended = prefix:run(compiled("own_table.c", ""), person, support_line, settings())
    assert_connected(ended)
    assert.has_match('"result":{"name":"Ada","number":7}', ended.out, 1, true)
  end)

  it("in C++ has an engine that frees itself", function()
    assert_connected(prefix:run(compiled("raii.cpp", "-std=c++17", support.cxx()), "pin", parameters, settings()))
  end)

  it("in Python calls the library through ctypes", function()
    assert_connected(prefix:run_foreign("/usr/bin/python3", "examples/embed/call.py", "pin", parameters, settings()))
  end)

  it("is told in a sentence what is wrong", function()
    local ended = prefix:run(compiled("own_loop.c", "-lev"), "pin", '{"to": "nobody"}', settings())
    assert.equal(1, ended.status)
    assert.has_match("^usage: pin: .*to", ended.err)
  end)

  it("in Python is told where in a script something is wrong", function()
    local odd = desk:flow("odd", "return outdial.flow {\n")
    local ended = prefix:run_foreign("/usr/bin/python3", "examples/embed/call.py", odd, "{}", settings())
    assert.equal(1, ended.status)
    assert.has_match("^syntax: .*odd%.lua:3: ", ended.err)
  end)
end)
