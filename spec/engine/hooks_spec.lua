local http = require "spec.support.http"
local json = require "spec.support.json"
local socket = require "socket"
local lab = require("spec.support.lab").new()

describe("a webhook", function()
  local run, hook, port, token

  teardown(function() lab:close() end)

  -- A call through tin is up, and its flow waits for it to end.
  local function place()
    run = lab:start "hello"
    local create = lab.line:take()
    create:answer(200, { state = "queued", reference = "r-1" })
    hook = create.json.hook
    port, token = hook:match "^http://127.0.0.1:(%d+)/hooks/tin/(%x+)$"
  end

  before_each(function()
    lab:reset()
    lab:provider "tin"
    lab:flow("hello", [[
      local call = outdial.call { provider = "tin", to = "+306900000001", message = "m" }
      local disposition = call:wait {}
      return disposition]])
  end)

  local function url(path)
    return "http://127.0.0.1:" .. port .. path
  end

  -- The call goes on as if nothing had happened.
  local function assert_unharmed()
    assert.equal(200, http.send("POST", hook, { kind = "status", id = "end", state = "completed" }).status)
    local ended = lab:wait(run)
    assert.equal(0, ended.status, ended.err)
    assert.equal("completed", ended.report.result)
    return ended
  end

  local ringing = { kind = "status", id = "s1", state = "ringing" }

  it("has a token of 128 random bits, another for each call", function()
    lab:flow("two", [[
      for _ = 1, 2 do outdial.call { provider = "tin", to = "+306900000001", message = "m" }:wait {} end]])
    run = lab:start "two"
    local tokens = {}
    for i = 1, 2 do
      tokens[i] = lab.line:serve(200, { state = "completed" }).json.hook:match "/hooks/tin/(%x+)$"
      assert.equal(32, #tokens[i])
    end
    assert.not_equal(tokens[1], tokens[2])
    assert.equal(0, lab:wait(run).status)
  end)

  it("finds nothing under a token that is not a call's, nor beside its path", function()
    place()
    local strange = { "/", "/hooks", "/hooks/", "/hooks/tin", "/hooks/tin/", "/hooks/tin/" .. ("0"):rep(32),
      "/hooks/tin/" .. token:sub(1, -2), "/hooks/tin/" .. token .. "0", "/hooks/tin/" .. token:upper() .. "/x",
      "/hooks/tin/" .. token .. "/", "/hook/tin/" .. token, "/hooks//" .. token, "//hooks/tin/" .. token,
      "/hooks/" .. ("t"):rep(300) .. "/" .. token }
    for _, path in ipairs(strange) do
      local answer = http.send("POST", url(path), ringing)
      assert.equal(404, answer.status, path)
      assert.equal("there is nothing at this address", answer.json.error)
    end
    assert.same({}, lab:query "SELECT * FROM event WHERE source = 'webhook'")
    assert_unharmed()
  end)

  it("finds nothing under the name of another provider", function()
    place()
    for _, name in ipairs { "routee", "veratad", "Tin", "nobody" } do
      assert.equal(404, http.send("POST", url("/hooks/" .. name .. "/" .. token), ringing).status, name)
    end
    assert_unharmed()
  end)

  it("must be a POST, and a stranger's GET is not told that one would do", function()
    place()
    for _, method in ipairs { "GET", "PUT", "DELETE", "PATCH", "OPTIONS" } do
      assert.equal(405, http.send(method, hook, "{}").status, method)
      assert.equal(404, http.send(method, url "/hooks/tin/0", "{}").status, method)
    end
    assert.has_match("^HTTP/1.1 405 ", http.raw(port, ("HEAD /hooks/tin/%s HTTP/1.0\r\n\r\n"):format(token)))
    assert_unharmed()
  end)

  it("must bring JSON", function()
    place()
    for _, body in ipairs { "", "{", "{} and more", "\255", "kind=status", "{'kind':'status'}" } do
      local answer = http.send("POST", hook, body)
      assert.equal(400, answer.status, body)
      assert.equal("the body must be JSON", answer.json.error)
    end
    assert_unharmed()
  end)

  it("may be any JSON without doing harm", function()
    place()
    for _, body in ipairs { "null", "[]", "3", '"text"', "{}", '{"kind":[]}', '{"kind":"status","state":{}}',
      '{"kind":"status","state":"flying","id":"f"}', '{"kind":"digits","digits":7,"id":"d"}',
      '{"kind":"ignored","message":["no text"]}', '{"kind":"leg","id":"l"}', '{"kind":"status","id":{"a":1}}',
      '{"kind":"status","reference":"","cursor":[],"detail":4}', ("["):rep(100) .. ("]"):rep(100),
      '{"kind":"\\u0000","id":"\\u0000"}' } do
      local answer = http.send("POST", hook, body)
      assert.is_true(answer.status == 200 or answer.status == 400, ("%d after %s"):format(answer.status, body))
      assert.is_table(answer.json, body)
    end
    assert_unharmed()
  end)

  it("may hold a whole number of any size", function()
    place()
    local body = '{"kind":"status","state":"ringing","id":"b","detail":{"n":12345678901234567890}}'
    assert.equal(200, http.send("POST", hook, body).status)
    assert.equal("ringing", lab:query("SELECT state FROM call")[1].state)
    assert_unharmed()
  end)

  it("is warned of when its kind is none", function()
    place()
    for _, body in ipairs { { kind = "digit", digits = "1" }, { digits = "1" }, { kind = "ignored" } } do
      assert.equal(200, http.send("POST", hook, body).status)
    end
    local said = assert_unharmed().err
    assert.has_match("warning: tin: no webhook's kind is named 'digit'\n", said, 1, true)
    assert.has_match("warning: tin: no webhook's kind is named ''\n", said, 1, true)
    assert.equal(2, select(2, said:gsub("\n", "")))
  end)

  it("cannot be waited in by the script that reads it", function()
    lab:provider("tin", nil, function(text)
      return (text:gsub("function webhook%(request%)\n", "%0  outdial.http { url = 'http://127.0.0.1' }\n"))
    end)
    place()
    assert.has_match("tin.lua:%d+: 'http' can be asked for only while the script runs, not where it must answer",
      http.send("POST", hook, { kind = "status" }).json.error)
  end)

  it("is read by the provider's script as it came, but for what of its address is no text", function()
    lab:provider("tin", nil, function(text)
      return (text:gsub("function webhook%(request%)\n", [[function webhook(request, call)
        if request.text:sub(-1) ~= "}" then
          return nil, { code = "told", message = ("%%s %%s %%s %%s %%s %%s"):format(request.method,
            request.query.turn, request.query.leg, request.text, outdial.json.encode(request.body), call.to) }
        end
]]))
    end)
    place()
    local function told(query, body)
      local answer = http.send("POST", hook .. query, body)
      assert.equal(400, answer.status)
      return answer.json.error:match ": (.*)"
    end
    assert.equal("POST nil nil  null null +306900000001", told("", " null"))
    assert.equal("POST 1 2,3 [1, 2.0] [1,2] +306900000001", told("?turn=1&leg=2,3&other=4", "[1, 2.0]"))
    assert.equal("POST nil é [] [] +306900000001", told("?turn=%FF&leg=%C3%A9", "[]"))
  end)

  it("comes with the call as it stands by then, whatever a script did with it before", function()
    lab:provider("tin", nil, function(text)
      return (text:gsub("function webhook%(request%)\n", [[function webhook(request, call)
        if request.body.kind == "who" then
          local told = ("%%s %%s %%s %%s %%s"):format(call.to, call.state, call.reference, call.cursor,
            call.detail.price)
          call.to, call.state, call.detail.price = nil, "lost", 7
          return nil, { code = "told", message = told }
        end
]]))
    end)
    place()
    local function who()
      return http.send("POST", hook, { kind = "who" }).json.error:match ": (.*)"
    end
    local function learn(event)
      event.kind = "status"
      assert.equal(200, http.send("POST", hook, event).status)
    end
    assert.equal("+306900000001 queued r-1 nil nil", who())
    assert.equal("+306900000001 queued r-1 nil nil", who())
    learn { id = "1", state = "ringing" }
    assert.equal("+306900000001 ringing r-1 nil nil", who())
    learn { id = "2", cursor = "c-2", reference = "r-2" }
    assert.equal("+306900000001 ringing r-2 c-2 nil", who())
    learn { id = "3", cursor = "c-3", detail = { price = "0.1" } }
    assert.equal("+306900000001 ringing r-2 c-3 0.1", who())
    assert.equal("+306900000001 ringing r-2 c-3 0.1", who())
    assert_unharmed()
  end)

  it("is at most 64 KiB long", function()
    place()
    local function body(length)
      local frame = '{"kind":"ignored","message":""}'
      return '{"kind":"ignored","message":"' .. ("x"):rep(length - #frame) .. '"}'
    end
    assert.equal(200, http.send("POST", hook, body(65536)).status)
    local announced = ("POST /hooks/tin/%s HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n"):format(token)
    assert.has_match("^HTTP/1.1 413 ", http.raw(port, announced))
    local head = table.concat({ "POST /hooks/tin/" .. token .. " HTTP/1.1", "Host: x", "Transfer-Encoding: chunked",
      "Connection: close", "", "" }, "\r\n")
    local text = body(70000)
    assert.has_match("^HTTP/1.1 413 ", http.raw(port, ("%s%x\r\n%s\r\n0\r\n\r\n"):format(head, #text, text)))
    assert_unharmed()
  end)

  it("may be refused by the provider's script, in its words", function()
    place()
    local answer = http.send("POST", hook, { wrong = "no such event" })
    assert.equal(400, answer.status)
    assert.has_match("no such event", answer.json.error, 1, true)
    assert_unharmed()
  end)

  it("that drips in is cut, and holds nobody up", function()
    place()
    local slow = http.connect(port)
    slow:send(("POST /hooks/tin/%s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"):format(token))
    slow:settimeout(0.5)
    local began = socket.gettime()
    repeat
      assert.equal(200, http.send("POST", hook, ringing).status)
      local sent = slow:send " "
      local _, problem = slow:receive(1)
    until not sent or problem == "closed"
    slow:close()
    local lasted = socket.gettime() - began
    assert.is_true(lasted > 9 and lasted < 20, lasted)
    assert_unharmed()
  end)

  describe("is on disk", function()
    it("when it is acknowledged", function()
      place()
      assert.equal(200, http.send("POST", hook, ringing).status)
      local rows = lab:query "SELECT * FROM event WHERE key = 's1'"
      assert.equal(1, #rows)
      assert.equal("state", rows[1].kind)
      assert.equal("webhook", rows[1].source)
      local payload = json.decode(rows[1].payload)
      assert.matches("^%x+$", payload.provider_version)
      payload.provider_version = nil
      assert.same(ringing, payload)
      assert.same({ { state = "ringing" } }, lab:query "SELECT state FROM call")
      assert_unharmed()
    end)

    -- Somebody else's transaction; ends with the pipe.
    local function hold_store()
      local ready = lab.desk.folder .. "/held"
      local pipe = io.popen(("sqlite3 -cmd '.timeout 30000' %s"):format(lab.desk.store), "w")
      pipe:write("BEGIN IMMEDIATE;\n.shell touch " .. ready .. "\n")
      pipe:flush()
      while not io.open(ready) do socket.sleep(0.01) end
      return pipe
    end

    it("before it is acknowledged", function()
      place()
      local pipe = hold_store()
      local waiting = http.connect(port)
      local body = json.encode(ringing)
      waiting:send(("POST /hooks/tin/%s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"):format(token, #body))
      waiting:send(body)
      waiting:settimeout(0.4)
      local early, problem = waiting:receive "*l"
      assert.is_nil(early, "acknowledged while it could not be on disk")
      assert.equal("timeout", problem)
      pipe:close()
      waiting:settimeout(30)
      assert.has_match("^HTTP/1.1 200 ", waiting:receive "*l")
      waiting:close()
      assert.equal(1, #lab:query "SELECT * FROM event WHERE key = 's1'")
      assert_unharmed()
    end)
  end)

  describe("at the one address of a provider's console", function()
    local secret = ("5"):rep(32)

    before_each(function()
      lab:provider("tin", nil, function(text)
        return (text:gsub("key = {", "hook_token = { secret = true }, key = {"))
      end)
    end)

    local function console(body, path)
      return http.send("POST", url(path or "/hooks/tin/" .. secret), body)
    end

    -- The create-call's request, not answered yet.
    local function start()
      port = http.free_port()
      run = lab:start("--set=tin.hook_token=" .. secret, "--hooks=127.0.0.1:" .. port, "hello")
      return lab.line:take()
    end

    it("finds its call by the reference or the id in it", function()
      local create = start()
      assert.is_nil(create.json.hook)
      create:answer(200, { state = "queued", reference = "r-1" })
      local answer = console { kind = "status", id = "s1", state = "ringing", call = create.json.id }
      assert.equal(200, answer.status)
      assert.same({ { state = "ringing" } }, lab:query "SELECT state FROM call")
      assert.equal(200, console({ kind = "status", id = "s2", state = "completed", reference = "r-1" }).status)
      local ended = lab:wait(run)
      assert.equal(0, ended.status, ended.err)
      assert.equal("completed", ended.report.result)
    end)

    it("is acknowledged and dropped when the call is not ours", function()
      start():answer(200, { state = "queued", reference = "r-1" })
      -- Only a status that was taken in shows that the create-call's answer was.
      for _, body in ipairs { { kind = "status", id = "s1", state = "failed", reference = "r-2" },
        { kind = "status", id = "s2", state = "failed" },
        { kind = "status", id = "s3", state = "failed", call = "00000000-0000-4000-8000-000000000000" } } do
        local answer = console(body)
        assert.equal(200, answer.status)
        assert.equal("{}", answer.body)
      end
      assert.equal(404, console({}, "/hooks/tin/" .. ("6"):rep(32)).status)
      assert.equal(404, console({}, "/hooks/routee/" .. secret).status)
      repeat
        local answer = console { kind = "status", id = "end", state = "completed", reference = "r-1" }
        assert.equal(200, answer.status)
      until #lab:query "SELECT * FROM event WHERE key = 'end'" == 1
      local ended = lab:wait(run)
      assert.equal(0, ended.status, ended.err)
      assert.has_match("a webhook for a call that is not known", ended.err, 1, true)
    end)

    it("cannot be waited for without its token", function()
      local ended = lab:run "hello"
      assert.is_true(ended.status == 1 or ended.status == 2, ended.status)
      assert.equal("settings", ended.report.error.code)
      assert.has_match("hello%.lua:%d+: .*set tin%.hook_token", ended.report.error.message)
      assert.is_true(lab.line:is_quiet())
    end)

    it("is not needed by a flow that lets the call go", function()
      lab:flow("hello", [[
        return outdial.call { provider = "tin", to = "+306900000001", message = "m" }:detach()]])
      run = lab:start "hello"
      lab.line:serve(200, { state = "queued" })
      assert.equal(0, lab:wait(run).status)
    end)
  end)

  it("cannot arrive from a provider on the internet without a public address", function()
    local ended = lab.desk:command("run", "--json", "--store", lab.desk.store, "--scripts", lab.desk.scripts,
      "--set=tin.url=http://192.0.2.1", "hello")
    assert.is_true(ended.status == 1 or ended.status == 2, ended.out)
    local report = json.decode(ended.out)
    assert.equal("settings", report.error.code)
    assert.has_match("--public-url", report.error.message, 1, true)
  end)

  it("cannot arrive at a public address that is no URL", function()
    for _, given in ipairs { "calls.example.com", "", "ftp://calls.example.com", "//calls.example.com" } do
      local ended = lab:run("hello", "--public-url=" .. given)
      assert.equal(2, ended.status, ended.out)
      assert.equal("settings", ended.report.error.code)
      assert.has_match(("engine.public_url must begin with https:// or http://, such as https://calls.example.com, "
        .. "not '%s'"):format(given), ended.report.error.message, 1, true)
    end
  end)

  it("needs an address of ours to arrive at", function()
    local taken = assert(socket.bind("127.0.0.1", 0))
    local _, taken_port = taken:getsockname()
    for address, code in pairs { ["127.0.0.1:" .. taken_port] = "listen", ["nonsense"] = "settings",
      ["127.0.0.1:70000"] = "settings", ["127.0.0.1:"] = "settings" } do
      local ended = lab.desk:command("run", "--json", "--store", lab.desk.store, "--scripts", lab.desk.scripts,
        "--set=tin.url=" .. lab.line.url, "--hooks=" .. address, "hello")
      assert.is_true(ended.status == 1 or ended.status == 2, ended.out)
      local report = json.decode(ended.out)
      assert.equal(code, report.error.code, address)
    end
    taken:close()
    assert.is_true(lab.line:is_quiet())
  end)
end)
