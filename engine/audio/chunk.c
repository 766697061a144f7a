#include "audio/chunk.h"

#include "audio/bytes.h"

#include <inttypes.h>
#include <string.h>

#define SET_SIZES "sox --ignore-length IN OUT.wav"

/* ffmpeg writes all ones, sox and espeak-ng a little less than 2 GiB. */
bool chunk_size_is_open(uint32_t size) {
  return size == UINT32_MAX || (size >= 0x7f000000 && size <= 0x7fffffff);
}

static uint32_t size_at(const struct chunk_walk *walk, const unsigned char *at) {
  return walk->big_endian ? bytes_be32(at) : bytes_le32(at);
}

static bool fail(struct chunk_walk *walk) {
  walk->failed = true;
  return false;
}

static bool check_rest(struct chunk_walk *walk) {
  uint64_t size = walk->input->size;
  if (walk->end > size) {
    report_refuse(walk->report, "truncated", "",
                  "the header promises %" PRIu64 " bytes and the file has %" PRIu64
                  ": %" PRIu64 " are missing; copy or make it again",
                  walk->end, size, walk->end - size);
    return fail(walk);
  }
  uint64_t rest = size - walk->end;
  const unsigned char *pad = input_view(walk->input, walk->end, 1);
  if (rest == 0 || (rest == 1 && pad && *pad == 0)) return true;
  report_refuse(walk->report, "junk", "ffmpeg -i IN OUT.wav",
                "%" PRIu64 " bytes follow the sound's end at byte %" PRIu64
                "; a player may read them as noise, cut them off",
                rest, walk->end);
  return fail(walk);
}

bool chunk_walk_start(struct chunk_walk *walk, struct input *input,
                      struct audio_report *report, bool big_endian) {
  *walk = (struct chunk_walk){
      .input = input, .report = report, .big_endian = big_endian, .position = 12};
  const unsigned char *head = input_view(input, 0, 12);
  if (!head) {
    report_refuse(report, "truncated", "",
                  "only %" PRIu64 " bytes of the header are there; copy or make it again",
                  input->size);
    return fail(walk);
  }
  uint32_t size = size_at(walk, head + 4);
  walk->end = (uint64_t)size + 8;
  if (size == 0 && input->size > 8) {
    report_refuse(report, "unfinished", SET_SIZES,
                  "the header says 0 bytes and %" PRIu64
                  " follow: the recorder stopped before it filled in the sizes",
                  input->size - 8);
    return fail(walk);
  }
  walk->streamed = chunk_size_is_open(size) && walk->end > input->size;
  if (walk->streamed) walk->end = input->size;
  return check_rest(walk);
}

static bool printable(const unsigned char *id) {
  for (int i = 0; i < 4; i++)
    if (id[i] < 0x20 || id[i] > 0x7e) return false;
  return true;
}

static bool fits(struct chunk_walk *walk, struct chunk *chunk) {
  uint64_t rest = walk->end - chunk->offset;
  if (chunk->size <= rest) return true;
  if (walk->streamed && chunk_size_is_open(chunk->size)) {
    chunk->size = rest > UINT32_MAX - 1 ? UINT32_MAX - 1 : (uint32_t)rest;
    return true;
  }
  report_refuse(walk->report, "truncated", "",
                "the chunk \"%s\" at byte %" PRIu64 " promises %" PRIu32
                " bytes and %" PRIu64 " are left; copy or make it again",
                chunk->id, chunk->offset - 8, chunk->size, rest);
  return fail(walk);
}

bool chunk_next(struct chunk_walk *walk, struct chunk *chunk) {
  if (walk->failed || walk->position >= walk->end) return false;
  /* A lone zero byte at the end pads the chunk before. */
  const unsigned char *head = input_view(walk->input, walk->position, 1);
  if (walk->end - walk->position == 1 && head && *head == 0) return false;
  head = input_view(walk->input, walk->position, 8);
  if (!head || walk->end - walk->position < 8 || !printable(head)) {
    report_refuse(walk->report, "corrupt", "",
                  "at byte %" PRIu64
                  " there should be a chunk's name and size, and there "
                  "is something else; copy or make it again",
                  walk->position);
    return fail(walk);
  }
  memcpy(chunk->id, head, 4);
  chunk->id[4] = 0;
  chunk->size = size_at(walk, head + 4);
  chunk->offset = walk->position + 8;
  if (!fits(walk, chunk)) return false;
  walk->position = chunk->offset + chunk->size + (chunk->size & 1);
  return true;
}
