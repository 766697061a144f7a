/* The least a host does: makes an engine and frees it. */
#include <outdial.h>
#include <stdio.h>

int main(int count, char **arguments) {
  const char *settings[] = {count > 1 ? arguments[1] : NULL, NULL};
  struct od_config config = {.size = sizeof config, .settings = settings};
  struct od_error error;
  struct od_engine *engine = od_engine_new(&config, &error);
  if (engine)
    printf("outdial %s\n", od_version());
  else
    fprintf(stderr, "%s: %s\n", error.code, error.message);
  od_engine_free(engine);
  return engine ? 0 : 1;
}
