local json = require "spec.support.json"
local process = require "spec.support.process"
local lab = require("spec.support.lab").new()

describe("a secret", function()
  teardown(function() lab:close() end)
  before_each(function() lab:reset() end)

  -- Everything the store holds, as text.
  local function stored()
    local dump = process.run { "sqlite3", "-readonly", "-cmd", ".timeout 30000", lab.desk.store, ".dump" }
    assert.equal(0, dump.status, dump.err)
    return dump.out
  end

  -- It is not in what was printed, nor in the store; not as it is and not as JSON writes it.
  local function assert_kept(ended, secret)
    local escaped = json.encode(secret):sub(2, -2)
    local doubled = json.encode(escaped):sub(2, -2)
    for where, text in pairs { stdout = ended.out, stderr = ended.err, store = stored() } do
      for _, form in ipairs { secret, escaped, doubled, (secret:gsub("'", "''")) } do
        local at = text:find(form, 1, true)
        if at then error(("it is in %s: …%s…"):format(where, text:sub(math.max(at - 200, 1), at + #form + 50)), 2) end
      end
    end
  end

  describe("of a provider is not told by", function()
    local secret = 'p4ss"w\\rd' .. "'é"

    before_each(function()
      lab:set("tin.key=" .. secret)
      lab:flow("hello", [[
        local call = outdial.call { provider = "tin", to = "+306900000001", message = "m" }
        local disposition, err = call:wait {}
        outdial.log(err and err.message)
        if err then return nil, err end
        return disposition]])
    end)

    local function tin_with(lines)
      lab:provider("tin", "status = status, poll = { first = 0.02, ceiling = 0.02, deadline = 60 }", function(text)
        return (text:gsub("local function place%b()", "%0 " .. lines:gsub("%%", "%%%%")))
      end)
    end

    it("the create-call, whose body has it", function()
      lab:provider("tin", nil, function(text)
        return (text:gsub("body = request }", 'body = { key = settings.key, more = "<" .. settings.key } }'))
      end)
      local run = lab:start("--log-level", "debug", "hello")
      local create = lab.line:take()
      assert.equal(secret, create.json.key)
      create:answer(200, { state = "completed" })
      local ended = lab:wait(run)
      assert.equal(0, ended.status, ended.err)
      assert_kept(ended, secret)
      assert.has_match('${key}', lab:query("SELECT request FROM call")[1].request, 1, true)
    end)

    it("a script that raises it", function()
      tin_with 'error("the key " .. settings.key .. " is wrong")'
      local ended = lab:run("--log-level", "debug", "hello")
      assert.equal(1, ended.status)
      assert_kept(ended, secret)
      assert.has_match("the key ${key} is wrong", ended.report.error.message, 1, true)
    end)

    it("a script that returns it in an error", function()
      for _, sent in ipairs { "no", "maybe" } do
        tin_with(('do return nil, { code = "auth", message = "not " .. settings.key, sent = "%s" } end'):format(sent))
        local ended = lab:run("--log-level", "debug", "hello")
        assert_kept(ended, secret)
        assert.has_match("not ${key}", ended.report.error.message, 1, true)
      end
    end)

    it("a script that returns it in a message or a detail", function()
      tin_with 'do return { state = "failed", message = settings.key, detail = { a = { settings.key } } } end'
      local ended = lab:run("--log-level", "debug", "hello")
      assert_kept(ended, secret)
      assert.equal("${key}", ended.report.error.message)
    end)

    it("a script that logs it", function()
      tin_with "outdial.log.warn('the key is ' .. settings.key)"
      local run = lab:start("--log-level", "debug", "hello")
      lab.line:serve(200, { state = "completed" })
      local ended = lab:wait(run)
      assert.has_match("the key is ${key}", ended.err, 1, true)
      assert_kept(ended, secret)
    end)

    it("a provider that sends it back", function()
      tin_with "request = { key = settings.key }"
      local run = lab:start("--log-level", "debug", "hello")
      lab.line:serve(200, { state = "queued", reference = "r-1", detail = { echo = secret } })
      lab.line:serve(200, { error = { code = "auth", message = secret } })
      lab.line:serve(200, { state = "failed", reason = "auth", message = "No " .. secret, detail = { x = secret } })
      local ended = lab:wait(run)
      assert.equal(1, ended.status)
      assert_kept(ended, secret)
    end)

    it("an address that has it", function()
      lab:provider("tin", nil, function(text)
        return (text:gsub('settings.url .. "/calls"', 'settings.url .. "/calls?key=" .. settings.key'))
      end)
      lab.given = { "--set=tin.url=" .. lab.line.url, "--set=tin.key=s3cr3tkey" }
      local run = lab:start("--log-level", "debug", "hello")
      lab.line:take():cut()
      local ended = lab:wait(run)
      assert.equal(3, ended.status)
      assert_kept(ended, "s3cr3tkey")
    end)
  end)

  describe("of a shipped provider is nowhere when everything is sent back", function()
    local secret = "K7x-s3cr3t-9Qz"

    -- Answers whatever comes with what came, headers and all, until the run has ended.
    local function run_echoing(settings, ...)
      for _, setting in ipairs(settings) do lab:set(setting) end
      local run = lab:start("--log-level", "debug", ...)
      lab.line.listener:settimeout(0.5)
      repeat
        local fine, request = pcall(function() return lab.line:take() end)
        if fine then
          local echo = { developerMessage = request.body, message = request.body, code = request.body,
            error = { message = request.body .. json.encode(request.headers) }, body = request.body }
          if request.path == "/oauth/token" then echo = { access_token = secret .. "-token", expires_in = 3600 } end
          request:answer(request.path == "/oauth/token" and 200 or 400, echo)
        end
      until not fine
      return lab:wait(run)
    end

    it("with Veratad", function()
      local ended = run_echoing({ "veratad.url=" .. lab.line.url, "veratad.user=u", "veratad.pass=" .. secret },
        "deliver", "to=+12015106000", "message=m")
      assert.equal(1, ended.status, ended.out)
      assert_kept(ended, secret)
    end)

    it("with SENDService", function()
      local ended = run_echoing({ "sendservice.url=" .. lab.line.url, "sendservice.username=u",
        "sendservice.password=" .. secret, "sendservice.guid=00000000-0000-4000-8000-000000000001",
        "sendservice.caller_id=+359880000000" }, "deliver", "provider=sendservice", "to=+359880000001", "message=200")
      assert.equal(1, ended.status, ended.out)
      assert_kept(ended, secret)
    end)

    it("with Phonon", function()
      local id = secret:gsub("%-", "") .. ("S"):rep(64 - #secret:gsub("%-", ""))
      local ended = run_echoing({ "phonon.url=" .. lab.line.url, "phonon.security_id=" .. id,
        "phonon.flow_id=Fl0w1234" }, "deliver", "provider=phonon", "to=+918000000001", "wait=false")
      assert.is_true(ended.status == 1 or ended.status == 3, ended.out)
      assert_kept(ended, id)
    end)

    it("with Routee", function()
      local ended = run_echoing({ "routee.url=" .. lab.line.url, "routee.auth_url=" .. lab.line.url, "routee.app_id=u",
        "routee.app_secret=" .. secret }, "pin", "to=+306900000001", "pin=1234", "support=+306900000009")
      assert.equal(1, ended.status, ended.out)
      assert_kept(ended, secret)
      assert_kept(ended, secret .. "-token")
    end)
  end)

  it("that was keyed is in the journal, with what was told of it, and nowhere else", function()
    local routee = lab.desk:double "routee"
    routee:behave { callee = { keys = json.array { "83659#", "4711#" } } }
    local ended = lab:run("--log-level", "debug", "pin", "to=+306900000001", "pin=4711", "support=+306900000009")
    assert.equal(0, ended.status, ended.err)
    assert.same({ accepted = true }, ended.report.result)
    assert.is_nil((ended.out .. ended.err):find "83659")
    for _, sql in ipairs { "SELECT * FROM run", "SELECT * FROM call", "SELECT * FROM script",
      "SELECT run, seq, op, args, digest, line FROM op", "SELECT result FROM op WHERE op <> 'collect'",
      "SELECT call, key, kind, source, answer FROM event", "SELECT * FROM event WHERE kind <> 'digits'" } do
      assert.is_nil(json.encode(lab:query(sql)):find "83659", sql)
    end
    local human = lab.desk:run("--log-level", "debug", "pin", "to=+306900000001", "pin=4711", "support=+306900000009")
    assert.is_nil((human.out .. human.err):find "83659")
  end)
end)
