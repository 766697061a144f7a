--- A fresh Debian 12 in a folder, entered by chroot (as root), with this machine's mirror.
--
--   local fresh = require("spec.support.fresh").new()
--   fresh:must "apt-get install -y /packages/outdial_*.deb"

local process = require "spec.support.process"

local Fresh = {}
Fresh.__index = Fresh

local fresh = {}

-- Runs a command to its end, however long it takes; raises when it fails.
local function must(command)
  local pipe = assert(io.popen("{ " .. command .. "; } 2>&1 </dev/null"))
  local said = pipe:read "a"
  if not pipe:close() then error(command .. "\n" .. said, 3) end
  return said
end

local function mirror()
  return process.line "apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1"
end

function fresh.new()
  local self = setmetatable({ folder = process.folder() }, Fresh)
  self.root = self.folder .. "/root"
  must(("debootstrap --variant=minbase bookworm %s %s"):format(self.root, mirror()))
  must(("cp -r /etc/apt/. %s/etc/apt/; cp /etc/resolv.conf %s/etc/; mount -t proc proc %s/proc"):format(
    self.root, self.root, self.root))
  -- What policy-rc.d says: nothing is started here, as systemd does not run.
  process.write(self.root .. "/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n")
  must("chmod +x " .. self.root .. "/usr/sbin/policy-rc.d")
  return self
end

function Fresh:close()
  must("umount " .. self.root .. "/proc")
  process.remove(self.folder)
end

local function entering(self, command)
  return ("chroot %s env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive sh -c %s")
    :format(self.root, process.quote(command))
end

--- Runs a piece of shell in it that has to succeed; what it printed.
function Fresh:must(command)
  return must(entering(self, command))
end

--- Whether a piece of shell succeeds in it.
function Fresh:does(command)
  return (pcall(must, entering(self, command)))
end

--- Starts a program in it, beside the spec.
function Fresh:start(command, env)
  return process.start({ "chroot", self.root, "sh", "-c", command }, { env = env })
end

return fresh
