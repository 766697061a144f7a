/* Two texts beside each other. */
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H

#include <stdio.h>

/* Writes the lines of both in pairs, the right ones from that column on. The texts may
 * hold what switches tones, which takes no room. */
void columns_write(FILE *out, const char *left, const char *right, unsigned column);

#endif
