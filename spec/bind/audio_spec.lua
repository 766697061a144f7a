local json = require "spec.support.json"
local process = require "spec.support.process"
local lab = require("spec.support.lab").new()

describe("outdial.audio", function()
  teardown(function() lab:close() end)
  before_each(function() lab:reset() end)

  -- 16-bit PCM of some seconds: a tone, since silence may have its own opinion.
  local function wav(seconds)
    local count, samples = math.floor(8000 * seconds), {}
    for i = 1, count do samples[i] = ("<i2"):pack(math.floor(8000 * math.sin(i / 8))) end
    local data = table.concat(samples)
    return ("<c4I4c4c4I4I2I2I4I4I2I2c4I4"):pack("RIFF", 36 + #data, "WAVE", "fmt ", 16, 1, 1, 8000, 16000, 2, 16,
      "data", #data) .. data
  end

  local function check(path, provider)
    lab:flow("audio", [[
      local report, err = outdial.audio(p.provider and { path = p.path, provider = p.provider } or p.path)
      return { report = report, err = err }]], [[params = { path = { type = "string", required = true },
        provider = { type = "string" } }]])
    local ended = lab:run("audio", "path=" .. path, provider and "provider=" .. provider)
    assert.equal(0, ended.status, ended.out .. ended.err)
    return ended.report.result
  end

  it("tells what a file is, by its content", function()
    local path = lab.desk:file("message.mp3", wav(0.5))
    local report = check(path).report
    assert.equal("audio/wav", report.mime)
    assert.equal(8000, report.rate)
    assert.equal(1, report.channels)
    assert.is_true(math.abs(report.duration - 0.5) < 0.01, report.duration)
    assert.equal(path, report.path)
    assert.equal("warning", report.verdict)
    assert.equal("misnamed", report.warnings[1].code)
    assert.has_match("^mv ", report.warnings[1].mend)
    assert.is_number(report.measures.peak)
    local row = lab:query "SELECT args, result FROM op WHERE op = 'audio'"[1]
    assert.same({ path = path }, json.decode(row.args))
    assert.same(report, json.decode(row.result)[1])
  end)

  it("refuses what is none, or not whole", function()
    local whole = wav(0.5)
    for name, text in pairs { ["page.wav"] = "<html>404</html>", ["empty.wav"] = "",
      ["cut.wav"] = whole:sub(1, 4000) } do
      local err = check(lab.desk:file(name, text)).err
      assert.equal("audio", err.code)
      assert.has_match(name, err.message, 1, true)
    end
    local err = check(lab.desk.folder .. "/nowhere.wav").err
    assert.equal("audio", err.code)
    assert.has_match("nowhere.wav", err.message, 1, true)
    assert.equal("audio", check(lab.desk.folder).err.code)
  end)

  it("knows what each provider takes", function()
    local path = lab.desk:file("message.wav", wav(0.5))
    assert.is_table(check(path, "veratad").report)
    lab:provider("tin", nil, function(text)
      return (text:gsub("message = true", 'message = true, audio = { "audio/mpeg" }'))
    end)
    local err = check(path, "tin").err
    assert.equal("audio", err.code)
    assert.has_match("audio/wav, which tin does not take", err.message, 1, true)
    assert.is_table(check(path, "nobody").err)
  end)

  it("does not wait for what is no file", function()
    local fifo = lab.desk.folder .. "/pipe.wav"
    assert(os.execute("mkfifo " .. process.quote(fifo)))
    assert.equal("audio", check(fifo).err.code)
  end)
end)
