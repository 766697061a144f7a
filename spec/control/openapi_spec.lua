local control = require "spec.support.control"
local http = require "spec.support.http"
local json = require "spec.support.json"
local process = require "spec.support.process"
local prometheus = require "spec.support.prometheus"
local schema = require "spec.support.schema"
local lab = require("spec.support.lab").new()

local document = assert(json.decode(process.read "engine/control/openapi.json"))
local methods = { get = true, post = true, put = true, delete = true, patch = true }

-- engine/control/openapi.json held against the server: whatever is answered here must be described, and
-- whatever is described must have been answered.
describe("the control API's description", function()
  local api, served
  local seen = {} -- "GET /runs 200"

  teardown(function() lab:close() end)
  before_each(function()
    lab:reset()
    lab:provider "tin"
    lab:flow("quick", "outdial.log(p.word) return { got = p.word }",
      "params = { word = { type = 'string', default = 'hello' } }")
    lab:flow("waits", "outdial.sleep(3600)")
    lab:flow("fails", "error 'no luck'")
    lab:flow("calls", "return outdial.call { provider = 'tin', to = '+306900000001', message = 'm' }:wait {}")
    lab:flow("asks", [[
      local call = outdial.call { provider = "tin", to = { "+306900000001", "+306900000002" } }
      call:say "which?"
      local digits = call:collect {}
      call:dial "+306900000009"
      call:wait {}
      return digits]])
  end)

  local function serve(...)
    served = lab:serve(...)
    api = lab:control()
  end

  -- "/runs/{run}" for "/runs/abc?x=1", or nil.
  local function template_of(path)
    path = path:match "^[^?]*"
    if document.paths[path] then return path end
    for template in pairs(document.paths) do
      if path:match("^" .. template:gsub("[.]", "%%."):gsub("{run}", "[^/]+") .. "$") then return template end
    end
  end

  local function described(method, path, status)
    local template = template_of(path)
    local operation = document.paths[template] and document.paths[template][method:lower()]
    local what = ("%s %s %d"):format(method, template, status)
    assert(operation, what .. ": the operation is not described")
    local answer = assert(operation.responses[tostring(status)], what .. " is not described")
    seen[what] = true
    return schema.resolve(document, answer), what
  end

  local function check_headers(answer, said, what)
    for name, header in pairs(said.headers or {}) do
      local wrong = schema.problem(document, header.schema, answer.headers[name:lower()])
      assert(not wrong, ("%s: header %s: %s"):format(what, name, wrong))
    end
  end

  -- Asks, and holds the answer against the description.
  local function ask(method, path, body, headers, where)
    local answer = (where or api):ask(method, path, body, headers)
    local said, what = described(method, path, answer.status)
    local kind = (answer.headers["content-type"] or ""):match "^[^;]*"
    local content = assert(said.content[kind], what .. ": " .. kind .. " is not described")
    check_headers(answer, said, what)
    local wrong = answer.json and schema.problem(document, content.schema, answer.json)
    assert(not wrong, ("%s: %s\n%s"):format(what, wrong, answer.body))
    return answer
  end

  local function start(flow, more, key)
    return ask("POST", "/runs", { flow = flow, params = more }, key and { ["Idempotency-Key"] = key })
  end

  local function until_state(run, state)
    local story
    repeat story = ask("GET", "/runs/" .. run).json until story.state == state
    return story
  end

  -- The events of a run, each held against the description.
  local function follow(path, count)
    local follower = api:follow(path)
    local _, what = described("GET", path, follower.status)
    assert.equal("text/event-stream", follower.headers["content-type"])
    for _ = 1, count or math.huge do
      local event = follower:next()
      if not event then break end
      local wrong = schema.problem(document, { ["$ref"] = "#/components/schemas/Event" }, event.data)
      assert(not wrong, ("%s: %s\n%s"):format(what, wrong, json.encode(event.data)))
      assert.is_string(event.data.run)
    end
    follower:close()
  end

  -- What the server's own table says: { ["/runs/{run}"] = { get = true } }.
  local function routes()
    local list = {}
    for method, path in process.read "engine/control/control.c":gmatch '{"(%u+)", "([^"]+)", control_' do
      path = path:gsub("*", "{run}")
      list[path] = list[path] or {}
      list[path][method:lower()] = true
    end
    return list
  end

  it("has the operations that the server has, and no other", function()
    local described_ones = {}
    for path, item in pairs(document.paths) do
      described_ones[path] = {}
      for name in pairs(item) do if methods[name] then described_ones[path][name] = true end end
    end
    assert.same(routes(), described_ones)
    serve()
    for path, operations in pairs(described_ones) do
      local answer = api:ask("DELETE", (path:gsub("{run}", "abcdefghjkmn")))
      local allowed = {}
      for name in answer.headers.allow:gmatch "%a+" do allowed[name:lower()] = true end
      assert.equal(405, answer.status)
      assert.equal(allowed.get, allowed.head) -- of which the description has a word for all
      allowed.head = nil
      assert.same(operations, allowed, path)
    end
  end)

  it("refers to what is there, and each of its schemas is used", function()
    local used, text = {}, process.read "engine/control/openapi.json"
    for reference in text:gmatch '"%$ref": "([^"]+)"' do
      schema.resolve(document, { ["$ref"] = reference })
      used[reference] = true
    end
    for kind, parts in pairs(document.components) do
      for name in pairs(kind == "securitySchemes" and {} or parts) do
        assert(used[("#/components/%s/%s"):format(kind, name)], name .. " is not used")
      end
    end
    local ids = {}
    for path, item in pairs(document.paths) do
      for name, operation in pairs(item) do
        assert(methods[name], path .. " has " .. name)
        assert.is_nil(ids[operation.operationId])
        assert.is_truthy(operation.operationId and operation.summary and next(operation.responses))
        ids[operation.operationId] = true
      end
    end
  end)

  it("is served, for everybody, by the version it is of", function()
    serve()
    local answer = ask("GET", "/openapi.json")
    local packed = lab.desk:file("openapi.json.gz", answer.body)
    assert.equal(process.read "engine/control/openapi.json", process.run({ "gzip", "-dc", packed }).out)
    assert.equal(document.info.version, ask("GET", "/health").json.version)
    ask("GET", "/openapi.json", nil, { ["Accept-Encoding"] = "br" })
    assert.equal(200, ask("GET", "/openapi.json", nil, { ["Accept-Encoding"] = "deflate, gzip, br" }).status)
  end)

  it("is true of runs", function()
    serve()
    local run = start("quick", { word = "bye" }, "k").json.run
    assert.equal(200, start("quick", { word = "bye" }, "k").status)
    assert.equal(409, start("quick", nil, "k").status)
    until_state(run, "completed")
    until_state(start "fails".json.run, "failed")
    local waiting = start "waits".json.run
    repeat until ask("GET", "/runs/" .. waiting).json.waiting ~= json.null
    ask("GET", "/runs")
    assert.equal(200, ask("GET", "/runs?state=running&flow=waits&limit=2&before=" .. run).status)
    assert.equal(200, ask("POST", "/runs/" .. waiting .. "/cancel").status)
    until_state(waiting, "canceled")
    assert.equal(409, ask("POST", "/runs/" .. waiting .. "/cancel").status)
    follow("/runs/" .. run .. "/events")
    ask("GET", "/runs")
  end)

  it("is true of calls, of what happens to them, and of what a person decides", function()
    lab:provider("tin", nil, function(text) return (text:gsub("keys = true", "keys = true, alternates = true")) end)
    serve()
    local run = start "asks".json.run
    local create = lab.line:take()
    create:answer(200, { state = "queued", reference = "r-1" })
    local hook = create.json.hook
    http.send("POST", hook .. "?turn=1", { kind = "digits", digits = "8642" })
    http.send("POST", hook, { kind = "status", id = "1", state = "in_progress" })
    http.send("POST", hook .. "?leg=1", { kind = "leg", id = "2", to = "+306900000009", state = "in_progress" })
    ask("GET", "/runs/" .. run)
    ask("GET", "/runs")
    http.send("POST", hook, { kind = "status", id = "3", state = "completed" })
    until_state(run, "completed")
    follow("/runs/" .. run .. "/events")

    run = start "calls".json.run
    lab.line:take():cut()
    until_state(run, "unknown")
    ask("GET", "/runs")
    assert.equal(422, ask("POST", "/runs/" .. run .. "/resolve", { placed = false, sure = true }).status)
    assert.equal(200, ask("POST", "/runs/" .. run .. "/resolve", { placed = false }).status)
    until_state(run, "completed")
    assert.equal(409, ask("POST", "/runs/" .. run .. "/resolve", { placed = false }).status)
  end)

  it("is true of what happens to all runs", function()
    serve()
    local follower = api:follow "/events"
    described("GET", "/events", follower.status)
    local run = start "quick".json.run
    repeat
      local event = follower:next()
      assert.is_nil(schema.problem(document, { ["$ref"] = "#/components/schemas/Event" }, event.data))
    until event.kind == "finished" and event.data.run == run
    follower:close()
  end)

  it("is true of scripts", function()
    lab:flow("odd", "this is no Lua")
    lab:script("lib/words", "return {}")
    serve()
    start "waits"
    ask("GET", "/scripts")
  end)

  it("is true of what cannot be had", function()
    serve()
    for _, path in ipairs { "", "/events" } do assert.equal(404, ask("GET", "/runs/nosuchrun000" .. path).status) end
    assert.equal(404, ask("POST", "/runs/nosuchrun000/cancel").status)
    assert.equal(404, ask("POST", "/runs/nosuchrun000/resolve", { placed = true }).status)
    for _, query in ipairs { "limit=0", "limit=x", "state=compleat", "stat=running", "limit=5&x" } do
      assert.equal(422, ask("GET", "/runs?" .. query).status, query)
    end
  end)

  it("is true of bodies that make no sense", function()
    serve()
    local long, json_type = (" "):rep((1 << 20) + 1), { ["Content-Type"] = "application/json; charset=utf-8" }
    for _, path in ipairs { "/runs", "/runs/abcdefghjkmn/resolve", "/runs/abcdefghjkmn/cancel" } do
      assert.equal(413, ask("POST", path, long).status)
      for _, kind in ipairs { "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "" } do
        assert.equal(415, ask("POST", path, "{}", { ["Content-Type"] = kind }).status, kind)
      end
    end
    for _, body in ipairs { "", "{", "nil", "\0", "[]", '{"flow":1}', '{"flow":"quick","flow":"quick","x":1}',
      ("["):rep(5000), '{"flow":"\xff"}', "\xef\xbb\xbf{}" } do
      assert.equal(422, ask("POST", "/runs", body, json_type).status, body)
      assert.equal(422, ask("POST", "/runs/abcdefghjkmn/resolve", body).status, body)
    end
    assert.equal(201, ask("POST", "/runs", '{"flow":"quick"}', json_type).status)
  end)

  it("is true of a port without its token", function()
    local port = http.free_port()
    serve("--set=engine.control=127.0.0.1:" .. port, "--set=engine.control_token=abc")
    local stranger = control.at(port)
    for path, item in pairs(document.paths) do
      for name, operation in pairs(item) do
        local open = operation.security ~= nil and #operation.security == 0
        local answer = ask(name:upper(), (path:gsub("{run}", "abcdefghjkmn")), nil, nil, stranger)
        assert.equal(open, answer.status ~= 401, path)
      end
    end
  end)

  it("is true of an engine whose disk fails", function()
    serve()
    local run = start "waits".json.run
    local unknown = start "calls".json.run
    lab.line:take():cut()
    until_state(unknown, "unknown")
    served:limit(0)
    assert.equal(503, start("quick").status)
    assert.equal(503, ask("POST", "/runs/" .. run .. "/cancel").status)
    assert.equal(503, ask("POST", "/runs/" .. unknown .. "/resolve", { placed = true }).status)
    for _, path in ipairs { "/runs", "/runs/" .. run, "/runs/" .. run .. "/events", "/scripts", "/ready" } do
      assert.equal(503, ask("GET", path).status, path)
    end
    served:limit()
    repeat until ask("GET", "/ready").status == 200
  end)

  it("is true of one that stops", function()
    serve()
    start "calls"
    local create = lab.line:take()
    repeat until ask("GET", "/ready").status == 200
    served:signal "TERM"
    local answer
    repeat answer = ask("GET", "/ready") until answer.status == 503
    assert.equal("stopping", answer.json.error.code)
    assert.equal(503, start("quick").status)
    create:answer(200, { state = "completed" })
    assert.equal(0, served:wait().status)
    lab.running[served] = nil
  end)

  it("has a figure for whatever is said to be one", function()
    serve()
    local answer = ask("GET", "/metrics")
    assert.equal("text/plain; version=0.0.4; charset=utf-8", answer.headers["content-type"])
    local figures = prometheus.read(answer.body)
    assert.equal(1, figures.outdial_build_info[('{version="%s"}'):format(document.info.version)])
    start "quick"
    assert.equal(1, prometheus.read(ask("GET", "/metrics").body).outdial_runs_started_total[""])
  end)

  it("calls an engine ready that has taken up all that an earlier one left", function()
    serve()
    for _ = 1, 200 do start "waits" end
    lab:stop()
    process.run { "sqlite3", lab.desk.store, "UPDATE run SET wake = 0" }
    serve()
    repeat local answer = ask("GET", "/ready") until answer.status == 200
    assert.equal(200, prometheus.read(ask("GET", "/metrics").body).outdial_runs_in_memory[""])
  end)

  -- The last: the others have run.
  it("describes no answer that is never given", function()
    local never = {}
    for path, item in pairs(document.paths) do
      for name, operation in pairs(item) do
        for status in pairs(operation.responses) do
          local what = ("%s %s %s"):format(name:upper(), path, status)
          if not seen[what] then never[#never + 1] = what end
        end
      end
    end
    table.sort(never)
    assert.same({}, never)
  end)
end)
