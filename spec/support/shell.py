"""What a shell makes of a line: shell.py bash|zsh FOLDER LINE

Types the line into an interactive shell on a terminal of its own, lets the shell put in all
that could stand at its end, and prints the words of the line then. FOLDER has the program
`outdial` that prints its arguments, and the shell's start file.
"""

import os
import pty
import sys

PROMPT, ALL, ENTER = b"ready> ", b"\x18a", b"\r"
SHELLS = {
    "bash": ["bash", "--noprofile", "--rcfile", "{}/bashrc", "-i"],
    "zsh": ["zsh", "-d", "-i"],
}


def read_until(terminal, mark):
    said = b""
    while mark not in said:
        said += os.read(terminal, 4096)
    return said


def main():
    shell, folder, line = sys.argv[1:]
    path = folder + ":" + os.environ["PATH"]
    environment = {"PATH": path, "HOME": folder, "ZDOTDIR": folder, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    process, terminal = pty.fork()
    if process == 0:
        words = [word.format(folder) for word in SHELLS[shell]]
        os.execvpe(words[0], words, environment)
    read_until(terminal, PROMPT)
    os.write(terminal, line.encode() + ALL + ENTER)
    read_until(terminal, b"<end>")
    os.write(terminal, b"exit" + ENTER)
    with open(folder + "/words") as words:
        sys.stdout.write(words.read())


main()
