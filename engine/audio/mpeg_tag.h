/* The tags around an MPEG stream: ID3, APE and Lyrics3. */
#ifndef AUDIO_MPEG_TAG_H
#define AUDIO_MPEG_TAG_H

#include "audio/input.h"
#include "audio/report.h"

struct mpeg_extent {
  uint64_t start, end; /* what the tags leave for frames */
  uint64_t tag_bytes;  /* of the tags in front */
  bool regained;       /* an APE tag says that the volume was changed in place */
};

/* False with a refusal for a tag that is broken or goes on behind the file's end. */
bool mpeg_tag_skip(struct input *input, struct mpeg_extent *extent,
                   struct audio_report *report);

#endif
