local json = require "spec.support.json"
local lab = require("spec.support.lab").new()

describe("the control API", function()
  local control

  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:provider("tin", "hangup = outdial.http and function(call, settings) "
      .. "local answer = outdial.http { method = 'POST', url = settings.url .. '/hangup', body = call } "
      .. "return answer and answer.status == 200 end,")
    lab:flow("quick", "return { got = p.word }", "params = { word = { type = 'string', help = 'any' } }")
    lab:flow("waits", "outdial.sleep(3600)")
    lab:flow("calls", "return outdial.call { provider = 'tin', to = '+306900000001', message = 'm' }:wait {}")
    lab:serve()
    control = lab:control()
  end)

  local function start(flow, params, key)
    return control:ask("POST", "/runs", { flow = flow, params = params }, key and { ["Idempotency-Key"] = key })
  end

  local function shown(run)
    return control:ask("GET", "/runs/" .. run).json
  end

  local function until_state(run, state)
    local story
    repeat story = shown(run) until story.state == state
    return story
  end

  local function count(table)
    return lab:query("SELECT count(*) AS n FROM " .. table)[1].n
  end

  describe("starts a run", function()
    it("that is on disk when the answer comes", function()
      local answer = start("quick", { word = "hello" })
      assert.equal(201, answer.status)
      assert.equal("application/json", answer.headers["content-type"])
      assert.equal(1, #lab:query(("SELECT 1 FROM run WHERE id = '%s'"):format(answer.json.run)))
      local story = until_state(answer.json.run, "completed")
      assert.same({ got = "hello" }, story.result)
    end)

    it("once for each key, and gives a repeat the first one", function()
      local first = start("quick", { word = "hello" }, "k 1")
      local again = start("quick", { word = "hello" }, "k 1")
      assert.same({ run = first.json.run, repeated = false }, first.json)
      assert.same({ run = first.json.run, repeated = true }, again.json)
      assert.equal(200, again.status)
      assert.not_equal(first.json.run, start("quick", { word = "hello" }, "k 2").json.run)
      assert.equal(2, count "run")
    end)

    it("once when a key comes many times at the same moment", function()
      local answers, runs = {}, {}
      for i = 1, 20 do
        answers[i] = control:begin("POST", "/runs", { flow = "quick" }, { ["Idempotency-Key"] = "same" })
      end
      for _, wait in ipairs(answers) do runs[wait().json.run] = true end
      assert.is_not_nil(next(runs))
      assert.is_nil(next(runs, next(runs)))
      assert.equal(1, count "run")
    end)

    it("once for a key across engines", function()
      local first = start("quick", nil, "kept")
      lab:stop()
      lab:serve()
      assert.equal(first.json.run, start("quick", nil, "kept").json.run)
    end)

    it("never under the key of another", function()
      start("quick", { word = "hello" }, "k")
      for _, other in ipairs { { flow = "quick", params = { word = "bye" } }, { flow = "waits" } } do
        local answer = control:ask("POST", "/runs", other, { ["Idempotency-Key"] = "k" })
        assert.equal(409, answer.status)
        assert.equal("conflict", answer.json.error.code)
      end
      assert.equal(1, count "run")
    end)

    it("whatever the order in which the same is asked", function()
      local one = control:ask("POST", "/runs", '{"flow":"quick","params":{"word":"a"}}', { ["Idempotency-Key"] = "k" })
      local two = control:ask("POST", "/runs", ' {"params": {"word":"a"},\n"flow":"quick"}',
        { ["Idempotency-Key"] = "k" })
      assert.equal(one.json.run, two.json.run)
    end)

    it("under a key that was refused before", function()
      assert.equal(422, start("nobody", nil, "k").status)
      assert.equal(422, start("quick", { worm = "x" }, "k").status)
      assert.equal(201, start("quick", { word = "x" }, "k").status)
    end)

    it("or says what is wrong with what was asked", function()
      local wrong = {
        ["{"] = "must be a JSON object", ["[]"] = "must be a JSON object", ["{}"] = "flow must be the name",
        ['{"flow":"../quick"}'] = "flow must be the name", ['{"flow":"/tmp/x.lua"}'] = "flow must be the name",
        ['{"flow":"quick","params":[]}'] = "params must be an object", ['{"flow":"quick","x":1}'] = "nothing else",
        ['{"flow":"quick","params":{"worm":1}}'] = "worm", ['{"flow":"nobody"}'] = "no flow 'nobody'",
      }
      for body, part in pairs(wrong) do
        local answer = control:ask("POST", "/runs", body)
        assert.equal(422, answer.status, body)
        assert.equal("usage", answer.json.error.code)
        assert.has_match(part, answer.json.error.message, 1, true)
      end
      for before = 0, 1 do -- its name does not fit into the sentence
        local name = ("x"):rep(before) .. ("é"):rep(400)
        local answer = start("quick", { [name] = 1 })
        assert.equal(422, answer.status)
        assert.has_match("no parameter 'x?éé", answer.json.error.message)
      end
      for _, key in ipairs { "", ("k"):rep(256), "tab\tkey" } do
        assert.equal(422, start("quick", nil, key).status)
      end
      assert.equal(0, count "run")
    end)
  end)

  describe("lists runs", function()
    before_each(function()
      until_state(start "quick".json.run, "completed")
      start "waits"
    end)

    local function flows(query)
      local names = {}
      for i, run in ipairs(control:ask("GET", "/runs" .. query).json.runs) do names[i] = run.flow end
      return table.concat(names, " ")
    end

    it("newest first, with filters and pages", function()
      assert.equal("waits quick", flows "")
      assert.equal("quick", flows "?state=completed")
      assert.equal("waits", flows "?flow=waits")
      assert.equal("waits", flows "?limit=1")
      local newest = control:ask("GET", "/runs?limit=1").json.runs[1].run
      assert.equal("quick", flows("?before=" .. newest))
    end)

    it("also where an error holds a NUL", function()
      lab:flow("odd", "return nil, { code = 'odd', detail = 'a\\0b' }")
      control:await_script("flows/odd", function(found) return found end)
      until_state(start "odd".json.run, "failed")
      assert.equal("odd waits quick", flows "")
    end)

    it("and refuses a limit that is none", function()
      for _, limit in ipairs { "0", "x", "1001", "-1", "1x" } do
        assert.equal(422, control:ask("GET", "/runs?limit=" .. limit).status)
      end
    end)
  end)

  it("shows a run as outdial show does", function()
    local run = start "quick".json.run
    local story = until_state(run, "completed")
    assert.same(json.decode(lab.desk:ask("show", run, "--json").out), story)
    assert.equal(404, control:ask("GET", "/runs/nosuchrun").status)
    assert.equal(404, control:ask("GET", "/runs/" .. ("a"):rep(100)).status)
  end)

  describe("cancels", function()
    it("a run that waits", function()
      local run = start "waits".json.run
      assert.equal(200, control:ask("POST", "/runs/" .. run .. "/cancel").status)
      assert.equal("canceled", until_state(run, "canceled").error.code)
    end)

    it("a run with a call, which is hung up", function()
      local run = start "calls".json.run
      lab.line:serve(200, { state = "in_progress", reference = "r-1" })
      repeat until shown(run).calls[1].state == "in_progress"
      assert.equal(200, control:ask("POST", "/runs/" .. run .. "/cancel").status)
      assert.equal("/hangup", lab.line:serve(200, {}).path)
      assert.equal("canceled", until_state(run, "canceled").calls[1].state)
    end)

    it("nothing that has ended, and nothing that is not there", function()
      local run = start "quick".json.run
      until_state(run, "completed")
      local answer = control:ask("POST", "/runs/" .. run .. "/cancel")
      assert.equal(409, answer.status)
      assert.has_match("has ended already: completed", answer.json.error.message)
      assert.equal(404, control:ask("POST", "/runs/nosuchrun/cancel").status)
    end)
  end)

  describe("resolves", function()
    local run

    before_each(function()
      run = start "calls".json.run
      lab.line:take():cut()
      until_state(run, "unknown")
    end)

    local function resolve(body)
      return control:ask("POST", "/runs/" .. run .. "/resolve", body)
    end

    it("a call that was not placed", function()
      assert.equal(200, resolve({ placed = false }).status)
      assert.equal("not_placed", until_state(run, "completed").calls[1].reason)
      assert.equal(409, resolve({ placed = false }).status)
    end)

    it("a call that was placed", function()
      assert.equal(200, resolve({ placed = true }).status)
      until_state(run, "running")
      assert.is_true(lab.line:is_quiet())
    end)

    it("only when it is told which", function()
      for _, body in ipairs { "", "{}", "null", '{"placed":"yes"}', '{"placed":1}' } do
        assert.equal(422, resolve(body).status, body)
      end
      assert.equal("unknown", shown(run).state)
    end)
  end)
end)
