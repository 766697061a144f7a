#!/usr/bin/env python3
"""How fast outdial audio is: 1,000 files of 5 s beside ffprobe once per file and a bare libsndfile
loop; an hour in four formats beside ffmpeg with its ebur128 filter. Medians of interleaved rounds.

usage: speed.py [OUTDIAL]     the command, build/outdial if not given

Takes 2 GB of disk while it runs. Needs cc, libsndfile1-dev, sox, lame, ffmpeg and espeak-ng.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

import files as audio

ROUNDS = 5
FILES = 1000
PROBED = 20  # files that ffprobe is timed on
HERE = os.path.dirname(os.path.abspath(__file__))


def memory_of(process):
    """The most memory it has had since it began, in MB; 0 once it is gone. (What wait4 tells would
    count this program's own, from before the exec.)"""
    try:
        with open(f"/proc/{process.pid}/status") as status:
            lines = [line for line in status if line.startswith("VmHWM")]
    except OSError:
        lines = []
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


def timed(command):
    """Seconds by the clock, and the most memory in MB."""
    start, most = time.monotonic(), 0.0
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        most = max(most, memory_of(process))
        time.sleep(0.002)
    assert process.returncode == 0, (process.returncode, command[:4])
    return time.monotonic() - start, most


def medians(commands):
    """Runs them in turn, a few times over."""
    taken = {name: [] for name in commands}
    memory = {name: 0.0 for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            seconds, most = timed(command)
            taken[name].append(seconds)
            memory[name] = max(memory[name], most)
    return {name: statistics.median(times) for name, times in taken.items()}, memory


def many_files(outdial, maker, folder):
    bare = os.path.join(folder, "bare")
    audio.run("cc", "-O2", os.path.join(HERE, "bare.c"), "-o", bare, "-lsndfile")
    paths = []
    for i in range(FILES):
        paths.append(maker.path(f"many/{i:04}.wav"))
        os.makedirs(os.path.dirname(paths[-1]), exist_ok=True)
        audio.run("sox", maker.voice, paths[-1], "repeat", "3", "trim", str(i % 97 / 20), "5", "vol", str(0.5 + i % 7 / 20))
    probe = ["sh", "-c", 'for f; do ffprobe -v error -show_streams "$f"; done', "probe", *paths[:PROBED]]
    taken, memory = medians({"outdial": [outdial, "audio", *paths], "json": [outdial, "audio", "--json", *paths],
                             "bare": [bare, *paths], "ffprobe": probe})
    rate = {name: FILES / seconds for name, seconds in taken.items()}
    rate["ffprobe"] = PROBED / taken["ffprobe"]
    print(f"{FILES} WAV files of 5 s                  files/s   of bare libsndfile   of ffprobe     MB")
    for name, label in (("outdial", "outdial audio, one call"), ("json", "the same, --json: every figure"),
                        ("bare", "bare libsndfile loop"), ("ffprobe", "ffprobe, once per file")):
        print(f"{label:35} {rate[name]:10.0f} {rate[name] / rate['bare']:20.2f} {rate[name] / rate['ffprobe']:12.0f}"
              f" {memory[name]:6.1f}")


def make_hour(maker, folder):
    stereo = os.path.join(folder, "hour.wav")
    piece = maker.path("piece.wav", scratch=True)
    audio.run("sox", maker.speech, "-r", "44100", piece, "remix", "1", "1", "repeat", "9", "trim", "0", "36")
    audio.run("sox", *[piece] * 100, stereo)
    made = {"WAV": stereo}
    for kind, name, options in (("u-law", "hour-ulaw.wav", ("-e", "mu-law")), ("AIFF", "hour.aiff", ())):
        made[kind] = os.path.join(folder, name)
        audio.run("sox", stereo, *options, made[kind])
    made["MP3"] = os.path.join(folder, "hour.mp3")
    audio.run("lame", "--quiet", stereo, made["MP3"])
    return made


def one_hour(outdial, maker, folder):
    print("\nan hour, 44.1 kHz stereo            outdial s   ffmpeg ebur128 s    ratio     MB")
    for kind, path in make_hour(maker, folder).items():
        taken, memory = medians({"outdial": [outdial, "audio", "--json", path],
                                 "ffmpeg": ["ffmpeg", "-v", "error", "-nostats", "-nostdin", "-i", path,
                                            "-af", "ebur128", "-f", "null", "-"]})
        print(f"{kind:35} {taken['outdial']:9.2f} {taken['ffmpeg']:18.2f} {taken['ffmpeg'] / taken['outdial']:8.1f}"
              f" {memory['outdial']:6.1f}")


def main():
    outdial = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build/outdial")
    with tempfile.TemporaryDirectory() as folder:
        maker = audio.Maker(folder)
        many_files(outdial, maker, folder)
        one_hour(outdial, maker, folder)


if __name__ == "__main__":
    main()
