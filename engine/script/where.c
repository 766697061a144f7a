#include "script/where.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LEVELS = 200 }; /* how far out to look: a runaway recursion is deep */

/* A long path loses its beginning. */
static void print(char *out, size_t size, const char *path, int line) {
  char digits[16];
  int length = snprintf(digits, sizeof digits, ":%d", line);
  size_t room = size > (size_t)length ? size - (size_t)length - 1 : 0;
  size_t whole = strlen(path);
  bool fits = whole <= room;
  if (!fits && room > 3) path += whole - (room - 3);
  snprintf(out, size, "%s%s%s", fits ? "" : "...", path, digits);
}

int where_of(lua_State *L, char *out, size_t size) {
  lua_Debug frame;
  for (int level = 0; level < LEVELS && lua_getstack(L, level, &frame); level++) {
    lua_getinfo(L, "Sl", &frame);
    if (frame.source[0] != '@' || frame.currentline <= 0) continue;
    print(out, size, frame.source + 1, frame.currentline);
    return frame.currentline;
  }
  snprintf(out, size, "script");
  return 0;
}
