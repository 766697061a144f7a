#include "audio/segment.h"

#include "audio/decimator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  BLOCK_SAMPLES = 8 * 1024,            /* decoded at once, all channels together */
  SAMPLE_MOST = 100,                   /* times full scale: more is no sound */
  LOOK_SLICES = 50,                    /* from one look at the spectrum to the next */
  WIDE_RATE = 2 * SPECTRUM_CUT + 1200, /* below, there is nothing to cut */
};

struct segment_reader {
  struct input *input;
  const struct layout *layout;
  struct audio_report report; /* for refusals only */
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

/* Samples that are no whole numbers can be no numbers at all; then their sums are none.
 */
static bool within_reason(const struct slice *slice) {
  return slice->parts < SAMPLE_MOST * SAMPLE_MOST * (float)slice->frames &&
         slice->low > -SAMPLE_MOST && slice->high < SAMPLE_MOST;
}

/* The past that the filter needs is what stands at the end of the block before. */
static void keep_past(struct segment_reader *reader, size_t frames) {
  memmove(reader->mono, reader->mono + frames, DECIMATOR_TAPS * sizeof *reader->mono);
}

static bool refuse_samples(struct segment_reader *reader, uint64_t frame) {
  return report_refuse(&reader->report, "corrupt", "",
                       "near %.2f s its samples are far beyond full scale; copy or make "
                       "it again",
                       (double)frame / reader->layout->rate);
}

/* Those of a wide band are looked at now and then for what a phone will cut. */
static void look(struct segment_reader *reader, struct segment *segment,
                 const float *mono, size_t frames) {
  int rate = reader->layout->rate;
  bool due = segment->slice_count % LOOK_SLICES == 1;
  if (due && rate > WIDE_RATE && frames >= SPECTRUM_POINTS)
    spectrum_look(&segment->spectrum, rate, mono);
}

static bool add_slices(struct segment_reader *reader, struct segment *segment,
                       const float *mono, size_t frames) {
  int channels = reader->layout->channels;
  for (size_t at = 0; at < frames; at += reader->slice) {
    size_t count = frames - at < reader->slice ? frames - at : reader->slice;
    struct slice *slice = &segment->slices[segment->slice_count++];
    slice_measure(reader->samples + at * (size_t)channels, mono + at, count, channels,
                  reader->limit, slice);
    if (!within_reason(slice)) return refuse_samples(reader, reader->position + at);
    look(reader, segment, mono + at, frames - at);
  }
  return true;
}

static bool take_block(struct segment_reader *reader, struct segment *segment,
                       size_t frames) {
  float *mono = reader->mono + DECIMATOR_TAPS;
  bool mixed = reader->layout->channels > 1 || segment->phone;
  if (mixed) slice_mix(reader->samples, frames, reader->layout->channels, mono);
  if (!add_slices(reader, segment, mixed ? mono : reader->samples, frames)) return false;
  if (segment->phone) {
    segment->phone_count += decimator_run(&reader->decimator, mono, frames,
                                          segment->phone + segment->phone_count);
    keep_past(reader, frames);
  }
  segment->frames += frames;
  reader->position += frames;
  return true;
}

/* Starts at the frame, with the past that the filter needs. */
static bool move_to(struct segment_reader *reader, uint64_t start) {
  uint64_t past = start < DECIMATOR_TAPS ? start : DECIMATOR_TAPS;
  decoder_close(reader->decoder);
  memset(reader->mono, 0, DECIMATOR_TAPS * sizeof *reader->mono);
  reader->position = start;
  reader->decoder =
      decoder_open(reader->input, reader->layout, start - past, &reader->report);
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
    if (got > 0 && !take_block(reader, segment, (size_t)got)) return false;
    segment->last = (size_t)got < wanted;
    if (segment->last) return true;
    left -= (uint64_t)got;
  }
  return true;
}

static void copy_refusal(const struct audio_report *report, struct refusal *refusal) {
  memcpy(refusal->reason, report->reason, sizeof refusal->reason);
  memcpy(refusal->message, report->message, sizeof refusal->message);
  memcpy(refusal->mend, report->mend, sizeof refusal->mend);
}

void segment_read(struct segment_reader *reader, uint64_t number,
                  struct segment *segment) {
  uint64_t start = number * segment_frames(reader->layout);
  float *phone = segment->phone;
  *segment = (struct segment){.start = start, .phone = phone};
  if (!reader->decoder || reader->position != start)
    segment->failed = !move_to(reader, start);
  if (!segment->failed) segment->failed = !read_blocks(reader, segment);
  if (reader->input->failed) report_unreadable(&reader->report);
  segment->failed = segment->failed || reader->input->failed;
  if (segment->failed) copy_refusal(&reader->report, &segment->refusal);
}
