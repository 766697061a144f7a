#include "audio/kind.h"

#include "audio/mpeg.h"
#include "audio/raw.h"

#include <inttypes.h>
#include <string.h>

enum {
  HEAD = 64,
  TEXT_HEAD = 512,
  CHAIN = 3, /* MPEG frames in a row that are no accident */
};

static const struct signature {
  const char *name;
  unsigned offset, length;
  const char *bytes;
} signatures[] = {
    {"an HTML page", 0, 5, "<html"},
    {"an HTML page", 0, 5, "<HTML"},
    {"an HTML page", 0, 9, "<!DOCTYPE"},
    {"an HTML page", 0, 9, "<!doctype"},
    {"an XML document", 0, 5, "<?xml"},
    {"a PDF document", 0, 5, "%PDF-"},
    {"a ZIP archive", 0, 4, "PK\3\4"},
    {"a gzip archive", 0, 2, "\x1f\x8b"},
    {"a bzip2 archive", 0, 3, "BZh"},
    {"an xz archive", 0, 6,
     "\xfd"
     "7zXZ\0"},
    {"a 7-Zip archive", 0, 6, "7z\xbc\xaf\x27\x1c"},
    {"a RAR archive", 0, 4, "Rar!"},
    {"an Ogg file (Vorbis, Opus or Speex)", 0, 4, "OggS"},
    {"a FLAC file", 0, 4, "fLaC"},
    {"an MP4 or M4A file", 4, 4, "ftyp"},
    {"a Matroska or WebM file", 0, 4, "\x1a\x45\xdf\xa3"},
    {"a Windows Media file", 0, 4, "\x30\x26\xb2\x75"},
    {"an AMR file", 0, 5, "#!AMR"},
    {"a CAF file", 0, 4, "caff"},
    {"a Wave64 file", 0, 4, "riff"},
    {"a NIST Sphere file", 0, 7, "NIST_1A"},
    {"a VOC file", 0, 8, "Creative"},
    {"a MIDI file", 0, 4, "MThd"},
    {"an AU file in little-endian order", 0, 4, "dns."},
    {"a WAV file in big-endian order (RIFX)", 0, 4, "RIFX"},
    {"a WAV file of the 64-bit kind (RF64)", 0, 4, "RF64"},
    {"an AVI or other RIFF file", 0, 4, "RIFF"},
    {"an IFF file that is not AIFF", 0, 4, "FORM"},
    {"a PNG image", 0, 4, "\x89PNG"},
    {"a JPEG image", 0, 3, "\xff\xd8\xff"},
    {"a GIF image", 0, 4, "GIF8"},
    {"a program", 0, 4,
     "\x7f"
     "ELF"},
    {"a program", 0, 2, "MZ"},
};

static bool begins(const unsigned char *head, size_t length, unsigned offset,
                   const char *bytes, size_t count) {
  return length >= offset + count && memcmp(head + offset, bytes, count) == 0;
}

static bool refuse_foreign(struct audio_report *report, const char *what,
                           const char *mend) {
  return report_refuse(report, "foreign", mend,
                       "it is %s; phone services take WAV, AIFF, AU, MP3, GSM or u-law, "
                       "make one of these",
                       what);
}

static bool refuse_signed(const unsigned char *head, size_t length,
                          struct audio_report *report) {
  /* AAC in ADTS frames: a sync word like MPEG's with layer 0. */
  if (length >= 2 && head[0] == 0xff && (head[1] & 0xf6) == 0xf0)
    return refuse_foreign(report, "an AAC file", "ffmpeg -i IN OUT.wav");
  for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
    const struct signature *signature = &signatures[i];
    if (!begins(head, length, signature->offset, signature->bytes, signature->length))
      continue;
    return refuse_foreign(report, signature->name, "ffmpeg -i IN OUT.wav");
  }
  return true;
}

/* Nothing but characters, UTF-8 included, in the first bytes. */
static bool is_text(struct input *input) {
  size_t length = input->size < TEXT_HEAD ? (size_t)input->size : TEXT_HEAD;
  const unsigned char *at = input_view(input, 0, length);
  if (!at) return false;
  size_t plain = 0;
  for (size_t i = 0; i < length; i++) {
    if (at[i] < 0x20 && at[i] != '\t' && at[i] != '\n' && at[i] != '\r') return false;
    if (at[i] >= 0xf5 || at[i] == 0x7f) return false;
    plain += at[i] < 0x80;
  }
  return plain * 10 >= length * 6;
}

static enum container of_magic(const unsigned char *head, size_t length) {
  /* A file too short for the second word is taken at the first one's. */
  bool brief = length < 12;
  if (begins(head, length, 0, "RIFF", 4) && (brief || begins(head, length, 8, "WAVE", 4)))
    return CONTAINER_WAV;
  if (begins(head, length, 0, "FORM", 4)) {
    if (brief || begins(head, length, 8, "AIFF", 4)) return CONTAINER_AIFF;
    if (begins(head, length, 8, "AIFC", 4)) return CONTAINER_AIFC;
  }
  if (begins(head, length, 0, ".snd", 4)) return CONTAINER_AU;
  if (begins(head, length, 0, "ID3", 3)) return CONTAINER_MPEG;
  return CONTAINER_NONE;
}

/* A frame at the start; and more of them, unless the file ends before the second. */
static bool begins_mpeg(struct input *input) {
  struct mpeg_frame frame;
  const unsigned char *at = input_view(input, 0, MPEG_HEADER_BYTES);
  if (!at || !mpeg_frame_header(at, &frame)) return false;
  if (mpeg_find(input, 0, 1, CHAIN) == 0) return true;
  if (frame.layer != 3) return false;
  if (frame.bytes + MPEG_HEADER_BYTES > input->size) return true;
  return mpeg_find(input, 1, INPUT_WINDOW, CHAIN) != UINT64_MAX;
}

/* Where u-law is expected, its bytes are not searched for something else further on. */
static enum container of_shape(struct input *input, bool ulaw) {
  if (raw_find_gsm(input) == 0) return CONTAINER_GSM;
  if (ulaw) return CONTAINER_ULAW;
  if (mpeg_find(input, 0, INPUT_WINDOW, CHAIN + 1) != UINT64_MAX) return CONTAINER_MPEG;
  if (raw_find_gsm(input) != UINT64_MAX) return CONTAINER_GSM;
  return CONTAINER_NONE;
}

static enum container refuse_unknown(struct input *input, struct audio_report *report) {
  if (is_text(input))
    refuse_foreign(report, "text", "");
  else
    report_refuse(report, "foreign", "",
                  "its %" PRIu64
                  " bytes are no audio format that phone services take; "
                  "raw u-law must be asked for or named .ulaw",
                  input->size);
  return CONTAINER_NONE;
}

enum container kind_find(struct input *input, bool ulaw, struct audio_report *report) {
  size_t length = input->size < HEAD ? (size_t)input->size : HEAD;
  const unsigned char *head = input_view(input, 0, length);
  if (!head) return CONTAINER_NONE;
  enum container found = of_magic(head, length);
  if (found != CONTAINER_NONE) return found;
  if (!refuse_signed(head, length, report)) return CONTAINER_NONE;
  if (begins_mpeg(input)) return CONTAINER_MPEG;
  if (is_text(input)) return refuse_unknown(input, report);
  found = of_shape(input, ulaw);
  return found != CONTAINER_NONE ? found : refuse_unknown(input, report);
}
