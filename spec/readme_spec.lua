local desk = require("spec.support.desk").new()
local json = require "spec.support.json"
local process = require "spec.support.process"
local socket = require "socket"

local readme = process.read "README.md"

-- The Lua between fences whose first line names this file.
local function block(name)
  for text in readme:gmatch "```lua\n(.-)```" do
    if text:match("^%-%- ([^\n]+)\n") == name then return text end
  end
  error("README.md has no Lua of " .. name)
end

describe("README.md", function()
  teardown(function() desk:close() end)
  before_each(function() desk:reset() end)

  local function assert_no_problem(path)
    local ended = desk:command("check", path)
    assert.equal(0, ended.status, ended.out .. ended.err)
  end

  it("shows the PIN flow as it is", function()
    assert.equal(process.read "scripts/flows/pin.lua", block "scripts/flows/pin.lua")
  end)

  it("links to what is there", function()
    local links = 0
    for path in readme:gmatch "%]%(([%w_./]+)%)" do
      links = links + 1
      assert.is_not_nil(io.open(path), path)
    end
    assert.is_true(links > 5)
  end)

  it("names every setting of every provider and of the engine", function()
    for _, group in ipairs { "routee", "veratad", "sendservice", "phonon", "engine" } do
      local row = assert(readme:match("\n| " .. group .. " |([^\n]+)"))
      local named, known = {}, {}
      for name in row:gmatch "`([%w_]+)`" do named[#named + 1] = name end
      table.sort(named)
      local to, flow = "to=+12025550001", group == "routee" and "pin" or "deliver"
      local ended = desk:command("run", flow, to, flow == "pin" and "pin=1" or "message=m",
        flow == "pin" and "support=+12025550002" or "wait=false",
        "provider=" .. (group == "engine" and "veratad" or group), "--store", desk.store,
        "--set", group .. ".nonsense=1")
      local words = (ended.out .. ended.err):gsub("%s+", " ")
      local list = assert(words:match "no setting 'nonsense'; it has ([%w_, ]+)", words)
      for name in list:gmatch "[%w_]+" do known[#known + 1] = name end
      table.sort(known)
      assert.same(known, named, group)
    end
  end)

  it("has a settings file that is Lua", function()
    assert.is_table(load(block "/etc/outdial.lua")().veratad)
  end)

  it("has a flow that checks well and does what it says", function()
    local path = desk:file("confirm.lua", block "confirm.lua")
    assert_no_problem(path)
    desk:double "routee":behave { callee = { keys = json.array { "1#" } } }
    local ended = desk:report(path, "to=+306900000001", "day=Monday")
    assert.equal("completed", ended.report.state, ended.out)
    assert.is_true(ended.report.result.confirmed)
  end)

  it("has a spec of that flow which passes", function()
    assert(os.execute(("mkdir -p %s/scripts/flows && cp -r scripts/providers %s/scripts"):format(desk.folder,
      desk.folder)))
    desk:file("scripts/flows/confirm.lua", block "confirm.lua")
    desk:file("scripts/flows/confirm_spec.lua", block "scripts/flows/confirm_spec.lua")
    local ended = desk:command("test", "--scripts", desk.folder .. "/scripts")
    assert.equal(0, ended.status, ended.out .. ended.err)
    assert.has_match("1 spec passed", ended.out)
  end)

  describe("has a provider", function()
    local server, port

    before_each(function()
      server = assert(socket.bind("127.0.0.1", 0))
      server:settimeout(30)
      port = select(2, server:getsockname())
      assert(os.execute(("mkdir -p %s/scripts/providers && cp -r scripts/flows %s/scripts"):format(
        desk.folder, desk.folder)))
      desk.scripts = desk.folder .. "/scripts"
      -- In its own time, only faster.
      local text, turned = block("scripts/providers/acme.lua"):gsub("first = 2,", "first = 0.01,")
      assert.equal(1, turned)
      desk:file("scripts/providers/acme.lua", text)
    end)

    after_each(function() server:close() end)

    -- Takes one request and answers it; returns its first line, headers and body.
    local function serve(status, body)
      local connection = assert(server:accept())
      connection:settimeout(30)
      local first, headers = connection:receive "*l", {}
      for line in function() return connection:receive "*l" end do
        if line == "" then break end
        local name, value = line:match "^(.-): (.*)$"
        headers[name:lower()] = value
      end
      local length = tonumber(headers["content-length"])
      local sent = length and connection:receive(length)
      connection:send(("HTTP/1.1 %s\r\nContent-Type: application/json\r\nConnection: close\r\n"):format(status) ..
        ("Content-Length: %d\r\n\r\n%s"):format(#body, body))
      connection:close()
      return first, headers, sent
    end

    local function start()
      return desk:start("deliver", "provider=acme", "to=+12025550001", "message=reminder", "--json",
        "--set", "acme.url=http://127.0.0.1:" .. port, "--set", "acme.key=long-and-secret")
    end

    it("that checks well", function()
      assert_no_problem(desk.scripts .. "/providers/acme.lua")
    end)

    it("that places a call and asks for its status", function()
      local command = start()
      local first, headers, sent = serve("201 Created", '{"id":"a1"}')
      assert.equal("POST /calls HTTP/1.1", first)
      assert.equal("Bearer long-and-secret", headers.authorization)
      assert.same({ number = "+12025550001", recording = "reminder" }, json.decode(sent))
      for _, state in ipairs { "waiting", "talking", "over" } do
        assert.equal("GET /calls/a1 HTTP/1.1", (serve("200 OK", '{"state":"' .. state .. '"}')))
      end
      local ended = command:wait()
      assert.equal(0, ended.status, ended.out .. ended.err)
      assert.is_true(json.decode(ended.out).result.delivered)
    end)

    it("whose 500 leaves the outcome unknown", function()
      local command = start()
      serve("500 Oops", "")
      assert.equal(3, command:wait().status)
    end)
  end)
end)
