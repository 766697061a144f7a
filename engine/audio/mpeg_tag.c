#include "audio/mpeg_tag.h"

#include "audio/bytes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ID3_HEAD = 10, ID3V1_BYTES = 128, APE_FOOT = 32, LYRICS_FOOT = 15 };

/* Seven bits a byte; -1 if an eighth is set. */
static int64_t syncsafe(const unsigned char *at) {
  if ((at[0] | at[1] | at[2] | at[3]) & 0x80) return -1;
  return (int64_t)at[0] << 21 | at[1] << 14 | at[2] << 7 | at[3];
}

static bool skip_front(struct input *input, struct mpeg_extent *extent,
                       struct audio_report *report) {
  const unsigned char *at;
  while ((at = input_view(input, extent->start, ID3_HEAD)) && !memcmp(at, "ID3", 3)) {
    int64_t size = syncsafe(at + 6);
    if (size < 0 || at[3] == 0xff || at[4] == 0xff)
      return report_refuse(report, "corrupt", "",
                           "the ID3 tag at byte %" PRIu64
                           " is broken; copy or make the file again",
                           extent->start);
    uint64_t whole = (uint64_t)size + ID3_HEAD + (at[5] & 0x10 ? ID3_HEAD : 0);
    if (whole > input->size - extent->start)
      return report_refuse(report, "truncated", "",
                           "the file ends inside its ID3 tag of %" PRIu64
                           " bytes; copy or make it again",
                           whole);
    extent->start += whole;
    extent->tag_bytes += whole;
  }
  return true;
}

/* The bytes of the tag that ends where the frames' room ends; 0 for none. */
static uint64_t id3v1(struct input *input, const struct mpeg_extent *extent) {
  if (extent->end - extent->start < ID3V1_BYTES) return 0;
  const unsigned char *at = input_view(input, extent->end - ID3V1_BYTES, 3);
  return at && memcmp(at, "TAG", 3) == 0 ? ID3V1_BYTES : 0;
}

static bool mentions(struct input *input, uint64_t from, uint64_t length,
                     const char *word) {
  size_t span = length < INPUT_WINDOW ? (size_t)length : INPUT_WINDOW;
  const unsigned char *at = input_view(input, from, span);
  return at && memmem(at, span, word, strlen(word)) != NULL;
}

static uint64_t ape(struct input *input, struct mpeg_extent *extent) {
  uint64_t room = extent->end - extent->start;
  if (room < APE_FOOT) return 0;
  const unsigned char *at = input_view(input, extent->end - APE_FOOT, APE_FOOT);
  if (!at || memcmp(at, "APETAGEX", 8) != 0) return 0;
  bool head = bytes_le32(at + 20) & 0x80000000U;
  uint64_t whole = (uint64_t)bytes_le32(at + 12) + (head ? APE_FOOT : 0);
  if (whole < APE_FOOT || whole > room) return 0;
  if (mentions(input, extent->end - whole, whole, "MP3GAIN")) extent->regained = true;
  return whole;
}

static uint64_t lyrics(struct input *input, const struct mpeg_extent *extent) {
  uint64_t room = extent->end - extent->start;
  if (room < LYRICS_FOOT) return 0;
  const unsigned char *at = input_view(input, extent->end - LYRICS_FOOT, LYRICS_FOOT);
  if (!at || memcmp(at + 6, "LYRICS200", 9) != 0) return 0;
  char digits[7] = "";
  memcpy(digits, at, 6);
  uint64_t whole = strtoul(digits, NULL, 10) + LYRICS_FOOT;
  return whole <= room ? whole : 0;
}

static uint64_t id3v2_foot(struct input *input, const struct mpeg_extent *extent) {
  uint64_t room = extent->end - extent->start;
  if (room < ID3_HEAD) return 0;
  const unsigned char *at = input_view(input, extent->end - ID3_HEAD, ID3_HEAD);
  if (!at || memcmp(at, "3DI", 3) != 0 || syncsafe(at + 6) < 0) return 0;
  uint64_t whole = (uint64_t)syncsafe(at + 6) + ID3_HEAD + ID3_HEAD;
  return whole <= room ? whole : 0;
}

bool mpeg_tag_skip(struct input *input, struct mpeg_extent *extent,
                   struct audio_report *report) {
  *extent = (struct mpeg_extent){.end = input->size};
  if (!skip_front(input, extent, report)) return false;
  uint64_t tag;
  do {
    tag = id3v1(input, extent);
    if (tag == 0) tag = ape(input, extent);
    if (tag == 0) tag = lyrics(input, extent);
    if (tag == 0) tag = id3v2_foot(input, extent);
    extent->end -= tag;
  } while (tag > 0);
  return true;
}
