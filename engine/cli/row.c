#include "cli/row.h"

#include "cli/text.h"

#include <stdlib.h>

enum { TEXT_LEAST = 16 }; /* columns a narrow terminal still gets for the particulars */

static void put_margin(FILE *out, const struct style *style, double seconds) {
  if (seconds < 0)
    fprintf(out, "%*s", ROW_MARK, "");
  else
    fprintf(out, "%s%*.2f%s  ", style_begin(style, TONE_DIM), ROW_MARK - 2, seconds,
            style_end(style, TONE_DIM));
}

/* Returns the column after the word, which may be wider than its place. */
static unsigned put_word(FILE *out, const struct style *style, const struct row *row,
                         const char *word) {
  fprintf(out, "%s%s %s%s", style_begin(style, row->tone), style_mark(style, row->mark),
          word, style_end(style, row->tone));
  return ROW_MARK + 2 + text_columns(word);
}

static void put_text(FILE *out, const struct style *style, enum tone tone, unsigned at,
                     const char *text) {
  unsigned room =
      style->width > ROW_TEXT + TEXT_LEAST ? style->width - ROW_TEXT : TEXT_LEAST;
  if (at >= ROW_TEXT) fputc('\n', out), at = 0;
  while (*text) {
    size_t length = text_fit(text, room);
    fprintf(out, "%*s%s%.*s%s", (int)(ROW_TEXT - at), "", style_begin(style, tone),
            (int)length, text, style_end(style, tone));
    text += length;
    while (*text == ' ') text++;
    if (*text) fputc('\n', out), at = 0;
  }
}

void row_write(FILE *out, const struct style *style, const struct row *row,
               const char *text) {
  char *word = text_clean(row->word, style->unicode);
  char *particulars = text_clean(text, style->unicode);
  if (!word || !particulars) goto done;
  put_margin(out, style, row->seconds);
  unsigned at = put_word(out, style, row, word);
  if (*particulars) put_text(out, style, row->within, at, particulars);
  fputc('\n', out);
done:
  free(word);
  free(particulars);
}
