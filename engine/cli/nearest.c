#include "cli/nearest.h"

#include <string.h>

enum { WORD_LIMIT = 32 };

static unsigned least(unsigned a, unsigned b) {
  return a < b ? a : b;
}

/* Distance of optimal string alignment; both words are shorter than WORD_LIMIT. */
static unsigned distance(const char *a, const char *b) {
  unsigned cost[WORD_LIMIT][WORD_LIMIT];
  size_t rows = strlen(a), columns = strlen(b);
  for (size_t i = 0; i <= rows; i++) cost[i][0] = (unsigned)i;
  for (size_t j = 0; j <= columns; j++) cost[0][j] = (unsigned)j;
  for (size_t i = 1; i <= rows; i++)
    for (size_t j = 1; j <= columns; j++) {
      unsigned changed = cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
      cost[i][j] = least(changed, least(cost[i - 1][j], cost[i][j - 1]) + 1);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = least(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  return cost[rows][columns];
}

const char *nearest(const char *word, const char *const *known, size_t count) {
  const char *found = NULL;
  size_t length = strlen(word);
  if (length >= WORD_LIMIT) return NULL;
  unsigned best = (unsigned)length / 3 + 2; /* a third of the letters may be wrong */
  for (size_t i = 0; i < count; i++) {
    if (strlen(known[i]) >= WORD_LIMIT) continue;
    unsigned far = distance(word, known[i]);
    if (far < best) best = far, found = known[i];
  }
  return found;
}
