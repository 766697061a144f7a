/* A program without libev that knows its customers. The engine works on a thread of its
 * own; the program polls one descriptor for it. The flow is part of the program, and asks
 * it whose PIN was keyed.
 *
 *   cc own_table.c $(pkg-config --cflags --libs outdial) -o own_table
 *   ./own_table +306900000001 +306900000009 routee.app_id=… routee.app_secret=…
 */
#include <outdial.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char flow[] =
    "local outdial = require 'outdial'\n"
    "\n"
    "return outdial.flow {\n"
    "  summary = 'Connect those to support whose PIN the program knows',\n"
    "  params = {\n"
    "    to = { type = 'phone', required = true, help = 'number to call' },\n"
    "    support = { type = 'phone', required = true, help = 'where they are connected' "
    "},\n"
    "  },\n"
    "  run = function(p)\n"
    "    local call = outdial.call { provider = 'routee', from = 'Company', to = p.to }\n"
    "    call:say 'Please enter your PIN and then press the pound key.'\n"
    "    for _ = 1, 3 do\n"
    "      local digits = call:collect { max_digits = 8, submit_on_hash = true }\n"
    "      local customer = digits and outdial.host('customer_with', digits)\n"
    "      if customer then\n"
    "        call:say('Welcome, ' .. customer.name .. '. You will be connected.')\n"
    "        call:dial(p.support)\n"
    "        return customer\n"
    "      end\n"
    "      call:say 'Nobody has this PIN. Please try again.'\n"
    "    end\n"
    "    return nil, { code = 'unknown', message = 'three wrong PINs' }\n"
    "  end,\n"
    "}\n";

static const struct {
  const char *pin; /* as JSON, which is how it is asked for */
  const char *customer;
} table[] = {
    {"\"1234\"", "{\"name\": \"Ada\", \"number\": 7}"},
    {"\"9876\"", "{\"name\": \"Grace\", \"number\": 8}"},
};

struct program {
  struct od_engine *engine;
  bool finished;
  int status;
};

/* A look into the table takes no time; what does may be answered later, from any thread.
 */
static void customer_with(void *context, const struct od_request *request) {
  struct program *program = context;
  const char *customer = "null";
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (strcmp(request->args, table[i].pin) == 0) customer = table[i].customer;
  od_host_answer(program->engine, request->id, customer, NULL);
}

static void on_event(void *context, const char *run, const char *event) {
  struct program *program = context;
  printf("%s %s\n", run, event);
  program->finished = strstr(event, "\"kind\":\"finished\"") != NULL;
  program->status = strstr(event, "\"state\":\"completed\"") ? 0 : 1;
}

static bool place(struct program *program, const char *to, const char *support,
                  struct od_error *error) {
  char parameters[200];
  int descriptor;
  snprintf(parameters, sizeof parameters, "{\"to\": \"%s\", \"support\": \"%s\"}", to,
           support);
  if (!od_host_function(program->engine, "customer_with", customer_with, program,
                        error) ||
      !od_engine_thread(program->engine, &descriptor, error) ||
      !od_run_start(program->engine, "welcome", parameters, on_event, program, NULL,
                    error))
    return false;
  struct pollfd ready = {.fd = descriptor, .events = POLLIN};
  while (!program->finished)
    if (poll(&ready, 1, -1) > 0) od_engine_dispatch(program->engine, NULL);
  return true;
}

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: own_table NUMBER SUPPORT [SETTING=VALUE ...]\n");
    return 2;
  }
  static const struct od_script scripts[] = {{"flows/welcome.lua", flow}, {NULL, NULL}};
  struct od_config config = {
      .size = sizeof config,
      .settings = (const char *const *)arguments + 3,
      .scripts = scripts,
  };
  struct od_error error;
  struct program program = {.engine = od_engine_new(&config, &error)};
  bool placed = program.engine && place(&program, arguments[1], arguments[2], &error);
  if (!placed) fprintf(stderr, "%s: %s\n", error.code, error.message);
  od_engine_free(program.engine);
  return placed ? program.status : 1;
}
