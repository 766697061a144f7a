/* MPEG layer III by libmpg123, one frame at a time, so that every frame is answered for.
 */
#include "audio/decoder.h"
#include "audio/mpeg.h"

#include <mpg123.h>
#include <stdlib.h>
#include <string.h>

struct mpeg_decoder {
  struct decoder decoder;
  const struct layout *layout;
  struct audio_report *report;
  struct mpeg_walk walk;
  mpg123_handle *handle;
  uint64_t decoded;           /* frames that came out */
  uint64_t skip, left;        /* samples per channel to drop, then to hand out */
  const unsigned char *ready; /* samples not yet handed out, the library's */
  size_t ready_bytes;
  uint64_t settled; /* frames from here on have all that they reach back for */
  bool sounding;    /* the last samples that came out were not zero */
};

enum { GRANULE = 576, EDGE = 32 }; /* samples per channel */

static bool refuse_frame(struct mpeg_decoder *self) {
  return report_refuse(self->report, "corrupt", "",
                       "frame %llu of %llu can't be decoded; copy or make the file again",
                       (unsigned long long)self->decoded,
                       (unsigned long long)self->layout->packets);
}

/* The first frames may lack what stood before them; their samples are not used. */
static void begin_at(struct mpeg_decoder *self, uint64_t start) {
  const struct layout *layout = self->layout;
  uint64_t sample = layout->skip + start, packet = sample / layout->block;
  uint64_t entry = packet < MPEG_LEAD ? 0 : (packet - MPEG_LEAD) / MPEG_STRIDE;
  self->walk.position = layout->index[entry];
  self->decoded = entry * MPEG_STRIDE;
  self->skip = sample - self->decoded * layout->block;
  self->left = layout->samples - start;
  self->settled = self->decoded + (layout->cut || entry > 0 ? MPEG_LEAD : 0);
}

static bool all_zero(const float *samples, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (samples[i] != 0) return false;
  return true;
}

/* Where it cannot make sense of a frame the library fills it up with zeroes, at once and
 * in the middle of a wave; a stream that falls silent takes longer to. */
static bool is_torn(struct mpeg_decoder *self) {
  size_t channels = (size_t)self->layout->channels, granule = GRANULE * channels;
  const float *samples = (const float *)(const void *)self->ready;
  size_t count = self->ready_bytes / sizeof *samples;
  bool torn = false;
  for (; count >= granule; count -= granule, samples += granule) {
    torn = torn || (self->sounding && all_zero(samples, granule));
    self->sounding = !all_zero(samples + granule - EDGE * channels, EDGE * channels);
  }
  return torn && self->decoded > self->settled;
}

static bool finish(struct mpeg_decoder *self) {
  if (self->decoded >= self->layout->packets) return true;
  self->decoded++;
  return refuse_frame(self);
}

/* Gets the library's next samples, feeding it frames as it asks; none left: ready_bytes
 * stays 0. */
static bool decode_more(struct mpeg_decoder *self) {
  struct mpeg_frame frame;
  for (;;) {
    off_t number;
    unsigned char *samples = NULL;
    size_t bytes = 0;
    int result = mpg123_decode_frame(self->handle, &number, &samples, &bytes);
    if (result == MPG123_NEW_FORMAT) continue;
    if (result == MPG123_OK)
      self->decoded++;
    else if (result != MPG123_NEED_MORE)
      return refuse_frame(self);
    self->ready = samples;
    self->ready_bytes = result == MPG123_OK ? bytes : 0;
    if (self->ready_bytes > 0) return !is_torn(self) || refuse_frame(self);
    if (result == MPG123_OK) continue;
    const unsigned char *at = mpeg_next(&self->walk, &frame);
    if (!at) return finish(self);
    if (mpg123_feed(self->handle, at, frame.bytes) != MPG123_OK)
      return refuse_frame(self);
  }
}

/* Takes at most `frames` of what is ready; returns how many. */
static size_t take(struct mpeg_decoder *self, float *samples, uint64_t frames) {
  size_t width = (size_t)self->layout->channels * sizeof *samples;
  size_t count = self->ready_bytes / width;
  if (count > frames) count = (size_t)frames;
  if (samples) memcpy(samples, self->ready, count * width);
  self->ready += count * width;
  self->ready_bytes -= count * width;
  return count;
}

static long read_frames(struct decoder *decoder, float *samples, size_t frames) {
  struct mpeg_decoder *self = (struct mpeg_decoder *)decoder;
  size_t count = 0;
  while (count < frames) {
    if (self->ready_bytes == 0 && !decode_more(self)) return -1;
    if (self->ready_bytes == 0) break;
    self->skip -= take(self, NULL, self->skip);
    uint64_t wanted = frames - count < self->left ? frames - count : self->left;
    size_t got = take(self, samples + count * (size_t)self->layout->channels, wanted);
    self->left -= got;
    count += got;
    if (self->left == 0)
      self->ready_bytes = 0; /* the rest is padding, decoded all the same */
  }
  return (long)count;
}

static void close_handle(struct decoder *decoder) {
  struct mpeg_decoder *self = (struct mpeg_decoder *)decoder;
  mpg123_delete(self->handle);
  free(self);
}

static bool set_up(mpg123_handle *handle, const struct layout *layout) {
  long flags = MPG123_QUIET | MPG123_FORCE_FLOAT | MPG123_NO_RESYNC | MPG123_SKIP_ID3V2 |
               MPG123_NO_READAHEAD;
  return mpg123_param(handle, MPG123_FLAGS, flags, 0) == MPG123_OK &&
         mpg123_format_none(handle) == MPG123_OK &&
         mpg123_format(handle, layout->rate, layout->channels, MPG123_ENC_FLOAT_32) ==
             MPG123_OK &&
         mpg123_open_feed(handle) == MPG123_OK;
}

struct decoder *mpeg_decoder_open(struct input *input, const struct layout *layout,
                                  uint64_t start, struct audio_report *report) {
  struct mpeg_decoder *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  *self = (struct mpeg_decoder){
      .decoder = {read_frames, close_handle},
      .layout = layout,
      .report = report,
      .walk = {input, layout->offset, layout->offset + layout->length},
      .handle = mpg123_new(NULL, NULL)};
  begin_at(self, start);
  if (self->handle && set_up(self->handle, layout)) return &self->decoder;
  if (self->handle) mpg123_delete(self->handle);
  free(self);
  return NULL;
}
