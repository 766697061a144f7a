-- Run by ./bootstrap test as a suite of its own: it takes root, a mirror, and the packages that
-- `cmake --workflow --preset package` makes.
local json = require "spec.support.json"
local process = require "spec.support.process"
local support = require "spec.support.fresh"
local desk = require("spec.support.desk").new()

local packages = "build-package"

local function shell(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local said = pipe:read "a"
  return said, pipe:close() == true
end

describe("a Debian package #fresh", function()
  it("has nothing that lintian warns of", function()
    local said, good = shell("lintian --allow-root --fail-on error,warning " .. packages .. "/*.deb")
    assert.is_true(good, said)
    assert.is_nil(said:find "[EW]: ", said)
  end)

  it("depends on what the library and the command load", function()
    for _, name in ipairs { "outdial", "liboutdial0" } do
      local needs = shell(("dpkg-deb -f %s/%s_*.deb Depends"):format(packages, name))
      for _, need in ipairs { "liblua5.4-0", "lua-cjson", "libcurl4", "libmicrohttpd12", "libsqlite3-0" } do
        assert.has_match(need .. " (", needs, 1, true)
      end
    end
  end)
end)

describe("the service's unit #fresh", function()
  local folder
  setup(function()
    folder = process.folder()
    assert(os.execute(("dpkg-deb -x %s/outdial_*.deb %s"):format(packages, folder)))
  end)
  teardown(function() process.remove(folder) end)

  it("is one that systemd understands", function()
    -- By the program as it lies here; what it says of units of this machine is not about ours.
    local unit = folder .. "/outdial.service"
    local text = process.read(folder .. "/lib/systemd/system/outdial.service")
    process.write(unit, (text:gsub("/usr/bin", folder .. "%0")))
    local said, good = shell("systemd-analyze verify --man=no --recursive-errors=no " .. unit)
    assert.is_true(good, said)
    assert.is_nil(said:find "outdial.service:", said)
  end)

  it("is confined", function()
    local said, good = shell("systemd-analyze security --no-pager --offline=true --threshold=15 --root=" .. folder ..
      " outdial.service")
    assert.is_true(good, said)
    for _, what in ipairs { "NoNewPrivileges=", "ProtectSystem=", "User=/DynamicUser=" } do
      assert.has_match("✓ " .. what, said, 1, true)
    end
  end)
end)

-- What systemd would hand the service, listened to on a socket.
local inbox = [[
import os, socket, sys
inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
inbox.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
print("bound", flush=True)
print(inbox.recv(100).decode())]]

describe("on a fresh Debian 12 #fresh", function()
  local install = "apt-get install -q -y --no-install-recommends "
  local debian, routee
  setup(function()
    debian = support.new()
    assert(os.execute(("mkdir %s/packages && cp %s/*.deb %s/packages"):format(debian.root, packages, debian.root)))
    debian:must "apt-get update -q"
    routee = desk:double "routee"
    routee:behave { pace = 0, callee = { keys = json.array { "1234#" } } }
  end)
  teardown(function()
    desk:close()
    debian:close()
  end)

  before_each(function() debian:must("dpkg -s outdial >/dev/null 2>&1 || " .. install .. "/packages/outdial_*.deb") end)

  local function say(format)
    return (debian:must(("stat -c '%s' /etc/outdial/outdial.lua"):format(format)):gsub("%s+$", ""))
  end

  it("the service has its user, its secrets are its own, and it is enabled", function()
    assert.has_match("^outdial:.*:/var/lib/outdial:/usr/sbin/nologin", debian:must "getent passwd outdial")
    assert.equal("root:outdial 640", say "%U:%G %a")
    assert.is_true(debian:does "test -L /etc/systemd/system/multi-user.target.wants/outdial.service")
  end)

  it("the command finds its scripts and places a call", function()
    assert.has_match("^outdial %d", debian:must "outdial --version")
    debian:must "outdial check"
    local words = { "outdial run pin to=+306900000001 pin=1234 support=+306900000009 --json --store memory:x" }
    for _, setting in ipairs(routee:settings()) do words[#words + 1] = "--set " .. setting end
    assert.has_match('"accepted":true', debian:must(table.concat(words, " ")), 1, true)
  end)

  it("the service runs as its user in its folders, and tells when it is ready", function()
    -- What systemd makes for it.
    debian:must "install -d -o outdial -g outdial -m 750 /var/lib/outdial /run/outdial"
    local socket = debian.root .. "/run/notify"
    local heard = assert(io.popen(("python3 -c %s %s"):format(process.quote(inbox), socket)))
    assert.equal("bound", heard:read "l")
    local service = debian:start("exec setpriv --reuid outdial --regid outdial --clear-groups " ..
      "outdial serve --config /etc/outdial/outdial.lua", { NOTIFY_SOCKET = "/run/notify" })
    assert.equal("READY=1", heard:read "l")
    heard:close()
    assert.has_match("no runs", debian:must "outdial runs --config /etc/outdial/outdial.lua")
    assert.is_true(debian:does "test -S /run/outdial/control")
    service:signal "TERM"
    assert.equal(0, service:wait().status)
    debian:must "rm -r /run/outdial /run/notify" -- as systemd would
  end)

  it("a program is built against the library", function()
    debian:must(install .. "/packages/liboutdial*.deb gcc libc6-dev pkg-config")
    assert(os.execute(("cp spec/package/host/host.c %s/tmp"):format(debian.root)))
    for _, libraries in ipairs { "$(pkg-config --libs outdial)",
      "-l:liboutdial.a $(pkg-config --libs $(pkg-config --print-requires-private outdial)) -lev -lgsm -lm" } do
      debian:must("cd /tmp && cc host.c -o host " .. libraries)
      assert.has_match("^outdial %d", debian:must "/tmp/host engine.store=memory:x")
    end
  end)

  it("what an operator changed stays through another installation, and a removal", function()
    debian:must "echo '-- mine' >>/etc/outdial/scripts/flows/pin.lua; chmod 600 /etc/outdial/outdial.lua"
    debian:must "dpkg --force-confold -i /packages/outdial_*.deb"
    assert.has_match("%-%- mine", debian:must "tail -n 1 /etc/outdial/scripts/flows/pin.lua")
    assert.equal("600", say "%a")
    debian:must "apt-get remove -q -y outdial"
    assert.has_match("%-%- mine", debian:must "tail -n 1 /etc/outdial/scripts/flows/pin.lua")
  end)

  it("nothing is left but the user after a purge", function()
    debian:must "dpkg --purge outdial"
    debian:must "dpkg --purge liboutdial-dev liboutdial0 || true"
    local elsewhere = "-path /proc -o -path /packages -o -path /var/log"
    assert.equal("", debian:must("find / -xdev \\( " .. elsewhere .. " \\) -prune -o -name '*outdial*' -print"))
    debian:must "getent passwd outdial"
  end)
end)
