/* Writing an audio_report. */
#ifndef AUDIO_REPORT_H
#define AUDIO_REPORT_H

#include "audio/audio.h"
#include "audio/layout.h"

/* Both name the command that mends it, with IN and OUT, or "". The first refusal stays;
 * returns false so that a check can say `return report_refuse(…)`. */
__attribute__((format(printf, 4, 5))) bool report_refuse(struct audio_report *report,
                                                         const char *code,
                                                         const char *mend,
                                                         const char *format, ...);

/* Where it is in seconds; 0, 0 for everywhere. Beyond AUDIO_FINDINGS remarks are dropped.
 */
struct report_span {
  double start, end;
};
__attribute__((format(printf, 5, 6))) void report_warn(struct audio_report *report,
                                                       const char *code, const char *mend,
                                                       struct report_span where,
                                                       const char *format, ...);

/* Refuses because reading failed, whatever was found before: it is the failure's doing.
 */
void report_unreadable(struct audio_report *report);

/* Fills what the layout knows: names, codec, rate and channels. */
void report_layout(struct audio_report *report, const struct layout *layout);

#define REPORT_FIX "outdial audio fix IN OUT.wav"
#define REPORT_EVERYWHERE ((struct report_span){0, 0})

#endif
