#include "cli/bar.h"

#include <string.h>
#include <time.h>

enum { CELLS = 30 };

static const double often = 0.1; /* seconds */

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void bar_start(struct bar *bar, FILE *out, const char *of, size_t total) {
  *bar = (struct bar){
      .out = out, .of = of, .style = style_of(out), .total = total, .drawn = now()};
  if (total < 2) bar->style.live = false;
}

void bar_move(struct bar *bar, size_t done, size_t refused) {
  if (!bar->style.live || now() - bar->drawn < often) return;
  const char *full = bar->style.unicode ? "█" : "#";
  const char *empty = bar->style.unicode ? "░" : ".";
  size_t cells = bar->total ? done * CELLS / bar->total : 0;
  bar->drawn = now();
  bar->shown = true;
  fputs("\r\033[K", bar->out);
  for (size_t i = 0; i < CELLS; i++) fputs(i < cells ? full : empty, bar->out);
  fprintf(bar->out, " %zu of %zu %s", done, bar->total, bar->of);
  if (refused > 0) fprintf(bar->out, ", %zu refused", refused);
  fflush(bar->out);
}

void bar_hide(struct bar *bar) {
  if (!bar->shown) return;
  fputs("\r\033[K", bar->out);
  fflush(bar->out);
  bar->shown = false;
}
