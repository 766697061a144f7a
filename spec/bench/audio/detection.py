#!/usr/bin/env python3
"""Which damaged audio files are found, and which good ones refused: outdial audio beside the
exit statuses of ffmpeg -xerror, sox and ffprobe, and what sndfile-info calls an error (its status
is always 0), on the same files. Raw u-law is named to those that cannot tell it by its ending.

usage: detection.py [OUTDIAL]     the command, build/outdial if not given
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

import files as audio

TOOLS = {
    "ffmpeg": ["ffmpeg", "-v", "error", "-nostdin", "-xerror", "-i", None, "-f", "null", "-"],
    "sox": ["sox", None, "-n", "stat"],
    "ffprobe": ["ffprobe", "-v", "error", "-show_format", "-show_streams", None],
    "sndfile-info": ["sndfile-info", None],
}


# How those are told what a file named .ulaw is.
ULAW = {
    "ffmpeg": ["-f", "mulaw", "-ar", "8000", "-i"],
    "sox": ["-t", "ul", "-r", "8000"],
    "ffprobe": ["-f", "mulaw"],
    "sndfile-info": [],
}


def command_of(tool, path):
    words = TOOLS[tool]
    place = words.index(None)
    hint = ULAW[tool] if path.endswith(".ulaw") else []
    before = words[:place - 1] if hint and hint[-1] == "-i" else words[:place]
    return [*before, *hint, path, *words[place + 1:]]


def refuses(tool, path):
    done = subprocess.run(command_of(tool, path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60)
    return done.returncode != 0 or (tool == "sndfile-info" and b"Error" in done.stdout)


def ask_outdial(command, folder, files):
    paths = [os.path.join(folder, file.name) for file in files]
    done = subprocess.run([command, "audio", "--json", "--", *paths], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.stderr == b"", done.stderr
    return json.loads(done.stdout)["files"]


def print_rows(files, reports, verdicts, tools):
    wrong = 0
    print(f"{'file':20} {'damage':45} {'outdial':12} " + " ".join(f"{tool:12}" for tool in tools))
    for file, report in zip(files, reports):
        found = report["reason"] if report["verdict"] == "refused" else "-"
        right = found == (file.reason or "-")
        wrong += not right
        cells = " ".join(f"{'found' if verdicts[tool][file.name] else '-':12}" for tool in tools)
        note = "" if right else f"  <- should be {file.reason or 'good'}: {report['message']}"
        print(f"{file.name:20} {file.damage:45} {found:12} {cells}{note}")
    return wrong


def print_sums(files, reports, verdicts, tools):
    damaged = [file.name for file in files if file.reason]
    good = [file.name for file in files if not file.reason]
    refused = {file.name: report["verdict"] == "refused" for file, report in zip(files, reports)}
    print(f"\n{'':20} {'damaged found':>14} {'good refused':>14}")
    for name, answers in [("outdial audio", refused), *((tool, verdicts[tool]) for tool in tools)]:
        print(f"{name:20} {sum(answers[n] for n in damaged):>7} of {len(damaged):<4}"
              f" {sum(answers[n] for n in good):>6} of {len(good)}")


def main():
    command = sys.argv[1] if len(sys.argv) > 1 else "build/outdial"
    tools = [tool for tool in TOOLS if shutil.which(tool)]
    with tempfile.TemporaryDirectory() as folder:
        files = audio.make(folder)
        reports = ask_outdial(command, folder, files)
        verdicts = {tool: {file.name: refuses(tool, os.path.join(folder, file.name)) for file in files} for tool in tools}
        wrong = print_rows(files, reports, verdicts, tools)
        print_sums(files, reports, verdicts, tools)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
