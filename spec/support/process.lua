--- Programs as specs run them: in the foreground with everything they print, or beside the spec.

local process = {}
local Process = {}
Process.__index = Process

local patience = 60 -- seconds; only a broken program is stopped by it

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

process.read = read

function process.write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

function process.quote(text)
  return "'" .. tostring(text):gsub("'", [['\'']]) .. "'"
end

--- The first line a shell command prints; a failing command raises.
function process.line(command)
  local pipe = assert(io.popen(command))
  local line = pipe:read "l"
  assert(pipe:close(), command)
  return line
end

--- A new, empty folder.
function process.folder()
  return process.line "mktemp -d"
end

function process.remove(folder)
  assert(folder:match "^/tmp/" or folder:match "/tmp%.", folder)
  assert(os.execute("rm -r " .. process.quote(folder)))
end

local function environment(given)
  local parts = { "env" }
  for name, value in pairs(given or {}) do
    parts[#parts + 1] = process.quote(name .. "=" .. tostring(value))
  end
  return table.concat(parts, " ")
end

local function command_line(argv, options, out, err)
  local words = {}
  for i, word in ipairs(argv) do words[i] = process.quote(word) end
  return ("exec %s timeout --foreground -k 5 %d %s >%s 2>%s <%s"):format(environment(options.env), patience,
    table.concat(words, " "), out, err, options.stdin or "/dev/null")
end

--- Starts a program beside the spec. options: env (a table), stdin (a path).
function process.start(argv, options)
  local self = setmetatable({ folder = process.folder() }, Process)
  self.out, self.err = self.folder .. "/out", self.folder .. "/err"
  process.write(self.out, "") -- it may be killed before it has made them
  process.write(self.err, "")
  self.pipe = assert(io.popen("echo $$; " .. command_line(argv, options or {}, self.out, self.err)))
  self.pid = self.pipe:read "n"
  return self
end

local function child_of(pid)
  local children = io.open(("/proc/%d/task/%d/children"):format(pid, pid))
  local child = children and children:read "n"
  if children then children:close() end
  return child
end

-- Signals that `timeout` cannot hand on go to its child, the program itself.
local immediate = { KILL = true, STOP = true, CONT = true }

--- Sends a signal by its name. That the program has just ended by itself does no harm.
function Process:signal(name)
  local program = immediate[name] and self:program()
  local sent = os.execute(("kill -%s %d 2>/dev/null"):format(name, program or self.pid))
  assert(sent or program and program ~= self:program())
end

--- No file that it writes to grows beyond so many bytes from here on; without a number it may again.
function Process:limit(bytes)
  assert(os.execute(("prlimit --pid %d --fsize=%s:unlimited"):format(self:program(), bytes or "unlimited")))
end

--- The program's own process id, from its first moment on; nil once it has ended. `timeout` must not be
-- killed before it has begun the program, which would outlive it.
function Process:program()
  local child
  repeat child = child_of(self.pid) until child or not self:is_running()
  return child
end

--- Whether it has not ended yet.
function Process:is_running()
  local stat = io.open(("/proc/%d/stat"):format(self.pid))
  local text = stat and stat:read "a" or ") Z"
  if stat then stat:close() end
  return not text:find("%) Z")
end

--- What it has written to stderr so far.
function Process:said()
  return read(self.err)
end

--- Waits for the end. status is nil when a signal ended it; signal then is its number.
function Process:wait()
  local _, how, code = self.pipe:close()
  local ended = { out = read(self.out), err = read(self.err) }
  ended[how == "exit" and "status" or "signal"] = code
  process.remove(self.folder)
  return ended
end

--- Runs a program to its end.
function process.run(argv, options)
  return process.start(argv, options):wait()
end

return process
