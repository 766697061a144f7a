local http = require "spec.support.http"
local process = require "spec.support.process"
local lab = require("spec.support.lab").new()

-- A create-call that has not left when it is found that nobody is to be called, or that somebody is called already,
-- does not leave any more.
describe("a create-call that is not wanted any more", function()
  local served, api

  -- The provider's script asks for something before it places, and again when it is told to.
  local function asking_first(text)
    return (text:gsub("local function place.-\nend\n", [[
local function submit(request, settings)
  outdial.http { method = "POST", url = settings.url .. "/token" }
  return outdial.submit { url = settings.url .. "/calls", body = request }
end

local function place(request, settings)
  local answer, err = submit(request, settings)
  if answer and answer.status == 401 then answer, err = submit(request, settings) end
  return outcome(answer, err)
end
]]):gsub('duplicate = "none"', 'duplicate = "query"'))
  end

  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:provider("tin", [[find = find, status = status, poll = { first = 1, ceiling = 1, deadline = 60 },
      reconcile = { first = 0.02, ceiling = 0.02, deadline = 60, apart = 0 }]], asking_first)
    lab:flow("calls", "return outdial.call { provider = 'tin', to = '+306900000001', message = 'm' }:wait {}")
    served = lab:serve()
    api = lab:control()
  end)

  local function start(key)
    return api:ask("POST", "/runs", { flow = "calls" }, key and { ["Idempotency-Key"] = key })
  end

  local function until_state(run, state)
    local story
    repeat story = api:ask("GET", "/runs/" .. run).json until story.state == state
    return story
  end

  local function cancel(run)
    assert.equal(200, api:ask("POST", "/runs/" .. run .. "/cancel").status)
  end

  local function tell(create, event)
    assert.equal(200, http.send("POST", create.json.hook, event).status)
  end

  local function until_ready()
    repeat local answer = api:ask("GET", "/ready") until answer.status == 200
  end

  local function assert_quiet()
    lab:shut(served)
    assert.is_true(lab.line:is_quiet())
  end

  -- The provider may have got it, does not say so, and does not know of it when it is asked.
  local function lose(create)
    create:cut()
    for _ = 1, 2 do lab.line:take "/find":answer(200, { found = false }) end
  end

  describe("when its run is canceled", function()
    it("ends its call as canceled", function()
      local run = start().json.run
      local token = lab.line:take "/token"
      cancel(run)
      assert.equal("canceled", until_state(run, "canceled").calls[1].state)
      token:answer(200, {})
      assert_quiet()
    end)

    it("is not made a second time after it was turned away", function()
      local run = start().json.run
      lab.line:take "/token":answer(200, {})
      lab.line:take "/calls":answer(401, {})
      local token = lab.line:take "/token"
      cancel(run)
      until_state(run, "canceled")
      token:answer(200, {})
      repeat local call = until_state(run, "canceled").calls[1] until call.state ~= "submitting"
      assert.equal("canceled", until_state(run, "canceled").calls[1].reason)
      assert_quiet()
    end)

    it("does not wait for the disk any more", function()
      local function waiting()
        return tonumber(api:ask("GET", "/metrics").body:match "\noutdial_store_rows_waiting (%d+)\n")
      end
      lab:flow("twice", [[
        outdial.call { provider = "tin", to = "+306900000001", message = "m" }:wait {}
        return outdial.call { provider = "tin", to = "+306900000002", message = "m" }:wait {}]])
      local run
      repeat run = api:ask("POST", "/runs", { flow = "twice" }).json.run until run
      lab.line:take "/token":answer(200, {})
      local create = lab.line:take "/calls"
      served:limit(0)
      create:answer(200, { state = "completed" })
      local token = lab.line:take "/token"
      local before = waiting()
      token:answer(200, {})
      repeat until waiting() > before -- the intent of the second
      assert.equal(503, api:ask("POST", "/runs/" .. run .. "/cancel").status)
      served:limit()
      local calls = until_state(run, "canceled").calls
      assert.equal("completed", calls[1].state)
      assert.equal("canceled", calls[2].state)
      assert_quiet()
    end)

    it("is not made again though it is found that it did not arrive", function()
      local run = start().json.run
      lab.line:take "/token":answer(200, {})
      lab.line:take "/calls":cut()
      local find = lab.line:take "/find"
      cancel(run)
      until_state(run, "canceled")
      find:answer(200, { found = false })
      for _ = 1, 2 do lab.line:take "/find":answer(200, { found = false }) end
    end)
  end)

  describe("when its call is there already", function()
    -- Somebody was on the line when it was hung up, and when another was dialed.
    for _, kind in ipairs { "status", "hangup", "leg" } do
      it("is not made again after a word of its " .. kind, function()
        local run = start().json.run
        lab.line:take "/token":answer(200, {})
        local create = lab.line:take "/calls"
        lose(create)
        local token = lab.line:take "/token"
        tell(create, { kind = kind, id = "s1", state = "ringing" })
        token:answer(200, {})
        lab.line:take "/status":answer(200, { state = "completed" })
        until_state(run, "completed")
        assert_quiet()
      end)
    end

    it("is not made again though it cannot be found", function()
      local run = start().json.run
      lab.line:take "/token":answer(200, {})
      local create = lab.line:take "/calls"
      create:cut()
      local find = lab.line:take "/find"
      tell(create, { kind = "hangup" })
      find:answer(200, { found = false })
      for _ = 1, 3 do lab.line:take "/find":answer(200, { found = false }) end
      tell(create, { kind = "status", state = "completed" })
      until_state(run, "completed")
      lab:shut(served)
    end)

    it("is not asked after, whatever became of its answer", function()
      local run = start().json.run
      lab.line:take "/token":answer(200, {})
      local create = lab.line:take "/calls"
      tell(create, { kind = "status", id = "s1", state = "ringing" })
      create:cut()
      lab.line:take "/status":answer(200, { state = "completed" })
      until_state(run, "completed")
      assert_quiet()
    end)
  end)

  describe("when its run was refused, as the disk had failed", function()
    local token

    before_each(function()
      until_ready() -- and nothing waits for the disk
      local other = assert(io.popen("exec sqlite3 -cmd '.timeout 30000' " .. process.quote(lab.desk.store), "w"))
      other:write "BEGIN IMMEDIATE;\n"
      other:flush()
      repeat
        local probe = process.run { "sqlite3", "-cmd", ".timeout 0", lab.desk.store, "BEGIN IMMEDIATE; ROLLBACK" }
      until probe.status ~= 0
      assert.equal(503, start("key").status)
      token = lab.line:take "/token"
      other:close()
      until_ready()
    end)

    it("leaves nothing of the run behind", function()
      assert.same({}, lab:query "SELECT id FROM run")
      token:answer(200, {})
      assert_quiet()
    end)

    it("and what is asked for again under the same key is another run", function()
      local answer = start "key"
      assert.equal(201, answer.status)
      token:answer(200, {})
      lab.line:take "/token":answer(200, {})
      lab.line:take "/calls":answer(200, { state = "completed" })
      until_state(answer.json.run, "completed")
      assert_quiet()
    end)
  end)
end)
