#include "cli/verdict.h"

#include "cli/command.h"
#include "cli/phrase.h"

#include <string.h>

static const struct {
  const char *word;
  enum tone tone;
  enum mark mark;
} looks[VERDICTS] = {
    [GOOD] = {"good", TONE_GREEN, MARK_GOOD},
    [WARNING] = {"warning", TONE_YELLOW, MARK_DOUBT},
    [REFUSED] = {"refused", TONE_RED, MARK_BAD},
};

enum verdict verdict_of(const json_t *report) {
  const char *word = phrase_text(report, "verdict");
  for (int i = 0; i < VERDICTS; i++)
    if (strcmp(looks[i].word, word) == 0) return (enum verdict)i;
  return REFUSED;
}

static void print_format(const json_t *report) {
  int bits = (int)json_integer_value(json_object_get(report, "bits"));
  int channels = (int)json_integer_value(json_object_get(report, "channels"));
  printf("%s, %s", phrase_text(report, "container"), phrase_text(report, "codec"));
  if (bits > 0) printf(" %d bit", bits);
  printf(", %d Hz, %s, %.2f s (%s)",
         (int)json_integer_value(json_object_get(report, "rate")),
         channels == 1   ? "mono"
         : channels == 2 ? "stereo"
                         : "several channels",
         json_number_value(json_object_get(report, "duration")),
         phrase_text(report, "mime"));
}

/* "truncated: the header promises …", and the command where there is one. */
static void print_reason(const json_t *reason, const char *code) {
  const char *mend = phrase_text(reason, "mend");
  printf("%s: ", code);
  command_print(stdout, phrase_text(reason, "message"));
  if (!*mend) return;
  fputs(" [", stdout);
  command_print(stdout, mend);
  putchar(']');
}

/* The first in full, the others by their word. */
static void print_warnings(const json_t *report) {
  const json_t *warnings = json_object_get(report, "warnings");
  const json_t *first = json_array_get(warnings, 0);
  print_reason(first, phrase_text(first, "code"));
  for (size_t i = 1; i < json_array_size(warnings); i++)
    printf("%s%s", i == 1 ? "; also " : ", ",
           phrase_text(json_array_get(warnings, i), "code"));
}

void verdict_print(const char *path, const json_t *report, const struct style *style) {
  enum verdict verdict = verdict_of(report);
  printf("%s%s %-7s%s ", style_begin(style, looks[verdict].tone),
         style_mark(style, looks[verdict].mark), looks[verdict].word,
         style_end(style, looks[verdict].tone));
  fputs(style_begin(style, TONE_BOLD), stdout);
  command_print(stdout, path);
  printf("%s: ", style_end(style, TONE_BOLD));
  if (!report)
    printf("memory: out of memory");
  else if (verdict == GOOD)
    print_format(report);
  else if (verdict == REFUSED)
    print_reason(report, phrase_text(report, "reason"));
  else
    print_warnings(report);
  putchar('\n');
}

void verdict_summary(const size_t counts[VERDICTS], const struct style *style) {
  size_t all = counts[GOOD] + counts[WARNING] + counts[REFUSED];
  printf("%s%zu file%s: %zu good, %zu with warnings, %zu refused%s\n",
         style_begin(style, TONE_DIM), all, all == 1 ? "" : "s", counts[GOOD],
         counts[WARNING], counts[REFUSED], style_end(style, TONE_DIM));
}
