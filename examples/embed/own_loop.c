/* A program with a libev loop of its own. The engine is a guest on it, beside whatever
 * else the program does there: here, a clock that ticks.
 *
 *   cc own_loop.c $(pkg-config --cflags --libs outdial) -lev -o own_loop
 *   ./own_loop pin '{"to": "+306900000001", "pin": "1234", "support": "+306900000009"}' \
 *     routee.app_id=… routee.app_secret=…
 */
#include <ev.h>
#include <outdial.h>
#include <stdio.h>
#include <string.h>

struct program {
  struct ev_loop *loop;
  ev_timer clock;
  int ticks;
  int status;
};

static void on_tick(struct ev_loop *loop, ev_timer *clock, int events) {
  (void)loop, (void)events;
  struct program *program = clock->data;
  program->ticks++;
}

static void on_remark(void *context, enum od_level level, const char *line) {
  static const char *const names[] = {"error", "warning", "info", "debug"};
  (void)context;
  fprintf(stderr, "%s: %s\n", names[level], line);
}

static void on_event(void *context, const char *run, const char *event) {
  struct program *program = context;
  printf("%s %s\n", run, event);
  if (!strstr(event, "\"kind\":\"finished\"")) return;
  program->status = strstr(event, "\"state\":\"completed\"") ? 0 : 1;
  ev_break(program->loop, EVBREAK_ALL);
}

static struct od_engine *start(struct program *program, char **arguments,
                               struct od_error *error) {
  struct od_config config = {
      .size = sizeof config,
      .settings = (const char *const *)arguments + 3, /* NULL-ended, as it should be */
      .log = on_remark,
      .log_level = OD_WARNING,
      .loop = program->loop,
  };
  char run[OD_RUN_SIZE];
  struct od_engine *engine = od_engine_new(&config, error);
  if (engine &&
      od_run_start(engine, arguments[1], arguments[2], on_event, program, run, error))
    return engine;
  od_engine_free(engine);
  return NULL;
}

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: own_loop FLOW PARAMETERS [SETTING=VALUE ...]\n");
    return 2;
  }
  struct program program = {.loop = ev_loop_new(EVFLAG_AUTO)};
  ev_timer_init(&program.clock, on_tick, 0.01, 0.01);
  program.clock.data = &program;
  ev_timer_start(program.loop, &program.clock);

  struct od_error error;
  struct od_engine *engine = start(&program, arguments, &error);
  if (engine)
    ev_run(program.loop, 0);
  else
    fprintf(stderr, "%s: %s\n", error.code, error.message);
  od_engine_free(engine);

  printf("the clock went on: %s\n", program.ticks > 0 ? "yes" : "no");
  ev_timer_stop(program.loop, &program.clock);
  ev_loop_destroy(program.loop);
  return engine ? program.status : 1;
}
