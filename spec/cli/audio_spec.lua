local desk = require("spec.support.desk").new()
local json = require "spec.support.json"
local process = require "spec.support.process"
local wav = require "spec.support.wav"

describe("outdial audio", function()
  local good, cut, quiet

  setup(function()
    good = desk:file("good.wav", wav.good())
    cut = desk:file("cut.wav", wav.cut())
    quiet = desk:file("quiet.wav", wav.quiet())
  end)
  teardown(function() desk:close() end)
  before_each(function() desk:reset() end)

  local function audio(...)
    return desk:command("audio", ...)
  end

  local function lines_of(text)
    local lines = {}
    for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
    return lines
  end

  local function assert_ended(ended, status)
    assert.equal(status, ended.status, ended.out .. ended.err)
    assert.equal("", ended.err)
  end

  local function assert_usage(ended, part)
    assert.equal(2, ended.status)
    assert.equal("", ended.out)
    assert.has_match(part, ended.err, 1, true)
  end

  local function report(...)
    local ended = audio("--json", ...)
    assert.equal("", ended.err)
    return assert(json.decode(ended.out)), ended.status
  end

  it("tells of a good file what it is", function()
    local ended = audio(good)
    assert_ended(ended, 0)
    assert.has_match("good    " .. good .. ": WAV, PCM 16 bit, 8000 Hz, mono, 1.00 s (audio/wav)\n", ended.out, 1, true)
  end)

  it("has nothing against the shipped example", function()
    assert_ended(audio("--strict", "examples/audio"), 0)
  end)

  it("tells one line a file, in the order given", function()
    local ended = audio(cut, good, quiet)
    assert_ended(ended, 1)
    local lines = lines_of(ended.out)
    assert.equal(3, #lines)
    assert.has_match("refused " .. cut .. ": truncated: the header promises 16044 bytes", lines[1], 1, true)
    assert.has_match("good    " .. good, lines[2], 1, true)
    assert.has_match("warning " .. quiet .. ": quiet: it is quiet: ", lines[3], 1, true)
  end)

  it("names the command that mends a file, ready for a shell", function()
    local spaced = desk:file("it's quiet.wav", wav.quiet())
    local ended = audio(spaced)
    local command = ended.out:match "%[(outdial .+)%]"
    assert(command, ended.out)
    local mended = process.run { "sh", "-c", (command:gsub("^outdial", desk.binary)) }
    assert.equal(0, mended.status, mended.err)
    assert_ended(audio("--strict", desk.folder .. "/it's quiet-mended.wav"), 0)
  end)

  it("refuses warnings too when it is strict", function()
    assert_ended(audio(quiet), 0)
    local ended = audio("--strict", quiet)
    assert_ended(ended, 1)
    assert.has_match("refused " .. quiet .. ": quiet: ", ended.out, 1, true)
  end)

  it("refuses what is not there, and what is no audio", function()
    local page = desk:file("page.wav", "<!DOCTYPE html><title>404</title>")
    local ended = audio(page, desk.folder .. "/none.wav")
    assert_ended(ended, 1)
    assert.has_match("foreign: it is an HTML page", ended.out, 1, true)
    assert.has_match("none.wav: not_found: there is no such file", ended.out, 1, true)
  end)

  it("looks for audio files in folders, in the order of their names", function()
    local folder = desk.folder .. "/list"
    assert(os.execute("mkdir -p " .. folder .. "/b"))
    process.write(folder .. "/c.wav", wav.good())
    process.write(folder .. "/b/2.wav", wav.cut())
    process.write(folder .. "/a.mp3", wav.good())
    process.write(folder .. "/notes.txt", "no audio")
    local ended = audio(folder)
    assert_ended(ended, 1)
    local lines = lines_of(ended.out)
    assert.equal(3, #lines, ended.out)
    assert.has_match("warning " .. folder .. "/a.mp3: misnamed", lines[1], 1, true)
    assert.has_match("refused " .. folder .. "/b/2.wav", lines[2], 1, true)
    assert.has_match("good    " .. folder .. "/c.wav", lines[3], 1, true)
    assert.equal(2, #lines_of(audio(folder .. "/*.???").out:gsub("[^\n]*notes[^\n]*\n", "")))
  end)

  it("takes any number of files", function()
    local paths = {}
    for i = 1, 1500 do paths[i] = i % 2 == 0 and good or cut end
    local ended = audio(table.unpack(paths))
    assert_ended(ended, 1)
    local lines = lines_of(ended.out)
    assert.equal(1500, #lines)
    for i, line in ipairs(lines) do assert.has_match(paths[i], line, 1, true) end
  end)

  it("prints one object with --json", function()
    local object, status = report(good, cut, quiet)
    assert.equal(1, status)
    assert.equal(1, object.good)
    assert.equal(1, object.warnings)
    assert.equal(1, object.refused)
    local first, second, third = table.unpack(object.files)
    assert.equal("good", first.verdict)
    assert.equal("audio/wav", first.mime)
    assert.equal(8000, first.rate)
    assert.equal(1, first.channels)
    assert.equal(1.0, first.duration)
    assert(first.measures.level > -25 and first.measures.level < -15, first.measures.level)
    assert.equal("truncated", second.reason)
    assert.equal("quiet", third.warnings[1].code)
    assert.has_match("outdial audio fix ", third.warnings[1].mend, 1, true)
  end)

  it("takes raw u-law only where it is asked for", function()
    local named = desk.folder .. "/raw.ulaw"
    assert_ended(audio("fix", good, named), 0)
    local raw = desk:file("raw", process.read(named))
    local ended = audio(raw)
    assert_ended(ended, 1)
    assert.has_match("raw u-law must be asked for or named .ulaw", ended.out, 1, true)
    local format = "raw u-law, u-law 8 bit, 8000 Hz, mono, 1.00 s (audio/ulaw)"
    assert.has_match(format, audio("--ulaw", raw).out, 1, true)
    assert.has_match(format, audio(named).out, 1, true)
  end)

  it("refuses what a provider does not take", function()
    local header = ".snd" .. string.pack(">I4I4I4I4I4", 24, 16000, 3, 8000, 1)
    local data = wav.good():sub(45):gsub("(.)(.)", "%2%1")
    local au = desk:file("pcm.au", header .. data)
    assert_ended(audio(au), 0)
    local ended = audio("--provider", "veratad", good, au)
    assert_ended(ended, 1)
    assert.has_match("good    " .. good, ended.out, 1, true)
    assert.has_match("not_taken: it is audio/basic, and veratad takes only audio/mpeg, audio/wav", ended.out, 1, true)
  end)

  it("draws the waveform of one file", function()
    local drawing = desk.folder .. "/out.svg"
    assert_ended(audio("--plot", drawing, quiet), 0)
    assert.has_match("quiet: it is quiet", process.read(drawing), 1, true)
    assert_usage(audio("--plot", drawing, good, quiet), "--plot takes one file, and these are 2")
  end)

  it("mends a file", function()
    local out = desk.folder .. "/out.wav"
    local ended = audio("fix", quiet, out)
    assert_ended(ended, 0)
    assert.has_match("good    " .. out, ended.out, 1, true)
    local ulaw = desk.folder .. "/out.ulaw"
    assert.has_match("raw u-law", audio("fix", quiet, ulaw).out, 1, true)
    assert.equal(8000, #process.read(ulaw))
  end)

  it("says why it does not mend a file", function()
    local ended = audio("fix", cut, desk.folder .. "/never.wav")
    assert.equal(1, ended.status)
    assert.has_match("outdial audio: " .. cut .. ": the header promises", ended.err, 1, true)
    local refused = json.decode(audio("--json", "fix", cut, desk.folder .. "/never.wav").out)
    assert.equal("truncated", refused.error.code)
    assert.is_nil(io.open(desk.folder .. "/never.wav"))
    assert_usage(audio("fix", cut), "fix takes the file to mend and the file to write")
  end)

  it("leaves nothing behind where there is no room", function()
    local out = desk.folder .. "/no_room.wav"
    local ended = process.run { "sh", "-c", '(ulimit -f 0; exec "$@" 2>&1) | cat', "sh", desk.binary, "audio", "fix",
      quiet, out }
    assert.has_match(out .. " can't be written; check its folder and the room on the disk", ended.out, 1, true)
    assert.is_nil(io.open(out))
    assert.is_nil(io.open(out .. ".part"))
  end)

  it("explains itself, and refuses to guess", function()
    assert_usage(audio(), "which files?")
    assert_usage(audio("--strct", good), "did you mean --strict?")
    assert_usage(audio "lua", "there is no audio file in there")
    local ended = audio("--provider", "nobody", good)
    assert(ended.status ~= 0)
    assert.has_match("nobody", ended.err, 1, true)
  end)
end)
