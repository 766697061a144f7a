#include "audio/segment.h"

#include "audio/decimator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  BLOCK_SAMPLES = 8 * 1024, /* decoded at once, all channels together */
  SAMPLE_MOST = 100,        /* times full scale: more is no sound */
  LOOK_SLICES = 20,         /* from one look at the spectrum to the next */
};

struct segment_reader {
  struct input *input;
  const struct layout *layout;
  struct decoder *decoder;
  uint64_t position; /* the next frame that it gives */
  size_t slice;      /* frames of one */
  struct slice_limit limit;
  struct decimator decimator;
  size_t block;   /* frames decoded at once: whole slices */
  float *samples; /* a block of them, interleaved */
  float *mono;    /* DECIMATOR_TAPS of the past, and the block's mix */
};

uint64_t segment_frames(const struct layout *layout) {
  return (uint64_t)slice_frames(layout) * SEGMENT_SLICES;
}

bool segment_set_up(struct segment *segment, const struct layout *layout, bool phone) {
  size_t most = (size_t)segment_frames(layout) / decimator_factor(layout->rate);
  *segment = (struct segment){.phone = NULL};
  if (!phone) return true;
  segment->phone = malloc((most + SEGMENT_SLICES) * sizeof *segment->phone);
  return segment->phone != NULL;
}

void segment_clear(struct segment *segment) {
  free(segment->phone);
  segment->phone = NULL;
}

struct segment_reader *segment_reader_new(struct input *input,
                                          const struct layout *layout) {
  struct segment_reader *reader = calloc(1, sizeof *reader);
  if (!reader) return NULL;
  size_t channels = (size_t)layout->channels, slice = slice_frames(layout);
  size_t slices = BLOCK_SAMPLES / channels / slice;
  reader->input = input;
  reader->layout = layout;
  reader->slice = slice;
  reader->block = slice * (slices > 0 ? slices : 1);
  reader->limit = slice_limit_of(layout);
  size_t room = reader->block > DECIMATOR_TAPS ? reader->block : DECIMATOR_TAPS;
  reader->samples = malloc(room * channels * sizeof *reader->samples);
  reader->mono = malloc((DECIMATOR_TAPS + room) * sizeof *reader->mono);
  if (reader->samples && reader->mono) return reader;
  segment_reader_free(reader);
  return NULL;
}

void segment_reader_free(struct segment_reader *reader) {
  if (!reader) return;
  decoder_close(reader->decoder);
  free(reader->samples);
  free(reader->mono);
  free(reader);
}

static void refuse_samples(struct segment *segment, double seconds) {
  report_refuse(
      &segment->report, "corrupt", "",
      "near %.2f s its samples are far beyond full scale; copy or make it again",
      seconds);
  segment->failed = true;
}

/* Where samples are not whole numbers they can be no numbers at all. */
static bool within_reason(const struct segment_reader *reader, size_t frames) {
  enum codec codec = reader->layout->codec;
  if (codec != CODEC_FLOAT && codec != CODEC_MPEG3) return true;
  size_t count = frames * (size_t)reader->layout->channels;
  for (size_t i = 0; i < count; i++)
    if (!(fabsf(reader->samples[i]) <= SAMPLE_MOST)) return false;
  return true;
}

/* The past that the filter needs is what stands at the end of the block before. */
static void keep_past(struct segment_reader *reader, size_t frames) {
  memmove(reader->mono, reader->mono + frames, DECIMATOR_TAPS * sizeof *reader->mono);
}

static void add_slices(struct segment_reader *reader, struct segment *segment,
                       size_t frames) {
  int channels = reader->layout->channels;
  const float *mono = reader->mono + DECIMATOR_TAPS;
  for (size_t at = 0; at < frames; at += reader->slice) {
    size_t count = frames - at < reader->slice ? frames - at : reader->slice;
    size_t number = segment->slice_count++;
    slice_measure(reader->samples + at * (size_t)channels, mono + at, count, channels,
                  reader->limit, &segment->slices[number]);
    if (reader->layout->rate > 2 * SPECTRUM_CUT + 1200 && number % LOOK_SLICES == 0 &&
        at + SPECTRUM_POINTS <= frames)
      spectrum_look(&segment->spectrum, reader->layout->rate, mono + at);
  }
}

static void take_block(struct segment_reader *reader, struct segment *segment,
                       size_t frames) {
  float *mono = reader->mono + DECIMATOR_TAPS;
  slice_mix(reader->samples, frames, reader->layout->channels, mono);
  add_slices(reader, segment, frames);
  if (segment->phone) {
    segment->phone_count += decimator_run(&reader->decimator, mono, frames,
                                          segment->phone + segment->phone_count);
    keep_past(reader, frames);
  }
  segment->frames += frames;
  reader->position += frames;
}

/* Starts at the frame, with the past that the filter needs. */
static bool move_to(struct segment_reader *reader, uint64_t start,
                    struct segment *segment) {
  uint64_t past = start < DECIMATOR_TAPS ? start : DECIMATOR_TAPS;
  decoder_close(reader->decoder);
  memset(reader->mono, 0, DECIMATOR_TAPS * sizeof *reader->mono);
  reader->position = start;
  reader->decoder =
      decoder_open(reader->input, reader->layout, start - past, &segment->report);
  if (!reader->decoder) return false;
  decimator_set(&reader->decimator, reader->layout->rate, (size_t)start);
  if (past == 0) return true;
  if (decoder_read(reader->decoder, reader->samples, (size_t)past) < (long)past)
    return false;
  slice_mix(reader->samples, (size_t)past, reader->layout->channels,
            reader->mono + DECIMATOR_TAPS - past);
  return true;
}

static bool read_blocks(struct segment_reader *reader, struct segment *segment) {
  uint64_t left = segment_frames(reader->layout);
  while (left > 0) {
    size_t wanted = left < reader->block ? (size_t)left : reader->block;
    long got = decoder_read(reader->decoder, reader->samples, wanted);
    if (got < 0) return false;
    if (!within_reason(reader, (size_t)got)) {
      refuse_samples(segment, (double)reader->position / reader->layout->rate);
      return false;
    }
    if (got > 0) take_block(reader, segment, (size_t)got);
    segment->last = (size_t)got < wanted;
    if (segment->last) return true;
    left -= (uint64_t)got;
  }
  return true;
}

void segment_read(struct segment_reader *reader, uint64_t number,
                  struct segment *segment) {
  uint64_t start = number * segment_frames(reader->layout);
  float *phone = segment->phone;
  *segment = (struct segment){.start = start, .phone = phone};
  if (!reader->decoder || reader->position != start)
    segment->failed = !move_to(reader, start, segment);
  if (!segment->failed) segment->failed = !read_blocks(reader, segment);
  if (!reader->input->failed) return;
  segment->failed = true;
  report_unreadable(&segment->report);
}
