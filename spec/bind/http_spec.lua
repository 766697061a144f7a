local http = require "spec.support.http"
local json = require "spec.support.json"
local lab = require("spec.support.lab").new()

describe("outdial.http", function()
  local run
  local params = 'params = { url = { type = "string", required = true } }'

  teardown(function() lab:close() end)
  before_each(function() lab:reset() end)

  -- The flow asks the line for /thing with these options and returns what it gets.
  local function ask(options, path)
    lab:flow("ask", ([[
      local answer, err = outdial.http { url = p.url .. "%s", %s }
      return { answer = answer, err = err }]]):format(path or "/thing", options or ""), params)
    run = lab:start("ask", "url=" .. lab.line.url)
  end

  local function result()
    local ended = lab:wait(run)
    assert.equal(0, ended.status, ended.out .. ended.err)
    return ended.report.result
  end

  it("gives the flow the whole answer", function()
    ask()
    local request = lab.line:take()
    assert.equal("GET", request.method)
    assert.equal("/thing", request.path)
    assert.equal("", request.body)
    request:answer(404, { reason = "gone" }, { ["X-Own"] = "1" })
    local answer = result().answer
    assert.equal(404, answer.status)
    assert.equal('{"reason":"gone"}', answer.body)
    assert.same({ reason = "gone" }, answer.json)
    assert.equal("1", answer.headers["x-own"])
    assert.is_nil(answer.headers["X-Own"])
  end)

  it("sends a text as it is, and whatever headers it is given", function()
    ask 'method = "PUT", body = "a=b", headers = { ["X-One"] = "1", Accept = "text/plain" }'
    local request = lab.line:serve(200, "fine")
    assert.equal("PUT", request.method)
    assert.equal("a=b", request.body)
    assert.equal("1", request.headers["x-one"])
    assert.equal("text/plain", request.headers.accept)
    assert.is_nil(request.headers["content-type"])
    assert.is_nil(result().answer.json)
  end)

  it("sends a table as JSON, exactly as it is", function()
    ask [[method = "POST", body = { n = 9007199254740993, m = math.mininteger, f = 0.5, whole = 3.0,
      none = outdial.null, list = {}, empty = outdial.json.array {}, text = "\u{1F4DE} \"\\/\n",
      nested = { { 1, 2 }, { a = {} } } }]]
    local request = lab.line:serve(200, "")
    assert.equal("application/json", request.headers["content-type"])
    assert.equal([[{"empty":[],"f":0.5,"list":{},"m":-9223372036854775808,"n":9007199254740993,]]
      .. [["nested":[[1,2],{"a":{}}],"none":null,"text":"📞 \"\\/\n","whole":3}]], request.body)
    result()
  end)

  it("sends a GET with a body, and one's own content type", function()
    ask 'body = { a = 1 }, headers = { ["content-type"] = "application/x-own" }'
    local request = lab.line:serve(200, "")
    assert.equal("GET", request.method)
    assert.equal('{"a":1}', request.body)
    assert.equal("application/x-own", request.headers["content-type"])
    result()
  end)

  it("reads JSON exactly as it is, through the journal to the end", function()
    lab:flow("ask", [[
      local json = outdial.http { url = p.url .. "/thing" }.json
      return { json = json, types = { n = math.type(json.n), whole = math.type(json.whole), f = math.type(json.f),
        none = json.none == outdial.null } }]], params)
    run = lab:start("ask", "url=" .. lab.line.url)
    lab.line:serve(200, '{"empty":[],"f":0.5,"n":9007199254740993,"none":null,"text":"\\u0000","whole":3.0}')
    local ended = lab:wait(run)
    assert.equal(0, ended.status, ended.out .. ended.err)
    assert.same({ n = "integer", whole = "integer", f = "float", none = true }, ended.report.result.types)
    local exact = '"json":{"empty":[],"f":0.5,"n":9007199254740993,"none":null,"text":"\\u0000","whole":3}'
    assert.has_match(exact, ended.out, 1, true)
    assert.has_match('"n":9007199254740993', lab:query("SELECT result FROM op WHERE op = 'http'")[1].result, 1, true)
  end)

  it("is one entry of the journal", function()
    ask()
    local request = lab.line:take()
    local row = lab:query "SELECT * FROM op WHERE op = 'http'"[1]
    assert.same({ url = lab.line.url .. "/thing", method = "GET" }, json.decode(row.args))
    assert.equal(json.null, row.result)
    assert.equal(2, row.line)
    request:answer(200, "fine")
    result()
    row = lab:query "SELECT * FROM op WHERE op = 'http'"[1]
    assert.equal("fine", json.decode(row.result)[1].body)
    assert.is_true(row.finished >= row.started)
  end)

  it("follows no redirect and sends nothing twice", function()
    ask()
    lab.line:serve(302, "", { Location = lab.line.url .. "/elsewhere" })
    assert.equal(302, result().answer.status)
    assert.is_true(lab.line:is_quiet())
    ask 'method = "POST"'
    lab.line:serve(503, "", { ["Retry-After"] = "0" })
    assert.equal(503, result().answer.status)
    assert.is_true(lab.line:is_quiet())
  end)

  describe("shows as text what is not", function()
    it("with ? for bytes that are not UTF-8", function()
      ask()
      lab.line:serve(200, "a\255\254b", { ["X-Odd"] = "\xe9" })
      local answer = result().answer
      assert.equal("a??b", answer.body)
      assert.equal("?", answer.headers["x-odd"])
    end)

    it("without reading JSON that is nested deeper than a value may be", function()
      local function nested(levels)
        lab:flow("ask", [[
          local answer = outdial.http { url = p.url .. "/thing" }
          return #answer.body .. type(answer.json)]], params)
        run = lab:start("ask", "url=" .. lab.line.url)
        lab.line:serve(200, ("["):rep(levels) .. ("]"):rep(levels))
        return result()
      end
      assert.equal("124table", nested(62))
      assert.equal("126nil", nested(63))
      assert.equal("4000nil", nested(2000))
    end)

    it("and not at all what is too large for a value", function()
      local function large(text)
        lab:flow("ask", [[
          local answer, err = outdial.http { url = p.url .. "/thing" }
          return answer and #answer.body .. type(answer.json) or err.code .. " " .. err.sent]], params)
        run = lab:start("ask", "url=" .. lab.line.url)
        lab.line:serve(200, text)
        return result()
      end
      assert.equal("1048576nil", large(("x"):rep(1 << 20)))
      assert.equal("1000002string", large('"' .. ("x"):rep(1000000) .. '"'))
      assert.equal("too_large maybe", large(("\1"):rep(1 << 20)))
    end)
  end)

  describe("says whether anything was sent when it", function()
    local function error_of()
      local err = result().err
      assert.is_true(#err.message > 0)
      return err.code .. " " .. err.sent
    end

    it("finds nobody listening", function()
      lab.line.url = "http://127.0.0.1:" .. http.free_port()
      ask()
      assert.equal("refused no", error_of())
    end)

    it("cannot read the address", function()
      for _, url in ipairs { "nonsense", "ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999/",
        "file:///etc/passwd" } do
        lab.line.url = url
        ask(nil, "")
        assert.equal("invalid no", error_of(), url)
      end
    end)

    it("cannot send such headers", function()
      for _, header in ipairs { '["X-A"] = "1\\r\\nX-B: 2"', '["X A"] = "1"', '["X-A"] = 1',
        '["Content-Length"] = "9"' } do
        ask("headers = { " .. header .. " }")
        assert.equal("invalid no", error_of(), header)
      end
      assert.is_true(lab.line:is_quiet())
    end)

    it("cannot send so many headers", function()
      local headers = {}
      for i = 1, 65 do headers[i] = ('["X-%d"] = "1"'):format(i) end
      ask("headers = { " .. table.concat(headers, ", ") .. " }")
      assert.equal("invalid no", error_of())
    end)

    it("is cut off", function()
      ask()
      lab.line:take():cut()
      assert.equal("cut maybe", error_of())
    end)

    it("gets no answer in time", function()
      ask "deadline = 0.2"
      lab.line:take()
      assert.equal("timeout maybe", error_of())
    end)

    it("gets too much", function()
      ask()
      lab.line:serve(200, ("x"):rep((1 << 20) + 1))
      assert.equal("too_large maybe", error_of())
    end)
  end)

  it("gives its values to a provider, and the provider's to the wire", function()
    lab:provider "tin"
    lab:flow("ask", [[
      outdial.call { provider = "tin", to = "+306900000001", message = "m", keys = { n = 9007199254740993, f = 0.5,
        none = outdial.null, empty = outdial.json.array {}, list = { {}, { outdial.null } } } }:wait {}]])
    run = lab:start "ask"
    local create = lab.line:serve(200, { state = "completed" })
    local exact = '"keys":{"empty":[],"f":0.5,"list":[{},[null]],"n":9007199254740993,"none":null}'
    assert.has_match(exact, create.body, 1, true)
    assert.has_match(exact, lab:query("SELECT args FROM op WHERE op = 'call'")[1].args, 1, true)
    assert.equal(0, lab:wait(run).status)
  end)
end)
