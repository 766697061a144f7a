local process = require "spec.support.process"
local Desk = require "spec.support.desk"

local files = "engine/package/completion/"
local command = process.line("realpath " .. (os.getenv "OUTDIAL_BIN" or "build/outdial"))

-- Stands for the command: completes as it does, and else notes how it was called.
local program = [[
#!/bin/sh
[ "$1" = --complete ] && exec %s "$@"
printf '%%s\n' "$@" >%s/words
echo '<''end>'
]]

local start_files = {
  bashrc = [[
. /usr/share/bash-completion/bash_completion
. %s/]] .. files .. [[outdial.bash
bind '"\C-xa": insert-completions' 'set bell-style none'
PS1='ready> '
]],
  [".zshrc"] = [[
fpath=(%s/]] .. files .. [[ $fpath)
autoload -Uz compinit && compinit -u -d $HOME/dump
zle -C every complete-word _generic
bindkey '^Xa' every
zstyle ':completion:every:*' completer _all_matches _complete
zstyle ':completion:every:*' insert yes
unsetopt beep
PS1='ready> '
]],
}

for _, shell in ipairs { "bash", "zsh" } do
  describe(shell, function()
    local desk, folder
    setup(function()
      desk, folder = Desk.new(), process.folder()
      process.write(folder .. "/outdial", program:format(command, folder))
      assert(os.execute("chmod +x " .. folder .. "/outdial"))
      for name, text in pairs(start_files) do
        process.write(folder .. "/" .. name, (text:gsub("%%s", process.line "pwd")))
      end
    end)
    teardown(function()
      process.remove(folder)
      desk:close()
    end)

    -- The words that take the place of the last one of the line.
    local function candidates(line)
      local ended = process.run { "python3", "spec/support/shell.py", shell, folder, "outdial " .. line }
      assert.equal(0, ended.status, ended.err)
      local _, before = line:gsub("%S+%s+", "")
      local words = {}
      for word in ended.out:gmatch "[^\n]+" do words[#words + 1] = word end
      words = table.move(words, before + 1, #words, 1, {})
      table.sort(words)
      return words
    end

    it("knows the commands", function()
      local known = { "help" }
      for name in desk:command("help").out:gmatch "\n  outdial (%l+)" do
        if name ~= "help" then known[#known + 1] = name end
      end
      table.sort(known)
      assert.same(known, candidates "")
      assert.same({ "run", "runs" }, candidates "ru")
      assert.same({ "store" }, candidates "help sto")
    end)

    it("knows every option of a command", function()
      for _, name in ipairs { "runs", "audio", "serve" } do
        local known = {}
        for option in desk:command("help", name).out:gmatch "\n  (%-%-[%w-]+)" do known[#known + 1] = option end
        table.sort(known)
        assert.same(known, candidates(name .. " --"))
      end
    end)

    it("knows what an option takes", function()
      assert.same({ "debug", "error", "info", "warning" }, candidates "run --log-level ")
      assert.same({ "phonon", "routee", "sendservice", "veratad" }, candidates "audio --provider ")
      assert.same({ "veratad.pass=", "veratad.url=", "veratad.user=" }, candidates "run --set veratad.")
    end)

    it("knows the flows and their parameters", function()
      assert.same({ "pin" }, candidates "run pi")
      assert.same({ "from=", "pin=", "provider=", "support=", "to=", "tries=" }, candidates "run pin ")
      assert.same({ "pin=", "provider=" }, candidates "call pin to=+306900000001 p")
      assert.same({ "provider=routee" }, candidates "run pin provider=r")
      assert.same({ "wait=false" }, candidates "run deliver wait=f")
    end)

    it("knows the flows of another folder", function()
      assert(os.execute(("mkdir -p %s/scripts/flows && cp scripts/flows/pin.lua %s/scripts/flows/ask.lua")
        :format(folder, folder)))
      assert.same({ "ask" }, candidates("run --scripts " .. folder .. "/scripts as"))
    end)

    it("knows the runs of the store", function()
      local flow = desk:file("quick.lua", [[
local outdial = require "outdial"
return outdial.flow { summary = "ends at once", params = {}, run = function() end }]])
      local run = desk:report(flow).report.run
      assert.same({ run }, candidates("show --store " .. desk.store .. " " .. run:sub(1, 4)))
      assert.same({ "not-placed", "placed" }, candidates("resolve " .. run .. " "))
    end)

    it("knows files where they are wanted", function()
      assert.same({ "examples/audio/message.wav" }, candidates "audio examples/audio/m")
      assert.same({ "audio=examples/audio/message.wav" }, candidates "run deliver audio=examples/audio/m")
      assert.same({ "examples/embed" }, { (candidates("run --scripts examples/em")[1]:gsub("/$", "")) })
    end)

    it("offers nothing where it knows nothing", function()
      assert.same({ "" }, { table.concat(candidates "runs --limit ") })
    end)
  end)
end
