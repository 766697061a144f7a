/* The locale of the host is for what the host says to its users. Scripts and providers
 * and all that reads JSON or SVG expect a point in a number. */
#ifndef BASE_LOCALE_H
#define BASE_LOCALE_H

#include <locale.h>

/* Makes C's the locale of this thread; the one before is to be given to uselocale. */
static inline locale_t locale_plain(void) {
  return uselocale(newlocale(LC_ALL_MASK, "C", NULL)); /* glibc has one of it for all */
}

#endif
