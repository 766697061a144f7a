local json = require "spec.support.json"
local survivor = require "spec.support.survivor"

-- The engine is killed at every passage of every fault point on a run's way, and started again: the run must
-- end as it would have, and no provider may see two submissions for one attempt.
describe("an engine that dies", function()
  if not survivor.possible() then return pending "needs a build with fault points" end

  local self = survivor.new()
  local double

  teardown(function() self:close() end)
  before_each(function() self:reset() end)

  local person, support = "+306900000001", "+306900000009"

  local routes = {
    routee = {
      args = { "pin", "to=" .. person, "pin=4711", "support=" .. support },
      knobs = { callee = { keys = json.array { "9999#", "4711#" } }, per_second = 0, answer_within = 30,
        webhook_tries = 200 },
      result = { accepted = true },
      deaths = { "answer:2", "heard:2" },
    },
    sendservice = {
      args = { "deliver", "provider=sendservice", "to=+359880000001", "message=100" },
      path = "/MultiChannelAPI/Api",
      result = { delivered = true },
      deaths = { "answer:1", "answer:3" },
    },
    phonon = {
      args = { "deliver", "provider=phonon", "to=+918000000001" },
      knobs = { webhook_tries = 200 },
      settings = { "phonon.hook_token=console" },
      console = true,
      result = { delivered = true },
      deaths = { "answer:1", "heard:1" },
    },
    veratad = {
      args = { "deliver", "to=+12015100001", "message=reminder" },
      knobs = { tells_again = true },
      result = { delivered = true },
      deaths = { "answer:1", "answer:2" },
    },
  }

  local function prepare(name)
    local route = routes[name]
    double = self.desk:double(name)
    self:reset()
    double:behave(route.knobs or {})
    if route.console then
      double:behave { webhook = ("http://127.0.0.1:%d/hooks/%s/console"):format(self.port, name) }
    end
    if route.path then self:set(name .. ".url=" .. double.address .. route.path) end
    for _, setting in ipairs(route.settings or {}) do self:set(setting) end
    return route
  end

  -- How many calls the stand-in made for each of the client's own marks.
  local function assert_placed_once_at_most()
    local seen = {}
    for _, call in ipairs(double:record().calls) do
      assert.is_nil(seen[call.key], "two calls for one attempt: " .. call.key)
      seen[call.key] = true
    end
    return next(seen) ~= nil
  end

  -- What the store says of the create-call: "none", "sent" (perhaps), "answered".
  local function submission()
    local calls = self:query "SELECT state, request FROM call"
    assert.is_true(#calls <= 1)
    if not calls[1] or calls[1].request == json.null then return "none" end
    return calls[1].state == "submitting" and "sent" or "answered"
  end

  local function assert_ends_as_ever(route, row)
    assert.equal("completed", row.state, row.error)
    assert.same(route.result, json.decode(row.result))
    local calls = self:query "SELECT state FROM call"
    assert.same({ { state = "completed" } }, calls)
    assert.is_true(assert_placed_once_at_most(), "the call was never placed")
    if double.name == "routee" then
      assert.equal(json.null, double:record().calls[1].dead)
      assert.equal(3, #double:record().calls[1].plans)
    end
  end

  -- Nobody can know: parked, and never dialled again by itself.
  local function assert_parked(row)
    assert.equal("unknown", row.state)
    assert.equal("unknown", json.decode(row.error).code)
    local sent = #double:record().requests
    assert.is_true(sent <= 1)
    local engine = self:serve()
    engine:stop()
    assert.equal(sent, #double:record().requests)
    assert.equal("unknown", self:row().state)
  end

  -- In a last life that nobody ends.
  local function assert_comes_through(name, stood, row)
    if not row then -- it died before anything was on disk, so nobody was told of a run
      assert.same({}, double:record().calls)
    elseif name == "veratad" and stood == "sent" then
      assert_parked(row)
    else
      assert_ends_as_ever(routes[name], row)
    end
  end

  local function die_at(name, fault)
    local route = prepare(name)
    local died = self:run(fault, table.unpack(route.args))
    if not died.killed then return assert_ends_as_ever(route, self:row()) end
    local stood = self:row() and submission() or "none"
    assert_comes_through(name, stood, self:recover())
  end

  -- Calls die(fault) for every passage of every point.
  local function at_each(points, die)
    for _, point in ipairs(points) do
      for passage = 1, point.name == "disk" and 0 or point.count do
        local fault = ("%s:%d"):format(point.name, passage)
        local fine, problem = pcall(die, fault)
        if not fine then
          local sentence = tostring(problem and problem.message or problem)
          error(("killed at %s: %s"):format(fault, sentence), 0)
        end
      end
    end
  end

  for _, name in ipairs { "routee", "sendservice", "phonon", "veratad" } do
    it("anywhere on the way of a run through " .. name, function()
      local route = prepare(name)
      local points, whole = self:passages(function(env) return self:run(env, table.unpack(route.args)) end)
      assert.equal(0, whole.status, whole.out .. whole.err)
      at_each(points, function(fault) die_at(name, fault) end)
    end)
  end

  -- The first life dies there; returns what the store then said of the create-call.
  local function die_once(name, fault)
    local route = prepare(name)
    assert.is_true(self:run(fault, table.unpack(route.args)).killed, fault)
    return submission()
  end

  for name, route in pairs(routes) do
    for _, first in ipairs(route.deaths) do
      it(("and again anywhere while a run through %s, killed at %s, is taken up"):format(name, first), function()
        die_once(name, first)
        local points = self:passages(function(env) return self:recover(env) end)
        at_each(points, function(fault)
          local stood = die_once(name, first)
          self:recover(fault)
          assert_comes_through(name, stood, self:recover())
        end)
      end)
    end
  end
end)
