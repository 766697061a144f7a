--- A file system of its own for a program, of which only that one and its children see anything, so that nobody's
-- disk fills up and nothing is left mounted. Needs a kernel that lets users have namespaces, or root.
--
--   local disk = require("spec.support.small_disk").new()
--   local engine = process.start(disk:around({ "outdial", "serve", "--store", disk.folder .. "/outdial.db" }))
--   disk:enter(engine)
--   disk:fill()
--   disk:path "outdial.db"          -- from out here

local process = require "spec.support.process"

local small_disk = {}
local Disk = {}
Disk.__index = Disk

local ways = { { "unshare", "-rm" }, { "unshare", "-m" } }

-- The way that this machine allows, or nil.
local function way()
  for _, words in ipairs(ways) do
    local tried = process.run { words[1], words[2], "mount", "-t", "tmpfs", "tmpfs", "/tmp" }
    if tried.status == 0 then return words end
  end
end

--- nil where this machine does not allow it.
function small_disk.new()
  local words = way()
  return words and setmetatable({ way = words, folder = process.folder() }, Disk)
end

function Disk:close()
  process.remove(self.folder)
end

--- The argv of a program on a disk of so many KiB. with: a file that is put there first; options: more for mount.
function Disk:around(argv, with, options)
  local script = ([[mount -t tmpfs -o size=%dk tmpfs "$0" && { [ -z "%s" ] || cp "%s" "$0"; } && %s exec "$@"]])
    :format(self.size or 1024, with or "", with or "", options and 'mount -o remount,' .. options .. ' "$0" &&' or "")
  local words = { self.way[1], self.way[2], "sh", "-c", script, self.folder }
  return table.move(argv, 1, #argv, #words + 1, words)
end

--- Which program's disk is meant by what follows.
function Disk:enter(program)
  self.program = program:program()
  self.root = ("/proc/%d/root"):format(self.program)
end

--- The argv of a program that sees it, too.
function Disk:beside(argv)
  local words = { "nsenter", "-t", tostring(self.program), "-m", "--preserve-credentials" }
  if self.way[2] == "-rm" then words[#words + 1] = "-U" end
  return table.move(argv, 1, #argv, #words + 1, words)
end

function Disk:path(name)
  return ("%s%s/%s"):format(self.root, self.folder, name)
end

--- Leaves no byte free, until it is emptied again.
function Disk:fill()
  assert(os.execute(("! cat /dev/zero 2>/dev/null >%s"):format(self:path "filler")))
end

function Disk:empty()
  assert(os.remove(self:path "filler"))
end

return small_disk
