"""Audio files, good and damaged, made by encoders that are not libsndfile.

make(folder) writes them and returns a list of File. Needs sox, ffmpeg, lame and espeak-ng.
"""

import os
import random
import struct
import subprocess
from collections import namedtuple

# reason: the code word that outdial must give; None for a good file.
File = namedtuple("File", "name reason damage")

TEXT = ("Please enter your four digits service number and then press the pound key. "
        "You will shortly be connected.")
HTML = b"<!DOCTYPE html><html><head><title>404 Not Found</title></head><body>no</body></html>\n"
JSON = b'{"error": {"code": 404, "message": "There is no such recording."}}\n'


def run(*command, stdin=None, capture=False):
    done = subprocess.run(command, input=stdin, check=True, stderr=subprocess.PIPE,
                          stdout=subprocess.PIPE if capture else subprocess.DEVNULL)
    return done.stdout


def ffmpeg(*arguments):
    run("ffmpeg", "-v", "error", "-y", *arguments)


class Maker:
    def __init__(self, folder):
        self.folder = folder
        self.files = []
        self.random = random.Random(5)
        self.speech = self.path("speech-22050.wav", scratch=True)
        run("espeak-ng", "-w", self.speech, TEXT)
        self.voice = self.path("voice-8000.wav", scratch=True)
        run("sox", self.speech, "-r", "8000", "-c", "1", "-b", "16", self.voice, "norm", "-3")

    def path(self, name, scratch=False):
        folder = os.path.join(self.folder, "scratch") if scratch else self.folder
        os.makedirs(folder, exist_ok=True)
        return os.path.join(folder, name)

    def good(self, name, how):
        self.files.append(File(name, None, how))
        return self.path(name)

    def scratch(self, name, *sox_options, source=None):
        path = self.path(name, scratch=True)
        run("sox", source or self.voice, *sox_options, path)
        return self.read(path)

    def encoded(self, name, *options, source=None):
        path = self.path(name, scratch=True)
        ffmpeg("-i", source or self.voice, *options, path)
        return self.read(path)

    def lame(self, name, *options, source=None):
        path = self.path(name, scratch=True)
        run("lame", "--quiet", *options, source or self.voice, path)
        return self.read(path)

    @staticmethod
    def read(path):
        with open(path, "rb") as file:
            return file.read()

    def damaged(self, name, reason, damage, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        self.files.append(File(name, reason, damage))

    def noise(self, count):
        return bytes(self.random.randrange(256) for _ in range(count))


def patched(data, offset, new):
    return data[:offset] + new + data[offset + len(new):]


def le16(value):
    return struct.pack("<H", value)


def le32(value):
    return struct.pack("<I", value)


def be32(value):
    return struct.pack(">I", value)


def chunk_at(data, name, start=12):
    """Where a RIFF or FORM chunk begins."""
    order = "<I" if data[:4] == b"RIFF" else ">I"
    while start + 8 <= len(data):
        size, = struct.unpack_from(order, data, start + 4)
        if data[start:start + 4] == name:
            return start
        start += 8 + size + (size & 1)
    raise ValueError(name)


# --- good files ---

def make_good(m):
    for bits in ("8", "16", "24", "32"):
        run("sox", m.voice, "-b", bits, m.good(f"pcm{bits}.wav", f"PCM of {bits} bits, sox"))
    run("sox", m.voice, "-e", "mu-law", m.good("ulaw.wav", "u-law, sox"))
    run("sox", m.voice, "-e", "a-law", m.good("alaw.wav", "A-law, sox"))
    run("sox", m.voice, "-e", "gsm", m.good("gsm.wav", "GSM 6.10, sox"))
    run("sox", m.voice, "-e", "float", "-b", "32", m.good("float.wav", "float, sox"))
    run("sox", m.voice, "-b", "8", m.good("odd.wav", "odd number of bytes, sox"), "trim", "0", "8001s")
    ffmpeg("-i", m.voice, "-c:a", "libgsm_ms", m.good("gsm-ff.wav", "GSM 6.10, ffmpeg"))
    ffmpeg("-i", m.speech, "-ac", "2", "-ar", "44100", "-c:a", "pcm_s24le",
           m.good("extensible.wav", "WAVE_FORMAT_EXTENSIBLE, ffmpeg"))
    ffmpeg("-i", m.voice, "-metadata", "title=A message", m.good("list.wav", "with a LIST chunk, ffmpeg"))
    run("espeak-ng", "-w", m.good("espeak.wav", "22050 Hz, espeak-ng"), TEXT)
    for name, data in (("stream-ff.wav", run("ffmpeg", "-v", "error", "-i", m.voice, "-f", "wav", "-", capture=True)),
                       ("stream-espeak.wav", run("espeak-ng", "--stdout", TEXT, capture=True)),
                       ("stream-ff.au", run("ffmpeg", "-v", "error", "-i", m.voice, "-f", "au", "-", capture=True))):
        with open(m.good(name, "written to a pipe: length left open"), "wb") as file:
            file.write(data)
    run("sox", m.voice, m.good("sox.aiff", "AIFF, sox"))
    run("sox", m.voice, m.good("sox.aifc", "AIFC, sox"))
    ffmpeg("-i", m.voice, m.good("ff.aiff", "AIFF, ffmpeg"))
    for codec in ("pcm_mulaw", "pcm_alaw", "pcm_s16le", "pcm_f32be"):
        ffmpeg("-i", m.voice, "-c:a", codec, "-f", "aiff", m.good(f"{codec}.aifc", f"AIFC with {codec}, ffmpeg"))
    run("sox", m.voice, m.good("pcm.au", "AU, sox"))
    run("sox", m.voice, "-e", "mu-law", m.good("ulaw.au", "AU with u-law, sox"))
    run("sox", m.voice, m.good("raw.gsm", "raw GSM, sox"))
    run("sox", m.voice, "-t", "ul", m.good("raw.ulaw", "raw u-law, sox"))
    good_mpeg(m)


def good_mpeg(m):
    for name, options in (("cbr.mp3", ("-b", "32")), ("vbr.mp3", ("-V", "4", "--resample", "44.1")),
                          ("abr.mp3", ("--abr", "56", "--resample", "22.05")), ("noinfo.mp3", ("-t", "-b", "24")),
                          ("crc.mp3", ("-p", "-b", "64", "--resample", "32")),
                          ("tags.mp3", ("-b", "32", "--add-id3v2", "--tt", "Message", "--ta", "Company"))):
        run("lame", "--quiet", *options, m.voice, m.good(name, "lame " + " ".join(options)))
    stereo = m.path("stereo-44100.wav", scratch=True)
    run("sox", m.speech, "-r", "44100", stereo, "remix", "1", "1", "delay", "0", "0.01")
    run("lame", "--quiet", "-m", "j", "-b", "128", stereo, m.good("joint.mp3", "joint stereo, lame"))
    ffmpeg("-i", m.voice, m.good("ff.mp3", "MP3, ffmpeg"))
    ffmpeg("-i", stereo, "-write_xing", "0", "-id3v2_version", "0", m.good("ff-noxing.mp3", "MP3 without count, ffmpeg"))


# --- damaged files ---

def damage_wav(m):
    wav = m.scratch("w.wav")
    data = chunk_at(wav, b"data")
    d = m.damaged
    d("empty.wav", "empty", "no bytes at all", b"")
    d("four.wav", "truncated", "cut after 4 bytes", wav[:4])
    d("head.wav", "truncated", "cut inside the header", wav[:30])
    d("nosound.wav", "truncated", "cut after the header", wav[:44])
    d("half.wav", "truncated", "second half missing", wav[:len(wav) // 2])
    d("minus1.wav", "truncated", "last byte missing", wav[:-1])
    d("minus2.wav", "truncated", "last sample missing", wav[:-2])
    d("hole.wav", "truncated", "1000 bytes missing in the middle", wav[:20000] + wav[21000:])
    d("inserted.wav", "junk", "7 bytes inserted in the middle", wav[:20000] + b"surplus" + wav[20000:])
    d("datasize-big.wav", "truncated", "data size 2 too big", patched(wav, data + 4, le32(len(wav) - data - 8 + 2)))
    d("datasize-small.wav", "corrupt", "data size half of what it is", patched(wav, data + 4, le32((len(wav) - data) // 4 * 2)))
    d("riffsize-big.wav", "truncated", "RIFF size 1000 too big", patched(wav, 4, le32(len(wav) - 8 + 1000)))
    d("riffsize-small.wav", "junk", "RIFF size 1000 too small", patched(wav, 4, le32(len(wav) - 8 - 1000)))
    d("sizes-zero.wav", "unfinished", "sizes never filled in (0)", patched(patched(wav, 4, le32(0)), data + 4, le32(0)))
    d("stream-odd.wav", "truncated", "streamed and cut inside a sample",
      (patched(patched(wav, 4, le32(2**32 - 1)), data + 4, le32(2**32 - 1)))[:-1])
    d("junk-after.wav", "junk", "300 random bytes after the sound", wav + m.noise(300))
    d("html-after.wav", "junk", "an HTML page after the sound", wav + HTML)
    d("junk-before.wav", "foreign", "16 random bytes before RIFF", b"\x01\x02" + m.noise(14) + wav)
    d("byterate-0.wav", "header", "byte rate 0", patched(wav, 28, le32(0)))
    d("byterate.wav", "header", "byte rate of another rate", patched(wav, 28, le32(44100 * 2)))
    d("align-0.wav", "header", "block align 0", patched(wav, 32, le16(0)))
    d("align-4.wav", "header", "block align 4 for one channel", patched(wav, 32, le16(4)))
    d("bits-0.wav", "header", "0 bits a sample", patched(wav, 34, le16(0)))
    d("bits-99.wav", "header", "99 bits a sample", patched(wav, 34, le16(99)))
    d("channels-0.wav", "header", "0 channels", patched(wav, 22, le16(0)))
    d("channels-65535.wav", "header", "65535 channels", patched(wav, 22, le16(65535)))
    d("rate-0.wav", "header", "rate 0 Hz", patched(wav, 24, le32(0)))
    d("rate-huge.wav", "header", "rate 4,294,967,295 Hz", patched(wav, 24, le32(2**32 - 1)))
    d("rate-lie.wav", "header", "rate changed alone", patched(wav, 24, le32(16000)))
    d("tag.wav", "unsupported", "codec 0x1234 that nobody has", patched(wav, 20, le16(0x1234)))
    d("nofmt.wav", "corrupt", "no format chunk", patched(wav, 12, b"junk"))
    d("nodata.wav", "empty", "no data chunk", patched(wav, data, b"junk"))
    d("fmtsize.wav", "corrupt", "format chunk's size wrong", patched(wav, 16, le32(18)))
    d("zeros-head.wav", "foreign", "first 64 bytes zero", bytes(64) + wav[64:])


def damage_wav_codecs(m):
    d = m.damaged
    ulaw = m.scratch("u.wav", "-e", "mu-law")
    fact = chunk_at(ulaw, b"fact") + 8
    d("ulaw-fact.wav", "truncated", "u-law, fact counts more samples", patched(ulaw, fact, le32(10**6)))
    d("ulaw-cut.wav", "truncated", "u-law, cut", ulaw[:-500])
    gsm = m.scratch("g.wav", "-e", "gsm")
    fact, data = chunk_at(gsm, b"fact") + 8, chunk_at(gsm, b"data")
    short = len(gsm) - 66
    short_gsm = patched(patched(gsm[:short], 4, le32(short - 8)), data + 4, le32(short - data - 8))
    d("gsm-cut.wav", "truncated", "GSM, cut inside a block", gsm[:-40])
    d("gsm-block.wav", "truncated", "GSM, sizes end inside a block", short_gsm)
    d("gsm-align.wav", "header", "GSM, block align 33", patched(gsm, 32, le16(33)))
    d("gsm-fact.wav", "truncated", "GSM, fact counts more samples", patched(gsm, fact, le32(10**6)))
    ext = m.encoded("e.wav", "-ac", "2", "-c:a", "pcm_s24le")
    form = chunk_at(ext, b"fmt ") + 8
    d("ext-guid.wav", "header", "extensible, GUID broken", patched(ext, form + 30, b"\xde\xad"))
    d("ext-bits.wav", "header", "extensible, more valid bits than bits", patched(ext, form + 18, le16(48)))
    flt = m.scratch("f.wav", "-e", "float", "-b", "32")
    d("float-nan.wav", "corrupt", "float, samples that are no numbers", flt[:9000] + b"\xff" * 400 + flt[9400:])


def damage_foreign(m):
    d = m.damaged
    d("html.wav", "foreign", "an HTML page named .wav", HTML * 20)
    d("html.mp3", "foreign", "an HTML page named .mp3", HTML * 20)
    d("html.au", "foreign", "an HTML page named .au", HTML * 20)
    d("html.gsm", "foreign", "an HTML page named .gsm", HTML * 20)
    d("html.ulaw", "foreign", "an HTML page named .ulaw", HTML * 20)
    d("json.wav", "foreign", "a JSON error named .wav", JSON)
    d("text.aiff", "foreign", "text named .aiff", TEXT.encode() * 10)
    d("noise.wav", "foreign", "random bytes named .wav", m.noise(9000))
    d("noise.mp3", "foreign", "random bytes named .mp3", m.noise(9000))
    d("noise.gsm", "foreign", "random bytes named .gsm", m.noise(3300))
    d("noise.ulaw", "foreign", "random bytes named .ulaw", m.noise(40000))
    d("zeros.wav", "foreign", "zeros named .wav", bytes(40000))
    d("zeros.ulaw", "foreign", "zeros named .ulaw", bytes(40000))
    d("png.wav", "foreign", "a PNG image named .wav", b"\x89PNG\r\n\x1a\n" + m.noise(3000))
    d("zip.mp3", "foreign", "a ZIP archive named .mp3", b"PK\x03\x04" + m.noise(3000))
    d("pdf.wav", "foreign", "a PDF named .wav", b"%PDF-1.7\n" + m.noise(3000))


def damage_aiff(m):
    d = m.damaged
    aiff = m.encoded("a.aiff")
    common, sound = chunk_at(aiff, b"COMM") + 8, chunk_at(aiff, b"SSND")
    d("cut.aiff", "truncated", "AIFF, cut", aiff[:-700])
    d("minus2.aiff", "truncated", "AIFF, last sample missing", aiff[:-2])
    d("count.aiff", "truncated", "AIFF, COMM counts more samples", patched(aiff, common + 2, be32(10**6)))
    d("count-less.aiff", "header", "AIFF, COMM counts fewer samples", patched(aiff, common + 2, be32(100)))
    d("nocomm.aiff", "header", "AIFF, no COMM chunk", patched(aiff, common - 8, b"JUNK"))
    d("nossnd.aiff", "truncated", "AIFF, no SSND chunk", patched(aiff, sound, b"JUNK"))
    d("rate.aiff", "header", "AIFF, rate is no number", patched(aiff, common + 8, b"\x7f\xff"))
    d("bits.aiff", "header", "AIFF, 0 bits", patched(aiff, common + 6, b"\0\0"))
    d("junk.aiff", "junk", "AIFF, random bytes after", aiff + m.noise(99))
    d("offset.aiff", "header", "AIFF, sound begins behind its end", patched(aiff, sound + 8, be32(10**8)))
    aifc = m.scratch("a.aifc")
    d("cut.aifc", "truncated", "AIFC, cut", aifc[:-700])
    d("codec.aifc", "unsupported", "AIFC, codec that nobody has", aifc.replace(b"NONE", b"XXXX", 1))


def damage_au(m):
    d = m.damaged
    au = m.scratch("a.au")
    d("cut.au", "truncated", "AU, cut", au[:-700])
    d("minus1.au", "truncated", "AU, last byte missing", au[:-1])
    d("junk.au", "junk", "AU, random bytes after", au + m.noise(99))
    d("start.au", "truncated", "AU, sound begins behind the end", patched(au, 4, be32(10**8)))
    d("codec.au", "unsupported", "AU, encoding 99", patched(au, 12, be32(99)))
    d("rate.au", "header", "AU, rate 0 Hz", patched(au, 16, be32(0)))
    d("channels.au", "header", "AU, 0 channels", patched(au, 20, be32(0)))
    d("size.au", "unfinished", "AU, size never filled in (0)", patched(au, 8, be32(0)))


def damage_mpeg(m):
    d = m.damaged
    mp3 = m.lame("m.mp3", "-b", "32")          # 288 bytes a frame, the first has the count
    bare = m.lame("b.mp3", "-t", "-b", "32")   # without
    frame = 288
    middle = len(mp3) // 2 // frame * frame
    other = m.lame("o.mp3", "-t", "-b", "64", "--resample", "32")
    d("cut.mp3", "truncated", "MP3, cut inside a frame", mp3[:middle + 100])
    d("cut-bare.mp3", "truncated", "MP3 without count, cut inside a frame", bare[:middle + 100])
    d("cut-frame.mp3", "truncated", "MP3, last 10 frames missing", mp3[:-10 * frame])
    d("minus1.mp3", "truncated", "MP3, last byte missing", mp3[:-1])
    d("lost-frame.mp3", "corrupt", "MP3, one frame missing", mp3[:middle] + mp3[middle + frame:])
    d("lost-bytes.mp3", "corrupt", "MP3, 5 bytes missing", mp3[:middle + 50] + mp3[middle + 55:])
    d("inserted.mp3", "corrupt", "MP3, 5 bytes inserted", mp3[:middle + 50] + b"extra" + mp3[middle + 50:])
    d("header.mp3", "corrupt", "MP3, a frame's header overwritten", patched(mp3, middle, b"\0\0\0\0"))
    d("zeros.mp3", "corrupt", "MP3, 4096 bytes zero", patched(mp3, middle + 30, bytes(4096)))
    d("zeros-bare.mp3", "corrupt", "MP3 without count, 4096 bytes zero", patched(bare, middle + 30, bytes(4096)))
    d("bit.mp3", "corrupt", "MP3, one bit flipped in a frame", patched(mp3, middle + 150, bytes([mp3[middle + 150] ^ 4])))
    d("noise-in.mp3", "corrupt", "MP3, 100 random bytes in a frame", patched(mp3, middle + 100, m.noise(100)))
    d("foreign.mp3", "corrupt", "MP3, frames of another rate in between", bare[:middle] + other[:10 * frame] + bare[middle:])
    d("joined.mp3", "corrupt", "MP3, another stream behind", bare + other)
    d("html-in.mp3", "corrupt", "MP3, an HTML page in between", bare[:middle] + HTML + bare[middle:])
    d("junk-before.mp3", "junk", "MP3, random bytes before", b"\x01" + m.noise(200).replace(b"\xff", b"\0") + bare)
    d("junk-after.mp3", "junk", "MP3, text after", bare + b"The end of the message. " * 4)
    d("onlytag.mp3", "foreign", "MP3, only an ID3 tag", b"ID3\x04\0\0\0\0\0\x64" + bytes(100))
    d("tag-cut.mp3", "truncated", "MP3, cut inside its ID3 tag", b"ID3\x04\0\0\0\0\x7f\x7f" + bytes(100))
    d("tag-broken.mp3", "corrupt", "MP3, ID3 tag's size broken", b"ID3\x04\0\0\xff\xff\xff\xff" + bare)
    d("oneframe.mp3", "truncated", "MP3, less than one frame", bare[:200])
    ff = m.encoded("ff.mp3")
    d("ff-cut.mp3", "truncated", "MP3 by ffmpeg, last frames missing", ff[:-3 * 72])
    d("ff-bit.mp3", "corrupt", "MP3 by ffmpeg, one bit flipped", patched(ff, len(ff) // 2, bytes([ff[len(ff) // 2] ^ 1])))
    crc = m.lame("c.mp3", "-t", "-p", "-b", "64", "--resample", "32")
    d("crc-bit.mp3", "corrupt", "MP3 with checksums, one bit flipped", patched(crc, 288 * 20 + 8, bytes([crc[288 * 20 + 8] ^ 4])))


def damage_raw(m):
    d = m.damaged
    gsm = m.scratch("r.gsm")
    middle = len(gsm) // 2 // 33 * 33
    d("cut.gsm", "truncated", "GSM, cut inside a frame", gsm[:-20])
    d("lost.gsm", "corrupt", "GSM, one byte missing", gsm[:middle + 9] + gsm[middle + 10:])
    d("inserted.gsm", "corrupt", "GSM, 5 bytes inserted", gsm[:middle] + b"extra" + gsm[middle:])
    d("zeros.gsm", "corrupt", "GSM, 330 bytes zero", patched(gsm, middle, bytes(330)))
    d("before.gsm", "junk", "GSM, 10 bytes before", b"0123456789" + gsm)
    d("after.gsm", "corrupt", "GSM, an HTML page after", gsm + HTML)


def make(folder):
    m = Maker(folder)
    make_good(m)
    for damage in (damage_wav, damage_wav_codecs, damage_foreign, damage_aiff, damage_au, damage_mpeg, damage_raw):
        damage(m)
    return m.files
