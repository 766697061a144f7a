#include "http/pause.h"

#include "base/clock.h"
#include "base/id.h"

#include <curl/curl.h>
#include <stdint.h>
#include <string.h>

static const double longest_asked = 3600;

/* From 0.75 to 1.25, so that many who failed together do not come back together. */
static double jitter(void) {
  uint32_t random = UINT32_MAX / 2;
  id_random(&random, sizeof random); /* without chance, the middle */
  return 0.75 + 0.5 * ((double)random / UINT32_MAX);
}

double pause_after(unsigned tries, double first, double longest) {
  double pause = first;
  for (unsigned i = 1; i < tries && pause < longest; i++) pause *= 2;
  if (pause > longest) pause = longest;
  pause *= jitter();
  return pause < longest ? pause : longest;
}

static double seconds_of(const char *digits) {
  double seconds = 0;
  for (; *digits && seconds < longest_asked; digits++)
    seconds = seconds * 10 + (*digits - '0');
  return seconds;
}

static double seconds_until(time_t date, const struct http_answer *answer) {
  const char *said = http_header_find(answer, "date");
  time_t now = said ? curl_getdate(said, NULL) : -1;
  if (now < 0) now = (time_t)(clock_wall_ms() / 1000);
  return date > now ? (double)(date - now) : 0;
}

double pause_asked(const struct http_answer *answer) {
  const char *value = http_header_find(answer, "retry-after");
  if (!value || !*value) return -1;
  double seconds;
  if (value[strspn(value, "0123456789")] == '\0') {
    seconds = seconds_of(value);
  } else {
    time_t date = curl_getdate(value, NULL);
    if (date < 0) return -1;
    seconds = seconds_until(date, answer);
  }
  return seconds < longest_asked ? seconds : longest_asked;
}
