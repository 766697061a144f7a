/* Many calls at once: provider/provider.c, provider/invocation.c. */
#include "program.h"

#include <arpa/inet.h>
#include <ev.h>
#include <unistd.h>

enum { CALLS = 200, PLACING = 128 };

/* Each place but one says that it begins and waits for the gate, a service that does not
 * answer. The call of that one is over once the others are a crowd. */
static const struct od_script scripts[] = {
    {"providers/tin.lua",
     "local outdial = require 'outdial'\n"
     "local begun = 0\n"
     "local function place(request, settings)\n"
     "  if request.message == 'pass' then return { state = 'queued', reference = 'r' } "
     "end\n"
     "  begun = begun + 1\n"
     "  outdial.log.info('begun')\n"
     "  outdial.single('gate', function() return outdial.http { url = settings.url } "
     "end)\n"
     "  return { state = 'completed' }\n"
     "end\n"
     "return outdial.provider { settings = { url = {} }, accepts = { message = true },\n"
     "  duplicate = 'none', place = place,\n"
     "  poll = { first = 0.01, factor = 1, ceiling = 0.01, deadline = 600 },\n"
     "  status = function()\n"
     "    return { state = begun >= 128 and 'completed' or 'queued' }\n"
     "  end }\n"},
    {"providers/open.lua",
     "local outdial = require 'outdial'\n"
     "return outdial.provider { settings = {}, accepts = { message = true },\n"
     "  duplicate = 'none', place = function() return { state = 'completed' } end }\n"},
    {"flows/passes.lua",
     FLOW("local call = outdial.call { provider = 'open', to = '+306900000001', "
          "message = 'm' } return call:detach()")},
    {"flows/waits.lua",
     FLOW("local call = outdial.call { provider = 'tin', to = '+306900000002', "
          "message = 'pass' } return call:wait()")},
    {"flows/calls.lua",
     FLOW("local call = outdial.call { provider = 'tin', to = '+306900000001', "
          "message = 'm' } return call:detach()")},
    {NULL, NULL}};

static struct {
  struct ev_loop *loop;
  struct od_engine *engine;
  int gate; /* a socket that listens, and accepts nobody */
  char url[64];
  int begun, asked;
  int calls, passed, waited; /* runs that have finished */
} job;

static void hear(void *context, const char *run, const char *event) {
  int *finished = context;
  (void)run;
  if (strstr(event, "\"kind\":\"finished\"")) (*finished)++;
  if (strstr(event, "\"op\":\"place\"")) job.asked++;
}

static void count(void *context, enum od_level level, const char *line) {
  (void)context, (void)level;
  if (strstr(line, "begun")) job.begun++;
}

static int open_gate(void **state) {
  (void)state;
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  job.gate = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(job.gate, (struct sockaddr *)&address, size) || listen(job.gate, 8) ||
      getsockname(job.gate, (struct sockaddr *)&address, &size))
    return -1;
  snprintf(job.url, sizeof job.url, "tin.url=http://127.0.0.1:%u/",
           ntohs(address.sin_port));
  job.loop = ev_loop_new(EVFLAG_AUTO);
  return job.loop ? 0 : -1;
}

static int close_all(void **state) {
  (void)state;
  od_engine_free(job.engine);
  ev_loop_destroy(job.loop);
  return 0;
}

static void open_engine(void) {
  const char *settings[] = {"engine.store=memory:",
                            "engine.hooks=host",
                            "engine.public_url=http://127.0.0.1:1",
                            "engine.scripts=/nonexistent",
                            job.url,
                            NULL};
  struct od_config config = {.size = sizeof config,
                             .settings = settings,
                             .scripts = scripts,
                             .loop = job.loop,
                             .log = count,
                             .log_level = OD_INFO};
  struct od_error error;
  job.engine = od_engine_new(&config, &error);
  if (!job.engine) fail_msg("%s", error.message);
}

static void start_one(const char *flow, int *finished) {
  struct od_error error;
  if (!od_run_start(job.engine, flow, "{}", hear, finished, NULL, &error))
    fail_msg("%s", error.message);
}

/* A place begins once it is on disk: when that of a later run has, all have had their
 * chance. Each turn of the loop begins at least one that may. */
static void let_all_begin_that_may(void) {
  while (job.asked < CALLS + 1) ev_run(job.loop, EVRUN_ONCE);
  start_one("passes", &job.passed);
  while (!job.passed) ev_run(job.loop, EVRUN_ONCE);
  for (int i = 0; i < 2 * CALLS; i++) ev_run(job.loop, EVRUN_NOWAIT);
}

static void only_so_many_are_placed_at_once_and_asking_goes_on(void **state) {
  (void)state;
  open_engine();
  start_one("waits", &job.waited);
  for (int i = 0; i < CALLS; i++) start_one("calls", &job.calls);
  let_all_begin_that_may();
  assert_int_equal(job.begun, PLACING);
  while (!job.waited) ev_run(job.loop, EVRUN_ONCE);
  close(job.gate);
  while (job.calls < CALLS) ev_run(job.loop, EVRUN_ONCE);
  assert_int_equal(job.begun, CALLS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(only_so_many_are_placed_at_once_and_asking_goes_on),
  };
  return cmocka_run_group_tests(tests, open_gate, close_all);
}
