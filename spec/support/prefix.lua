--- An installation of its own: what was built, in a folder of a spec, and programs against it.
--
--   local prefix = require("spec.support.prefix").new()
--   local program = prefix:compile("host.c", prefix:flags "outdial")
--   local ended = prefix:run(program, "engine.store=x.db")

local process = require "spec.support.process"

local Prefix = {}
Prefix.__index = Prefix

local build = (os.getenv "OUTDIAL_BIN" or "build/outdial"):match "^(.*)/"

--- What the build was configured with, such as "CMAKE_C_COMPILER".
local function configured(name)
  return process.read(build .. "/CMakeCache.txt"):match("\n" .. name .. ":%w+=([^\n]*)") or ""
end

--- The flags that a program needs beside a library which was built with sanitizers.
local function sanitizers()
  local which = configured "OUTDIAL_SANITIZE"
  if which == "thread" then return "-fsanitize=thread" end
  return which == "ON" and "-fsanitize=address,undefined" or ""
end

local prefix = { build = build, configured = configured }

--- Runs a program that has to succeed; what it printed.
function prefix.must(argv, options)
  local ended = process.run(argv, options)
  if ended.status ~= 0 then error(table.concat(argv, " ") .. "\n" .. ended.out .. ended.err, 2) end
  return ended.out
end

local must = prefix.must

function prefix.new()
  local self = setmetatable({ folder = process.folder() }, Prefix)
  self.root = self.folder .. "/prefix"
  must { "cmake", "--install", build, "--prefix", self.root }
  self:look()
  return self
end

function Prefix:look()
  self.pkgconfig = process.line("dirname $(find " .. self.root .. " -name outdial.pc)")
  self.libraries = process.line("dirname $(find " .. self.root .. " -name liboutdial.so)")
end

--- Puts the installation elsewhere.
function Prefix:move(name)
  local elsewhere = self.folder .. "/" .. name
  assert(os.rename(self.root, elsewhere))
  self.root = elsewhere
  self:look()
end

function Prefix:close()
  process.remove(self.folder)
end

--- What pkg-config says, without the system's own folders to look in for outdial.
function Prefix:flags(...)
  return (must({ "pkg-config", ... }, { env = { PKG_CONFIG_PATH = self.pkgconfig } }):gsub("%s+$", ""))
end

--- Compiles one source by the flags, which are a piece of shell; returns the program's path.
function Prefix:compile(source, flags, compiler)
  local program = self.folder .. "/" .. source:match("([^/]*)%.%w+$")
  must { "sh", "-c", ("%s -Wall -Wextra -Werror -o %s %s %s %s"):format(
    compiler or configured "CMAKE_C_COMPILER", program, source, flags, sanitizers()) }
  return program
end

--- Configures and builds a CMake project against the installation; returns how that ended.
function Prefix:cmake(project, target, ...)
  local out = self.folder .. "/cmake-" .. target
  local ended = process.run { "cmake", "-S", project, "-B", out, "-G", "Ninja",
    "-DCMAKE_PREFIX_PATH=" .. self.root, "-DCMAKE_C_FLAGS=" .. sanitizers(),
    "-DCMAKE_C_COMPILER=" .. configured "CMAKE_C_COMPILER", ... }
  if ended.status == 0 then ended = process.run { "cmake", "--build", out } end
  ended.program = out .. "/" .. target
  return ended
end

--- The program's words, behind those of what watches it: OUTDIAL_UNDER, such as valgrind.
local function watched(...)
  local argv = {}
  for word in (os.getenv "OUTDIAL_UNDER" or ""):gmatch "%S+" do argv[#argv + 1] = word end
  return table.move({ ... }, 1, select("#", ...), #argv + 1, argv)
end

--- Runs a program with the installed library.
function Prefix:run(...)
  return process.run(watched(...), { env = { LD_LIBRARY_PATH = self.libraries } })
end

-- What a sanitizer needs to be there before the program.
local preloaded = { ON = "libasan.so", thread = "libtsan.so" }

--- Runs one that was not built here, such as an interpreter; it must be lent the sanitizers.
function Prefix:run_foreign(...)
  local env = { LD_LIBRARY_PATH = self.libraries, PYTHONMALLOC = "malloc" } -- so that valgrind sees them
  local library = preloaded[configured "OUTDIAL_SANITIZE"]
  if library then
    env.LD_PRELOAD = process.line(configured "CMAKE_C_COMPILER" .. " -print-file-name=" .. library)
    env.ASAN_OPTIONS = (os.getenv "ASAN_OPTIONS" or "") .. ":detect_leaks=0"
  end
  return process.run(watched(...), { env = env })
end

--- The C++ compiler beside the C compiler of the build.
function prefix.cxx()
  return (configured "CMAKE_C_COMPILER":gsub("clang", "clang++"):gsub("gcc", "g++"):gsub("cc$", "c++"))
end

return prefix
