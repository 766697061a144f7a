#include "audio/name.h"

#include "audio/report.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A file's usual ending first, where several are right. */
static const struct ending {
  const char *ending, *container;
} endings[] = {
    {"wav", "WAV"},        {"wave", "WAV"},     {"aiff", "AIFF"},
    {"aif", "AIFF"},       {"aifc", "AIFC"},    {"aiff", "AIFC"},
    {"aif", "AIFC"},       {"au", "AU"},        {"snd", "AU"},
    {"mp3", "MPEG"},       {"mpga", "MPEG"},    {"gsm", "raw GSM"},
    {"ulaw", "raw u-law"}, {"ul", "raw u-law"}, {"mulaw", "raw u-law"},
    {"pcmu", "raw u-law"}, {"mp2", "another"},  {"mp4", "another"},
    {"m4a", "another"},    {"aac", "another"},  {"ogg", "another"},
    {"oga", "another"},    {"opus", "another"}, {"flac", "another"},
    {"wma", "another"},    {"amr", "another"},  {"webm", "another"},
    {"al", "another"},     {"alaw", "another"}, {"pcm", "another"},
    {"raw", "another"},    {"sln", "another"},  {"txt", "none"},
    {"html", "none"},      {"zip", "none"},     {"caf", "another"},
    {"w64", "another"},    {"vox", "another"},
};
enum { ENDINGS = sizeof endings / sizeof *endings };

static const char *ending_of(const char *name) {
  const char *dot = name ? strrchr(name, '.') : NULL;
  return dot && !strchr(dot, '/') ? dot + 1 : "";
}

bool name_wants_ulaw(const char *name) {
  for (size_t i = 0; i < ENDINGS; i++)
    if (strcasecmp(endings[i].ending, ending_of(name)) == 0)
      return strcmp(endings[i].container, "raw u-law") == 0;
  return false;
}

static const char *usual_ending(const char *container) {
  for (size_t i = 0; i < ENDINGS; i++)
    if (strcmp(endings[i].container, container) == 0) return endings[i].ending;
  return "";
}

bool audio_named(const char *name) {
  for (size_t i = 0; i < ENDINGS; i++)
    if (strcasecmp(endings[i].ending, ending_of(name)) == 0)
      return strcmp(endings[i].container, "none") != 0;
  return false;
}

void name_judge(const char *name, struct audio_report *report) {
  const char *ending = ending_of(name);
  bool known = false;
  for (size_t i = 0; i < ENDINGS; i++) {
    if (strcasecmp(endings[i].ending, ending) != 0) continue;
    known = true;
    if (strcmp(endings[i].container, report->container) == 0) return;
  }
  if (!known) return; /* it says nothing */
  const char *usual = usual_ending(report->container);
  char mend[32];
  snprintf(mend, sizeof mend, "mv IN STEM.%s", usual);
  report_warn(report, "misnamed", mend, REPORT_EVERYWHERE,
              "its name ends in .%.8s and it is %s; a service that goes by the name will "
              "refuse it, name it .%s",
              ending, report->container, usual);
}
