local control = require "spec.support.control"
local http = require "spec.support.http"
local process = require "spec.support.process"
local lab = require("spec.support.lab").new()

describe("the control API's address", function()
  local token = "a token that nobody guesses"

  teardown(function() lab:close() end)
  before_each(function() lab:reset() end)

  local function socket_path()
    return lab.desk.folder .. "/my.socket"
  end

  it("is a socket beside the store, for its owner only, gone with the engine", function()
    local served = lab:serve()
    local path = lab.desk.store .. ".control"
    assert.equal("600", process.line("stat -c %a " .. path))
    assert.equal("ok", lab:control():ask("GET", "/health").json.status)
    lab:shut(served)
    assert.is_nil(io.open(path))
  end)

  it("may be another socket", function()
    for _, prefix in ipairs { "", "unix:" } do
      local served = lab:serve("--set=engine.control=" .. prefix .. socket_path())
      assert.equal(200, control.at(socket_path()):ask("GET", "/health").status)
      lab:shut(served)
    end
  end)

  it("replaces a socket that a killed engine left", function()
    lab:serve()
    lab:stop()
    assert.is_true(process.line("stat -c %F " .. lab.desk.store .. ".control") == "socket")
    lab:serve()
    assert.equal(200, lab:control():ask("GET", "/health").status)
  end)

  it("may be none", function()
    lab:serve "--set=engine.control=none"
    assert.is_nil(io.open(lab.desk.store .. ".control"))
  end)

  it("may be a port of loopback, for those who know the token", function()
    local port = http.free_port()
    lab:serve("--set=engine.control=127.0.0.1:" .. port, "--set=engine.control_token=" .. token)
    assert.equal(200, control.at(port, token):ask("GET", "/runs").status)
    for _, scheme in ipairs { "bearer", "BEARER" } do -- in either case, unlike the token (RFC 9110, 11.1)
      local headers = { Authorization = scheme .. " " .. token }
      assert.equal(200, control.at(port):ask("GET", "/runs", nil, headers).status)
    end
    for _, wrong in ipairs { token .. "x", token:sub(1, -2), token:upper(), "x", "" } do
      local answer = control.at(port, wrong):ask("GET", "/runs")
      assert.equal(401, answer.status, wrong)
      assert.equal("Bearer", answer.headers["www-authenticate"])
      assert.equal("token", answer.json.error.code)
    end
    assert.equal(401, control.at(port):ask("POST", "/runs", { flow = "quick" }).status)
    assert.equal(401, control.at(port):ask("GET", "/metrics").status)
    assert.equal(401, control.at(port):ask("GET", "/nothing").status)
  end)

  it("lets a monitor see without the token that the engine lives", function()
    local port = http.free_port()
    lab:serve("--set=engine.control=127.0.0.1:" .. port, "--set=engine.control_token=" .. token)
    assert.equal(200, control.at(port):ask("GET", "/health").status)
    repeat until control.at(port):ask("GET", "/ready").status == 200
  end)

  local function assert_refused(status, message, ...)
    local ended = lab.desk:ask("serve", ...)
    assert.equal(status, ended.status, ended.err)
    assert.has_match(message, ended.err, 1, true)
  end

  it("is refused where others could reach it, or without a token", function()
    for _, address in ipairs { "0.0.0.0:8080", "192.0.2.1:8080", "[::]:8080", "localhost:8080" } do
      assert_refused(2, "is no loopback address", "--set=engine.control=" .. address,
        "--set=engine.control_token=" .. token)
    end
    assert_refused(2, "needs engine.control_token", "--set=engine.control=127.0.0.1:0")
    assert_refused(2, "needs engine.control_token", "--set=engine.control=[::1]:0", "--set=engine.control_token=")
    for _, odd in ipairs { "here", "127.0.0.1", "127.0.0.1:port", "127.0.0.1:70000", ":80" } do
      assert_refused(2, "must be the path of a socket", "--set=engine.control=" .. odd,
        "--set=engine.control_token=" .. token)
    end
  end)

  it("is refused where something else is", function()
    process.write(socket_path(), "mine")
    assert_refused(1, "is no socket", "--set=engine.control=" .. socket_path())
    assert.equal("mine", process.read(socket_path()))
  end)

  it("may be missing when the store's path is too long for one", function()
    local folder = lab.desk.folder .. "/" .. ("f"):rep(100)
    assert(os.execute("mkdir " .. folder))
    local served = lab:serve("--store", folder .. "/outdial.db")
    local ended = lab:shut(served)
    assert.equal(0, ended.status)
    assert.has_match("no control API: .*1 to 107 bytes", ended.err)
  end)

  it("answers nothing but what is there", function()
    lab:serve()
    local api = lab:control()
    assert.equal(404, api:ask("GET", "/").status)
    assert.equal(404, api:ask("GET", "/runs/").status)
    assert.equal(404, api:ask("GET", "/runs/abc/").status)
    assert.equal(404, api:ask("GET", "/runs/abc/other").status)
    local answer = api:ask("DELETE", "/runs/abc")
    assert.equal(405, answer.status)
    assert.equal("GET, HEAD", answer.headers.allow)
  end)

  it("answers HEAD as GET, without the body", function()
    lab:serve()
    local api = lab:control()
    repeat until api:ask("GET", "/ready").status == 200 -- from now on it says the same each time
    for path in ("/health /ready /runs /scripts /metrics /openapi.json /runs/abcdefghjkmn"):gmatch "%S+" do
      local head, answer = api:head(path), api:ask("GET", path)
      assert.is_true(#answer.body > 0)
      assert.equal("", head.body)
      assert.equal(answer.status, head.status, path)
      for _, name in ipairs { "content-type", "content-encoding" } do
        assert.equal(answer.headers[name], head.headers[name], path)
      end
    end
    assert.equal(405, api:head("/runs/abcdefghjkmn/cancel").status)
  end)

  it("ends at once what HEAD asks of a stream", function()
    lab:flow("asks", 'outdial.call { provider = "tin", to = "+306900000001" }:collect {}')
    lab:provider "tin"
    lab:serve()
    local api = lab:control()
    local head = api:head "/events"
    assert.same({ 200, "text/event-stream", "" }, { head.status, head.headers["content-type"], head.body })
    local run = api:ask("POST", "/runs", { flow = "asks" }).json.run
    head = api:head("/runs/" .. run .. "/events")
    assert.same({ 200, "text/event-stream", "" }, { head.status, head.headers["content-type"], head.body })
    local follower = api:follow "/events" -- what happens now has nobody but this to be told to
    assert.equal(200, api:ask("POST", "/runs", { flow = "asks" }).status // 100 * 100)
    assert.equal("started", follower:next().kind)
    follower:close()
  end)
end)
