/* What the terminal can show: colour, signs, width. */
#ifndef CLI_STYLE_H
#define CLI_STYLE_H

#include <stdbool.h>
#include <stdio.h>

struct style {
  bool colour;    /* a terminal, and nobody asked for none (NO_COLOR) */
  bool unicode;   /* the locale's encoding is UTF-8 */
  bool live;      /* a line can be drawn and erased again */
  unsigned width; /* columns */
};

enum tone {
  TONE_PLAIN,
  TONE_DIM,
  TONE_BOLD,
  TONE_GREEN,
  TONE_YELLOW,
  TONE_RED,
  TONE_BLUE
};

enum mark {
  MARK_NONE,
  MARK_CALL,   /* a call is asked for */
  MARK_SPEECH, /* a verb goes out */
  MARK_STEP,   /* something moved on */
  MARK_TALK,   /* somebody is on the line */
  MARK_KEYS,   /* digits came in */
  MARK_LEG,    /* connected to another number */
  MARK_GOOD,
  MARK_BAD,
  MARK_DOUBT,
};

/* Looks at the stream, the environment and the locale (setlocale must have been called).
 */
struct style style_of(FILE *out);

/* The columns of the stream's terminal now; 80 where it has none. */
unsigned style_width(FILE *out);

/* What switches a tone on and off again; "" without colour. */
const char *style_begin(const struct style *style, enum tone tone);
const char *style_end(const struct style *style, enum tone tone);

/* One column wide. */
const char *style_mark(const struct style *style, enum mark mark);

/* The next picture of a turning wheel, one column wide. */
const char *style_wheel(const struct style *style, unsigned turn);

#endif
