#include "cli/diff.h"

#include "cli/command.h"
#include "cli/style.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
  CONTEXT = 3,       /* lines around a change */
  STEPS_MOST = 2000, /* texts that are further apart are told as wholly different */
};

struct line {
  const char *text;
  size_t length; /* with the line break, which a last line may lack */
};

struct lines {
  struct line *list;
  bool *changed; /* only in this text */
  size_t count;
};

static bool split(const char *text, struct lines *lines) {
  size_t count = 1;
  for (const char *c = text; *c; c++) count += *c == '\n';
  lines->list = calloc(count, sizeof *lines->list);
  lines->changed = calloc(count, sizeof *lines->changed);
  lines->count = 0;
  if (!lines->list || !lines->changed) return false;
  while (*text) {
    size_t length = strcspn(text, "\n");
    if (text[length]) length++;
    lines->list[lines->count++] = (struct line){text, length};
    text += length;
  }
  return true;
}

static void lines_free(struct lines *lines) {
  free(lines->list);
  free(lines->changed);
}

static bool equal(const struct line *one, const struct line *other) {
  return one->length == other->length && memcmp(one->text, other->text, one->length) == 0;
}

/* --- the shortest way, after Myers: "An O(ND) Difference Algorithm", 1986 --- */

struct search {
  const struct lines *from, *to;
  long start, from_end, to_end; /* what is not the same at both ends */
  long *trace[STEPS_MOST + 1];  /* by steps: how far each diagonal came, from -steps on */
};

static long slide(const struct search *search, long x, long y) {
  while (x < search->from_end && y < search->to_end &&
         equal(&search->from->list[x], &search->to->list[y]))
    x++, y++;
  return x;
}

/* From which neighbour diagonal k is reached with so many steps: down, or to the right.
 */
static bool goes_down(const long *before, long steps, long k) {
  return k == -steps || (k != steps && before[k - 1] < before[k + 1]);
}

/* The steps before these, so that it can be indexed by diagonal. */
static const long *row_of(const struct search *search, long steps) {
  return search->trace[steps] + steps;
}

static long come(const struct search *search, long steps, long k) {
  if (steps == 0) return search->start;
  const long *before = row_of(search, steps - 1);
  return goes_down(before, steps, k) ? before[k + 1] : before[k - 1] + 1;
}

/* How many steps it takes; negative when that are too many. */
static long find(struct search *search) {
  for (long steps = 0; steps <= STEPS_MOST; steps++) {
    search->trace[steps] = malloc((size_t)(2 * steps + 1) * sizeof(long));
    if (!search->trace[steps]) return -1;
    for (long k = -steps; k <= steps; k += 2) {
      long x = come(search, steps, k);
      x = slide(search, x, x - k);
      search->trace[steps][k + steps] = x;
      if (x >= search->from_end && x - k >= search->to_end) return steps;
    }
  }
  return -1;
}

static void mark_way(const struct search *search, long steps) {
  long x = search->from_end, y = search->to_end;
  for (; steps > 0; steps--) {
    const long *before = row_of(search, steps - 1);
    long k = x - y;
    bool down = goes_down(before, steps, k);
    k += down ? 1 : -1;
    x = before[k];
    y = x - k;
    if (down)
      search->to->changed[y] = true;
    else
      search->from->changed[x] = true;
  }
}

static void mark(struct lines *from, struct lines *to) {
  struct search search = {
      .from = from, .to = to, .from_end = (long)from->count, .to_end = (long)to->count};
  search.start = slide(&search, 0, 0);
  while (search.from_end > search.start && search.to_end > search.start &&
         equal(&from->list[search.from_end - 1], &to->list[search.to_end - 1]))
    search.from_end--, search.to_end--;
  long steps = find(&search);
  if (steps >= 0)
    mark_way(&search, steps);
  else {
    for (long i = search.start; i < search.from_end; i++) from->changed[i] = true;
    for (long i = search.start; i < search.to_end; i++) to->changed[i] = true;
  }
  for (long i = 0; i <= STEPS_MOST; i++) free(search.trace[i]);
}

/* --- printing --- */

struct printer {
  FILE *out;
  bool clean;
  struct style style;
};

static void put(const struct printer *printer, enum tone tone, const char *sign,
                const struct line *line) {
  fprintf(printer->out, "%s%s", style_begin(&printer->style, tone), sign);
  size_t length = line->length;
  bool broken = length > 0 && line->text[length - 1] == '\n';
  char *text = printer->clean ? strndup(line->text, length - broken) : NULL;
  if (text)
    command_print(printer->out, text);
  else
    fwrite(line->text, 1, length - broken, printer->out);
  free(text);
  fprintf(printer->out, "%s\n", style_end(&printer->style, tone));
  if (!broken) fputs("\\ No newline at end of file\n", printer->out);
}

static void put_label(const struct printer *printer, const char *sign,
                      const char *label) {
  fprintf(printer->out, "%s%s ", style_begin(&printer->style, TONE_BOLD), sign);
  command_print(printer->out, label);
  fprintf(printer->out, "%s\n", style_end(&printer->style, TONE_BOLD));
}

static void put_range(const struct printer *printer, char sign, size_t at, size_t count) {
  fprintf(printer->out, " %c%zu", sign, count ? at + 1 : at);
  if (count != 1) fprintf(printer->out, ",%zu", count);
}

/* Where both texts are; lines that neither has for itself advance both. */
struct place {
  size_t from, to;
};

static bool is_change(const struct lines *from, const struct lines *to,
                      struct place place) {
  return (place.from < from->count && from->changed[place.from]) ||
         (place.to < to->count && to->changed[place.to]);
}

static struct place step(const struct lines *from, const struct lines *to,
                         struct place place) {
  if (place.from < from->count && from->changed[place.from])
    place.from++;
  else if (place.to < to->count && to->changed[place.to])
    place.to++;
  else
    place.from++, place.to++;
  return place;
}

/* The end of the hunk that begins here: behind so many lines without a change. */
static struct place hunk_end(const struct lines *from, const struct lines *to,
                             struct place place) {
  struct place end = place;
  size_t same = 0;
  while (place.from < from->count || place.to < to->count) {
    bool change = is_change(from, to, place);
    same = change ? 0 : same + 1;
    if (same > 2 * CONTEXT) return end;
    place = step(from, to, place);
    if (change || same <= CONTEXT) end = place;
  }
  return end;
}

static void put_hunk(const struct printer *printer, const struct lines *from,
                     const struct lines *to, struct place at, struct place end) {
  fputs(style_begin(&printer->style, TONE_BLUE), printer->out);
  fputs("@@", printer->out);
  put_range(printer, '-', at.from, end.from - at.from);
  put_range(printer, '+', at.to, end.to - at.to);
  fprintf(printer->out, " @@%s\n", style_end(&printer->style, TONE_BLUE));
  while (at.from < end.from || at.to < end.to) {
    struct place next = step(from, to, at);
    if (next.to == at.to)
      put(printer, TONE_RED, "-", &from->list[at.from]);
    else if (next.from == at.from)
      put(printer, TONE_GREEN, "+", &to->list[at.to]);
    else
      put(printer, TONE_PLAIN, " ", &from->list[at.from]);
    at = next;
  }
}

static void put_hunks(const struct printer *printer, const struct lines *from,
                      const struct lines *to) {
  struct place at = {0, 0};
  while (at.from < from->count || at.to < to->count) {
    if (!is_change(from, to, at)) {
      at = step(from, to, at);
      continue;
    }
    size_t before = at.from < at.to ? at.from : at.to;
    if (before > CONTEXT) before = CONTEXT;
    struct place start = {at.from - before, at.to - before};
    at = hunk_end(from, to, at);
    put_hunk(printer, from, to, start, at);
  }
}

bool diff_print(FILE *out, const struct diff_text *from, const struct diff_text *to) {
  struct printer printer = {out, isatty(fileno(out)), style_of(out)};
  struct lines left = {0}, right = {0};
  bool differ = strcmp(from->text, to->text) != 0;
  if (differ && split(from->text, &left) && split(to->text, &right)) {
    mark(&left, &right);
    put_label(&printer, "---", from->label);
    put_label(&printer, "+++", to->label);
    put_hunks(&printer, &left, &right);
  }
  lines_free(&left);
  lines_free(&right);
  return differ;
}
