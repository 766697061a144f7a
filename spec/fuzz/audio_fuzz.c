/* Any bytes give a report: no crash, no hang, nothing on stderr. */
#include "audio/audio.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  static struct audio_report report;
  const struct audio_options plain = {.threads = 1, .max_seconds = 120};
  const struct audio_options most = {
      .threads = 1, .max_seconds = 120, .figures = true, .raw_ulaw = true};
  audio_check_bytes(bytes, length, &plain, &report);
  audio_check_bytes(bytes, length, &most, &report);
  return 0;
}
