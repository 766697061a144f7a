#include "cli/style.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 80, WIDTH_LEAST = 40, WIDTH_MOST = 500 };

static bool is_set(const char *name) {
  const char *value = getenv(name);
  return value && *value;
}

static bool is_terminal(FILE *out) {
  const char *kind = getenv("TERM");
  return isatty(fileno(out)) && kind && *kind && strcmp(kind, "dumb") != 0;
}

unsigned style_width(FILE *out) {
  struct winsize size;
  if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return WIDTH_DEFAULT;
  if (size.ws_col < WIDTH_LEAST) return WIDTH_LEAST;
  return size.ws_col > WIDTH_MOST ? WIDTH_MOST : size.ws_col;
}

struct style style_of(FILE *out) {
  bool terminal = is_terminal(out);
  return (struct style){
      .colour = terminal && !is_set("NO_COLOR"),
      .unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
      .live = terminal,
      .width = style_width(out),
  };
}

const char *style_begin(const struct style *style, enum tone tone) {
  static const char *const codes[] = {
      [TONE_PLAIN] = "",         [TONE_DIM] = "\033[2m",     [TONE_BOLD] = "\033[1m",
      [TONE_GREEN] = "\033[32m", [TONE_YELLOW] = "\033[33m", [TONE_RED] = "\033[31m",
      [TONE_BLUE] = "\033[36m",
  };
  return style->colour ? codes[tone] : "";
}

const char *style_end(const struct style *style, enum tone tone) {
  return style->colour && tone != TONE_PLAIN ? "\033[0m" : "";
}

const char *style_mark(const struct style *style, enum mark mark) {
  static const char *const signs[][2] = {
      [MARK_NONE] = {" ", " "},  [MARK_CALL] = {"o", "○"}, [MARK_SPEECH] = {">", "▸"},
      [MARK_STEP] = {".", "·"},  [MARK_TALK] = {"@", "●"}, [MARK_KEYS] = {"#", "#"},
      [MARK_LEG] = {"=", "⇄"},   [MARK_GOOD] = {"+", "✓"}, [MARK_BAD] = {"x", "✗"},
      [MARK_DOUBT] = {"?", "?"},
  };
  return signs[mark][style->unicode];
}

const char *style_wheel(const struct style *style, unsigned turn) {
  static const char *const pictures[][2] = {{"|", "⠋"},  {"/", "⠙"}, {"-", "⠸"},
                                            {"\\", "⠴"}, {"|", "⠦"}, {"/", "⠇"}};
  unsigned count = style->unicode ? 6 : 4;
  return pictures[turn % count][style->unicode];
}
