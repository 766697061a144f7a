/* Small sound files, built byte by byte so that a test can break any of them. */
#ifndef UNIT_AUDIO_SOUND_H
#define UNIT_AUDIO_SOUND_H

#include "audio/audio.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct sound {
  unsigned char bytes[128 * 1024];
  size_t length;
};

static inline void put(struct sound *sound, const void *bytes, size_t length) {
  assert_true(sound->length + length <= sizeof sound->bytes);
  memcpy(sound->bytes + sound->length, bytes, length);
  sound->length += length;
}

static inline void put_text(struct sound *sound, const char *text) {
  put(sound, text, strlen(text));
}

static inline void put_le(struct sound *sound, unsigned bytes, uint32_t value) {
  for (unsigned i = 0; i < bytes; i++)
    put(sound, &(unsigned char){(unsigned char)(value >> 8 * i)}, 1);
}

static inline void put_be(struct sound *sound, unsigned bytes, uint32_t value) {
  for (unsigned i = bytes; i-- > 0;)
    put(sound, &(unsigned char){(unsigned char)(value >> 8 * i)}, 1);
}

static inline void set_le(struct sound *sound, size_t at, unsigned bytes,
                          uint32_t value) {
  for (unsigned i = 0; i < bytes; i++)
    sound->bytes[at + i] = (unsigned char)(value >> 8 * i);
}

static inline void set_be(struct sound *sound, size_t at, unsigned bytes,
                          uint32_t value) {
  for (unsigned i = 0; i < bytes; i++)
    sound->bytes[at + i] = (unsigned char)(value >> 8 * (bytes - 1 - i));
}

/* A tone that is neither quiet nor clipped. */
static inline int16_t tone(size_t sample) {
  return (int16_t)lround(9000 * sin((double)sample * 0.5));
}

/* What the fixtures hold: half a second unless a test says otherwise. */
enum { RATE = 8000, SAMPLES = 4000, WAV_HEAD = 44, AIFF_HEAD = 54, AU_HEAD = 24 };

/* A WAV's head for any codec; the sound is put behind it. */
static inline void put_wav_head(struct sound *sound, int tag, int bits, int channels,
                                uint32_t data) {
  unsigned block = (unsigned)(channels * bits / 8);
  *sound = (struct sound){.length = 0};
  put_text(sound, "RIFF");
  put_le(sound, 4, 36 + data);
  put_text(sound, "WAVEfmt ");
  put_le(sound, 4, 16);
  put_le(sound, 2, (uint32_t)tag);
  put_le(sound, 2, (uint32_t)channels);
  put_le(sound, 4, RATE);
  put_le(sound, 4, RATE * block);
  put_le(sound, 2, block);
  put_le(sound, 2, (uint32_t)bits);
  put_text(sound, "data");
  put_le(sound, 4, data);
}

static inline void make_wav(struct sound *sound) {
  put_wav_head(sound, 1, 16, 1, SAMPLES * 2);
  for (size_t i = 0; i < SAMPLES; i++) put_le(sound, 2, (uint16_t)tone(i));
}

/* Any codec whose samples are bytes: the tone's upper half does for each. */
static inline void put_bytes_of_tone(struct sound *sound, size_t count, int zero) {
  for (size_t i = 0; i < count; i++)
    put(sound, &(unsigned char){(unsigned char)(tone(i) / 256 + zero)}, 1);
}

static inline void put_aiff_head(struct sound *sound, const char *compression, int bits,
                                 uint32_t samples) {
  uint32_t data = samples * (uint32_t)bits / 8, common = compression ? 24 : 18;
  *sound = (struct sound){.length = 0};
  put_text(sound, "FORM");
  put_be(sound, 4, 4 + 8 + common + 16 + data);
  put_text(sound, compression ? "AIFC" : "AIFF");
  put_text(sound, "COMM");
  put_be(sound, 4, common);
  put_be(sound, 2, 1);
  put_be(sound, 4, samples);
  put_be(sound, 2, (uint32_t)bits);
  put(sound, "\x40\x0b\xfa\0\0\0\0\0\0\0", 10); /* 8000 */
  if (compression) put_text(sound, compression), put(sound, "\0\0", 2);
  put_text(sound, "SSND");
  put_be(sound, 4, 8 + data);
  put_be(sound, 4, 0);
  put_be(sound, 4, 0);
}

static inline void make_aiff(struct sound *sound) {
  put_aiff_head(sound, NULL, 16, SAMPLES);
  for (size_t i = 0; i < SAMPLES; i++) put_be(sound, 2, (uint16_t)tone(i));
}

static inline void put_au_head(struct sound *sound, uint32_t encoding, uint32_t data) {
  *sound = (struct sound){.length = 0};
  put_text(sound, ".snd");
  put_be(sound, 4, AU_HEAD);
  put_be(sound, 4, data);
  put_be(sound, 4, encoding);
  put_be(sound, 4, RATE);
  put_be(sound, 4, 1);
}

static inline void make_au(struct sound *sound) {
  put_au_head(sound, 3, SAMPLES * 2);
  for (size_t i = 0; i < SAMPLES; i++) put_be(sound, 2, (uint16_t)tone(i));
}

/* Frames of silence with the mark that begins each. */
enum { GSM_FRAMES = 25 };

static inline void make_gsm(struct sound *sound) {
  *sound = (struct sound){.length = 0};
  for (size_t i = 0; i < GSM_FRAMES; i++) {
    unsigned char frame[33] = {0xd8, 0x20, 0xa2, 0xe1, 0x5a, 0x50, 0x00};
    put(sound, frame, sizeof frame);
  }
}

/* Layer III frames of silence: 8000 Hz mono, 8 kbit/s, 576 samples in 72 bytes each. */
enum { MPEG_FRAMES = 10, MPEG_BYTES = 72, MPEG_SAMPLES = 576, MPEG_SIDE = 9 };

static inline void put_mpeg_frame(struct sound *sound) {
  unsigned char frame[MPEG_BYTES] = {0xff, 0xe3, 0x18, 0xc0};
  put(sound, frame, sizeof frame);
}

static inline void make_mpeg(struct sound *sound) {
  *sound = (struct sound){.length = 0};
  for (int i = 0; i < MPEG_FRAMES; i++) put_mpeg_frame(sound);
}

static inline void check(const struct sound *sound, struct audio_report *report) {
  audio_check_bytes(sound->bytes, sound->length, NULL, report);
}

static inline void cut(struct sound *sound, size_t from, size_t count) {
  memmove(sound->bytes + from, sound->bytes + from + count, sound->length - from - count);
  sound->length -= count;
}

static inline void insert(struct sound *sound, size_t at, const char *text) {
  size_t count = strlen(text);
  assert_true(sound->length + count <= sizeof sound->bytes);
  memmove(sound->bytes + at + count, sound->bytes + at, sound->length - at);
  memcpy(sound->bytes + at, text, count);
  sound->length += count;
}

static inline void assert_good(const struct audio_report *report) {
  if (report->refused) fail_msg("refused as %s: %s", report->reason, report->message);
}

static inline void assert_near(double value, double wanted, double slack) {
  if (value != wanted && !(fabs(value - wanted) <= slack))
    fail_msg("%g is not near %g", value, wanted);
}

/* Refused with this word, and with a sentence that mentions the part. */
static inline void assert_refused(const struct audio_report *report, const char *reason,
                                  const char *part) {
  if (!report->refused) fail_msg("taken, though it should be refused as %s", reason);
  assert_string_equal(report->reason, reason);
  if (!strstr(report->message, part))
    fail_msg("no \"%s\" in \"%s\"", part, report->message);
}

static inline const struct audio_finding *warning(const struct audio_report *report,
                                                  const char *code) {
  for (size_t i = 0; i < report->warning_count; i++)
    if (strcmp(report->warnings[i].code, code) == 0) return &report->warnings[i];
  return NULL;
}

#endif
