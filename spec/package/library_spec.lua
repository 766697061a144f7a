local process = require "spec.support.process"
local support = require "spec.support.prefix"

local project = "spec/package/host"

describe("the installed library", function()
  local prefix
  setup(function() prefix = support.new() end)
  teardown(function() prefix:close() end)

  local function store()
    return "engine.store=" .. prefix.folder .. "/outdial.db"
  end

  local function assert_host(program)
    local ended = prefix:run(program, store())
    assert.equal("", ended.err)
    assert.equal("outdial " .. support.configured "CMAKE_PROJECT_VERSION" .. "\n", ended.out)
    assert.equal(0, ended.status)
  end

  local function words(text)
    local list = {}
    for word in text:gmatch "%S+" do list[#list + 1] = word end
    return list
  end

  local function exported(what)
    local names = {}
    for name in support.must(what):gmatch "[^\n]+ [TDBRVWi] (%S+)" do names[#names + 1] = name .. "\n" end
    table.sort(names)
    return table.concat(names)
  end

  -- The list belongs to the version: another set of names is another version.
  it("exports the names that its version is known for, and no other", function()
    local list = "engine/package/symbols/" .. support.configured "CMAKE_PROJECT_VERSION"
    local shared = exported { "nm", "-D", "--defined-only", prefix.libraries .. "/liboutdial.so" }
    assert.equal(process.read(list), shared, list .. " is not what the library exports: raise the version in " ..
      "CMakeLists.txt and write down its list (in place only while that version is not released)")
    assert.equal(shared, exported { "nm", "-g", "--defined-only", prefix.libraries .. "/liboutdial.a" })
  end)

  it("has the major version in its soname", function()
    local major = support.configured "CMAKE_PROJECT_VERSION":match "%d+"
    local said = support.must { "readelf", "-d", prefix.libraries .. "/liboutdial.so" }
    assert.has_match("soname: [liboutdial.so." .. major .. "]", said, 1, true)
    assert.is_nil(said:find "R[UN]*PATH")
  end)

  it("is small, its Lua half included", function()
    if support.configured "OUTDIAL_SANITIZE" ~= "OFF" then return end
    local stripped = prefix.folder .. "/stripped"
    support.must { "strip", "-o", stripped, prefix.libraries .. "/liboutdial.so" }
    local size = #process.read(stripped)
    assert(size <= 400 * 1000, size .. " bytes")
  end)

  it("is found by pkg-config", function()
    assert_host(prefix:compile(project .. "/host.c", prefix:flags("--cflags", "--libs", "outdial")))
  end)

  it("has its needs told by pkg-config, to be linked statically", function()
    local needed = prefix:flags("--print-requires-private", "outdial"):gsub("%s+", " ")
    local flags = table.concat({ prefix:flags("--cflags", "outdial"), prefix.libraries .. "/liboutdial.a",
      prefix:flags("--libs", table.unpack(words(needed))), "-lev -lgsm -lm -pthread" }, " ")
    assert_host(prefix:compile(project .. "/host.c", flags))
  end)

  it("is found by CMake", function()
    local ended = prefix:cmake(project, "host")
    assert.equal(0, ended.status, ended.out .. ended.err)
    assert_host(ended.program)
  end)

  it("is found by CMake, to be linked statically", function()
    local ended = prefix:cmake(project, "host", "-DSTATIC=ON")
    assert.equal(0, ended.status, ended.out .. ended.err)
    assert_host(ended.program)
  end)

  it("is refused by CMake when another version is asked for", function()
    local ended = prefix:cmake(project, "host", "-DWANTED=99.0")
    assert.not_equal(0, ended.status)
    assert.has_match("99.0", ended.err, 1, true)
  end)

  it("is found where its prefix has been moved to", function()
    prefix:move "elsewhere"
    assert_host(prefix:compile(project .. "/host.c", prefix:flags("--cflags", "--libs", "outdial")))
  end)

  it("has a header that C++ and the oldest C compilers take", function()
    local header = prefix.folder .. "/header.c"
    process.write(header, "#include <outdial.h>\nint main(void) { return od_version() == 0; }\n")
    local flags = prefix:flags("--cflags", "--libs", "outdial")
    prefix:compile(header, "-std=c99 -pedantic " .. flags)
    prefix:compile(header, "-x c++ -std=c++11 -pedantic " .. flags, support.cxx())
  end)

  it("comes with the command and the scripts", function()
    local ended = prefix:run(prefix.root .. "/bin/outdial", "check", "--scripts", prefix.root .. "/etc/outdial/scripts")
    assert.equal(0, ended.status, ended.out .. ended.err)
  end)

  it("comes with the description of its control API", function()
    assert.equal(process.read "engine/control/openapi.json", process.read(prefix.root .. "/share/outdial/openapi.json"))
  end)
end)
