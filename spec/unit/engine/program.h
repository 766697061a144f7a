/* A host program: engines on a store in memory, flows in memory, and what it was told. */
#ifndef SPEC_ENGINE_PROGRAM_H
#define SPEC_ENGINE_PROGRAM_H

#include "outdial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TOLD = 64 };

struct program {
  struct od_engine *engine;
  struct od_error error;
  char run[OD_RUN_SIZE];
  int told; /* events so far */
  char events[TOLD][1024];
  int finished; /* runs that have */
  int remarks, done, replies;
  char reply[512];      /* the last one's body */
  int status;           /* and its status */
  struct od_error last; /* what the last od_done_fn was told; code "" is well */
};

#define FLOW(body)                                                                       \
  "local outdial = require 'outdial'\n"                                                  \
  "return outdial.flow { summary = 'a spec', params = {}, run = function() " body        \
  " end }\n"

static const struct od_script flows[] = {
    {"flows/short.lua", FLOW("return 7")},
    {"flows/waits.lua", FLOW("outdial.sleep(3600)")},
    {"flows/asks.lua", FLOW("local value, wrong = outdial.host('f', { 1, 'two' }) "
                            "return { value = value, code = wrong and wrong.code }")},
    {"flows/hurries.lua",
     FLOW("local _, wrong = outdial.host('f', 1, { timeout = 0.01 }) "
          "return wrong.code")},
    {"flows/broken.lua", "local outdial = require 'outdial'\nreturn outdial.flow {\n"},
    {NULL, NULL},
};

static inline struct od_config config_of(struct program *program) {
  (void)program;
  static const char *const settings[] = {"engine.store=memory:", "engine.hooks=host",
                                         "engine.public_url=http://127.0.0.1:1",
                                         "engine.scripts=/nonexistent", NULL};
  return (struct od_config){
      .size = sizeof(struct od_config), .settings = settings, .scripts = flows};
}

static inline void start_with(struct program *program, const struct od_config *config) {
  program->engine = od_engine_new(config, &program->error);
  if (!program->engine) fail_msg("%s", program->error.message);
}

static inline int set_up(void **state) {
  struct program *program = calloc(1, sizeof *program);
  struct od_config config = config_of(program);
  start_with(program, &config);
  *state = program;
  return 0;
}

static inline int tear_down(void **state) {
  struct program *program = *state;
  od_engine_free(program->engine);
  free(program);
  return 0;
}

static inline void on_event(void *context, const char *run, const char *event) {
  struct program *program = context;
  (void)run;
  assert_true(program->told < TOLD);
  snprintf(program->events[program->told++], sizeof program->events[0], "%s", event);
  if (strstr(event, "\"kind\":\"finished\"")) program->finished++;
}

static inline void on_done(void *context, const struct od_error *error) {
  struct program *program = context;
  program->done++;
  program->last = error ? *error : (struct od_error){0};
}

static inline void on_reply(void *context, int status, const char *body, size_t length) {
  struct program *program = context;
  program->replies++;
  program->status = status;
  snprintf(program->reply, sizeof program->reply, "%.*s", (int)length, body);
}

static inline void start(struct program *program, const char *flow) {
  if (!od_run_start(program->engine, flow, "{}", on_event, program, program->run,
                    &program->error))
    fail_msg("%s", program->error.message);
}

/* Runs the engine's own loop to its end. */
static inline void loop(struct program *program) {
  if (!od_engine_loop(program->engine, &program->error))
    fail_msg("%s", program->error.message);
}

static inline const char *last_event(const struct program *program) {
  return program->told ? program->events[program->told - 1] : "";
}

static inline void tells(const char *text, const char *part) {
  if (!strstr(text, part)) fail_msg("\"%s\" lacks \"%s\"", text, part);
}

/* The call was refused with this code, and its sentence has this part. */
#define refused(call, word, part)                                                        \
  do {                                                                                   \
    struct od_error *told = &program->error;                                             \
    *told = (struct od_error){0};                                                        \
    assert_false(call);                                                                  \
    assert_string_equal(told->code, word);                                               \
    tells(told->message, part);                                                          \
  } while (0)

#endif
