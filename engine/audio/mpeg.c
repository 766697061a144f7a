#include "audio/mpeg.h"

#include "audio/mpeg_info.h"
#include "audio/mpeg_tag.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
  INDEX_FIRST = 32,
  CHAIN = 3,              /* frames in a row that are no accident */
  SEARCH_MOST = 16 << 20, /* bytes looked through for where the sound goes on */
  DECODER_DELAY = 529,
  TAG_MOST = 10 * 1024 /* some services refuse a longer tag in front */
};

struct mpeg {
  struct input *input;
  struct layout *layout;
  struct audio_report *report;
  struct mpeg_extent extent;
  struct mpeg_walk walk;
  struct mpeg_frame first;
  struct mpeg_info info;
  bool has_info;
  uint64_t sound_start; /* after the info frame */
  uint64_t frames;      /* with sound */
  uint64_t room,
      used; /* coded samples: where this frame's begin and the last one's end */
  uint16_t crc;
};

const unsigned char *mpeg_next(struct mpeg_walk *walk, struct mpeg_frame *frame) {
  if (walk->end - walk->position < MPEG_HEADER_BYTES) return NULL;
  const unsigned char *at = input_view(walk->input, walk->position, MPEG_HEADER_BYTES);
  if (!at || !mpeg_frame_header(at, frame) || frame->bytes == 0) return NULL;
  if (frame->bytes > walk->end - walk->position) return NULL;
  at = input_view(walk->input, walk->position, frame->bytes);
  if (at) walk->position += frame->bytes;
  return at;
}

static bool chain_at(struct input *input, uint64_t position, int chain) {
  struct mpeg_frame first, next;
  for (int i = 0; i < chain; i++) {
    const unsigned char *at = input_view(input, position, MPEG_HEADER_BYTES);
    if (!at) return i > 0 && position == input->size;
    if (!mpeg_frame_header(at, &next) || next.bytes == 0) return false;
    if (i == 0) first = next;
    if (!mpeg_frame_alike(&first, &next)) return false;
    position += next.bytes;
  }
  return true;
}

uint64_t mpeg_find(struct input *input, uint64_t from, uint64_t reach, int chain) {
  for (uint64_t at = from; at - from < reach; at++) {
    const unsigned char *byte = input_view(input, at, 1);
    if (!byte) break;
    if (*byte == 0xff && chain_at(input, at, chain)) return at;
  }
  return UINT64_MAX;
}

static double seconds(const struct mpeg *mpeg) {
  return (double)mpeg->frames * mpeg->first.samples / mpeg->first.rate;
}

/* No frame begins where one should: says whether sound goes on later. */
static bool refuse_gap(struct mpeg *mpeg, uint64_t position) {
  uint64_t next = mpeg_find(mpeg->input, position + 1, SEARCH_MOST, CHAIN);
  if (next < mpeg->extent.end)
    return report_refuse(mpeg->report, "corrupt", "",
                         "at byte %" PRIu64
                         " (%.2f s) a frame should begin and does not, %" PRIu64
                         " bytes make no sense; copy or make it again",
                         position, seconds(mpeg), next - position);
  return report_refuse(mpeg->report, "junk", "ffmpeg -i IN -c copy OUT.mp3",
                       "%" PRIu64
                       " bytes that are no sound follow the last frame at byte "
                       "%" PRIu64 "; cut them off",
                       mpeg->extent.end - position, position);
}

static bool refuse_stop(struct mpeg *mpeg, const struct mpeg_frame *frame, bool header) {
  uint64_t position = mpeg->walk.position, rest = mpeg->extent.end - position;
  if (mpeg->input->failed) return false;
  if (!header || !mpeg_frame_alike(frame, &mpeg->first))
    return refuse_gap(mpeg, position);
  if (frame->bytes == 0)
    return report_refuse(
        mpeg->report, "unsupported", "lame --decode IN OUT.wav",
        "the frame at byte %" PRIu64
        " has no bit rate (free format), which few players take; convert "
        "it",
        position);
  return report_refuse(mpeg->report, "truncated", "",
                       "the last frame, at byte %" PRIu64 " (%.2f s), lacks %" PRIu64
                       " of its %zu bytes; copy or make it again",
                       position, seconds(mpeg), frame->bytes - rest, frame->bytes);
}

/* Frames share their room for coded samples; what one frame reaches back for must lie
 * behind the end of what the one before has used, or something between them is lost. */
static bool check_links(struct mpeg *mpeg, const struct mpeg_side *side, uint64_t at) {
  uint64_t room = mpeg->room;
  mpeg->room += side->room;
  if (!side->sane || side->used > side->back + side->room)
    return report_refuse(mpeg->report, "corrupt", "",
                         "the frame at byte %" PRIu64
                         " (%.2f s) is damaged; copy or make the file again",
                         at, seconds(mpeg));
  if (side->back > room && mpeg->used == 0) {
    mpeg->layout->cut = true;
    if (mpeg->frames == 0)
      report_warn(mpeg->report, "cut", "outdial audio fix IN OUT.wav", REPORT_EVERYWHERE,
                  "the stream was cut out of a longer one and its first moment is lost; "
                  "encode it anew");
  } else if (side->back > room || room - side->back < mpeg->used)
    return report_refuse(mpeg->report, "corrupt", "",
                         "at byte %" PRIu64
                         " (%.2f s) frames are missing or foreign; copy or make the file "
                         "again",
                         at, seconds(mpeg));
  if (side->back <= room) mpeg->used = room - side->back + side->used;
  return true;
}

static bool note_start(struct layout *layout, uint64_t position) {
  if (layout->index_count == layout->index_capacity) {
    size_t capacity = layout->index_capacity ? layout->index_capacity * 2 : INDEX_FIRST;
    uint64_t *index = realloc(layout->index, capacity * sizeof *index);
    if (!index) return false;
    layout->index = index;
    layout->index_capacity = capacity;
  }
  layout->index[layout->index_count++] = position;
  return true;
}

static bool add_frame(struct mpeg *mpeg, const unsigned char *at,
                      const struct mpeg_frame *frame) {
  uint64_t position = mpeg->walk.position - frame->bytes;
  if (!mpeg_frame_alike(frame, &mpeg->first))
    return report_refuse(mpeg->report, "corrupt", "outdial audio fix IN OUT.wav",
                         "from byte %" PRIu64
                         " (%.2f s) on the stream is %d Hz with %d channels and not %d "
                         "with %d; it was put together from two",
                         position, seconds(mpeg), frame->rate, frame->channels,
                         mpeg->first.rate, mpeg->first.channels);
  if (!mpeg_frame_sound(at, frame))
    return report_refuse(mpeg->report, "corrupt", "",
                         "the checksum of the frame at byte %" PRIu64
                         " (%.2f s) is wrong; copy or make the file again",
                         position, seconds(mpeg));
  struct mpeg_side side;
  mpeg_frame_side(at, frame, &side);
  if (!check_links(mpeg, &side, position)) return false;
  if (mpeg->has_info) mpeg->crc = mpeg_info_crc(mpeg->crc, at, frame->bytes);
  if (mpeg->frames++ % MPEG_STRIDE != 0 || note_start(mpeg->layout, position))
    return true;
  return report_refuse(mpeg->report, "memory", "", "out of memory; try again later");
}

static bool check_first(struct mpeg *mpeg, uint64_t start) {
  const struct mpeg_frame *first = &mpeg->first;
  if (start > mpeg->extent.start)
    return report_refuse(mpeg->report, "junk", "ffmpeg -i IN -c copy OUT.mp3",
                         "%" PRIu64
                         " bytes that are no sound stand before the first "
                         "frame; cut them off",
                         start - mpeg->extent.start);
  if (first->layer != 3)
    return report_refuse(mpeg->report, "unsupported", "ffmpeg -i IN OUT.mp3",
                         "it is MPEG layer %s, and phone services take layer III; "
                         "convert it",
                         first->layer == 1 ? "I" : "II");
  return true;
}

static void read_info(struct mpeg *mpeg) {
  struct mpeg_frame frame;
  struct mpeg_walk walk = mpeg->walk;
  const unsigned char *at = mpeg_next(&walk, &frame);
  mpeg->has_info = at && mpeg_info_read(at, &frame, &mpeg->info);
  if (mpeg->has_info) mpeg->walk = walk;
  mpeg->sound_start = mpeg->walk.position;
}

static bool walk_frames(struct mpeg *mpeg) {
  struct mpeg_frame frame;
  const unsigned char *at;
  while ((at = mpeg_next(&mpeg->walk, &frame)))
    if (!add_frame(mpeg, at, &frame)) return false;
  if (mpeg->walk.position == mpeg->extent.end) return true;
  at = input_view(mpeg->input, mpeg->walk.position, MPEG_HEADER_BYTES);
  return refuse_stop(mpeg, &frame, at && mpeg_frame_header(at, &frame));
}

/* Encoders differ in whether they count the info frame itself, and the tags. */
static bool bytes_agree(const struct mpeg *mpeg) {
  uint64_t bytes = mpeg->info.bytes, end = mpeg->extent.end;
  return bytes == end - mpeg->sound_start || bytes == end - mpeg->extent.start ||
         bytes == mpeg->input->size || bytes == mpeg->input->size - mpeg->extent.start;
}

static bool frames_agree(const struct mpeg *mpeg) {
  const struct mpeg_info *info = &mpeg->info;
  if (!info->has_frames || info->frames == 0 || info->frames == mpeg->frames) return true;
  return info->frames == mpeg->frames + 1 && (!info->has_bytes || bytes_agree(mpeg));
}

static bool check_info(struct mpeg *mpeg) {
  const struct mpeg_info *info = &mpeg->info;
  if (!mpeg->has_info) return true;
  if (!frames_agree(mpeg))
    return report_refuse(mpeg->report,
                         info->frames > mpeg->frames ? "truncated" : "corrupt", "",
                         "the first frame counts %" PRIu32
                         " frames and there are %" PRIu64 "; copy or make it again",
                         info->frames, mpeg->frames);
  if (info->has_bytes && info->bytes > 0 && !bytes_agree(mpeg))
    return report_refuse(mpeg->report, "corrupt", "",
                         "the first frame counts %" PRIu32 " bytes and there are %" PRIu64
                         "; copy or make it again",
                         info->bytes, mpeg->extent.end - mpeg->extent.start);
  if (mpeg->extent.regained) return true;
  if (!info->tag_sound || (info->has_crc && info->crc != mpeg->crc))
    return report_refuse(
        mpeg->report, "corrupt", "",
        "the checksum that the encoder left in the first frame is wrong: "
        "bytes have changed since; copy or make the file again");
  return true;
}

/* What an encoder adds is no part of the sound; a decoder itself delays by DECODER_DELAY.
 */
static void set_gaps(struct mpeg *mpeg) {
  uint64_t all = mpeg->frames * (uint64_t)mpeg->first.samples;
  uint64_t added = (uint64_t)mpeg->info.delay + mpeg->info.padding;
  mpeg->layout->samples = all;
  if (mpeg->info.delay == 0 || mpeg->info.padding < DECODER_DELAY || added >= all) return;
  mpeg->layout->skip = mpeg->info.delay + DECODER_DELAY;
  mpeg->layout->samples = all - added;
}

static void finish(struct mpeg *mpeg) {
  struct layout *layout = mpeg->layout;
  layout->offset = mpeg->sound_start;
  layout->length = mpeg->extent.end - mpeg->sound_start;
  layout->block = (unsigned)mpeg->first.samples;
  layout->packets = mpeg->frames;
  set_gaps(mpeg);
  if (mpeg->extent.tag_bytes > TAG_MOST)
    report_warn(mpeg->report, "tag",
                "ffmpeg -i IN -map 0:a -map_metadata -1 -c copy OUT.mp3",
                REPORT_EVERYWHERE,
                "the ID3 tag in front has %" PRIu64
                " bytes; some services refuse more than %d, take it off",
                mpeg->extent.tag_bytes, TAG_MOST);
}

static bool find_first(struct mpeg *mpeg) {
  uint64_t start = mpeg->extent.start;
  const unsigned char *at = input_view(mpeg->input, start, MPEG_HEADER_BYTES);
  if (!at || !mpeg_frame_header(at, &mpeg->first)) {
    start = mpeg_find(mpeg->input, start, INPUT_WINDOW, CHAIN);
    if (start == UINT64_MAX)
      return report_refuse(mpeg->report, "foreign", "",
                           "no MPEG frame follows its ID3 tag; make the file again");
    mpeg_frame_header(input_view(mpeg->input, start, MPEG_HEADER_BYTES), &mpeg->first);
  }
  mpeg->walk = (struct mpeg_walk){mpeg->input, start, mpeg->extent.end};
  return check_first(mpeg, start);
}

bool mpeg_read(struct input *input, struct layout *layout, struct audio_report *report) {
  struct mpeg mpeg = {.input = input, .layout = layout, .report = report};
  layout->container = CONTAINER_MPEG;
  layout->codec = CODEC_MPEG3;
  if (!mpeg_tag_skip(input, &mpeg.extent, report)) return false;
  if (!find_first(&mpeg)) return false;
  layout->rate = mpeg.first.rate;
  layout->channels = mpeg.first.channels;
  read_info(&mpeg);
  if (!walk_frames(&mpeg)) return false;
  if (mpeg.frames == 0)
    return report_refuse(report, "empty", "",
                         "there are headers and no frame of sound; record it again");
  if (!check_info(&mpeg)) return false;
  finish(&mpeg);
  return true;
}
