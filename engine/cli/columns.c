#include "cli/columns.h"

#include "cli/text.h"

#include <stdlib.h>
#include <string.h>

/* The columns of a line without what switches tones ("\033[2m"). */
static unsigned columns_of(const char *line, size_t length) {
  char *plain = malloc(length + 1);
  size_t count = 0;
  if (!plain) return 0;
  for (size_t i = 0; i < length; i++) {
    if (line[i] != '\033') {
      plain[count++] = line[i];
      continue;
    }
    while (i < length && line[i] != 'm') i++;
  }
  plain[count] = '\0';
  unsigned columns = text_columns(plain);
  free(plain);
  return columns;
}

static size_t put_line(FILE *out, const char *line) {
  size_t length = strcspn(line, "\n");
  fwrite(line, 1, length, out);
  return length;
}

void columns_write(FILE *out, const char *left, const char *right, unsigned column) {
  while (*left || *right) {
    size_t length = put_line(out, left), other = strcspn(right, "\n");
    unsigned used = columns_of(left, length);
    if (other > 0) fprintf(out, "%*s", used < column ? (int)(column - used) : 1, "");
    put_line(out, right);
    fputc('\n', out);
    left += length + (left[length] == '\n');
    right += other + (right[other] == '\n');
  }
}
