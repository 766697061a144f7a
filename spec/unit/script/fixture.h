/* What the tests of this room share: a sandbox, and Lua text run in it. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "script/sandbox.h"
#include "script/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIXTURE_PATH "flows/test.lua"

__attribute__((unused)) static struct sandbox *fixture_new(enum sandbox_kind kind) {
  struct sandbox *sandbox = sandbox_new(&(struct sandbox_plan){.kind = kind, .seed = 7});
  assert_non_null(sandbox);
  return sandbox;
}

/* Loads the text as a script's file; its one value is left on the main stack. */
__attribute__((unused)) static bool fixture_load(struct sandbox *sandbox,
                                                 const char *text, struct error *error) {
  struct source source = {.name = "test",
                          .path = (char *)FIXTURE_PATH,
                          .text = (char *)text,
                          .length = strlen(text)};
  return sandbox_load(sandbox, &source, error);
}

/* What the text returns, as JSON, or "code: message"; valid until the next call. */
__attribute__((unused)) static const char *fixture_eval(struct sandbox *sandbox,
                                                        const char *text) {
  static char result[4096];
  struct error error = {.code = ""};
  struct buffer out = {0};
  lua_State *L = sandbox_state(sandbox);
  bool good = fixture_load(sandbox, text, &error);
  if (good) {
    good = value_encode(L, -1, &out, &error);
    lua_pop(L, 1);
  }
  if (good)
    snprintf(result, sizeof result, "%s", buffer_string(&out));
  else
    snprintf(result, sizeof result, "%s: %s", error.code, error.message);
  buffer_free(&out);
  assert_int_equal(lua_gettop(L), 0);
  return result;
}

/* The same in a flow's sandbox of its own. */
__attribute__((unused)) static const char *fixture_flow(const char *text) {
  struct sandbox *sandbox = fixture_new(SANDBOX_FLOW);
  const char *result = fixture_eval(sandbox, text);
  sandbox_free(sandbox);
  return result;
}

__attribute__((unused)) static const char *fixture_provider(const char *text) {
  struct sandbox *sandbox = fixture_new(SANDBOX_PROVIDER);
  const char *result = fixture_eval(sandbox, text);
  sandbox_free(sandbox);
  return result;
}

#define assert_contains(text, part)                                                      \
  do {                                                                                   \
    const char *in_text = (text);                                                        \
    if (!strstr(in_text, part)) fail_msg("'%s' is not in: %s", part, in_text);           \
  } while (0)

#endif
