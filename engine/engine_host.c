/* The functions of the host, as the host sees them. */
#include "engine.h"

#include <string.h>

void engine_ask(void *context, const struct host_function *function,
                const struct od_request *request) {
  struct od_engine *engine = context;
  post_send(engine->post, &(struct letter){
                              .kind = LETTER_ASK,
                              .to.ask = function->call,
                              .context = function->context,
                              .run = request->run,
                              .name = request->name,
                              .text = request->args,
                              .length = strlen(request->args),
                              .number = request->seq,
                              .id = request->id,
                          });
}

void engine_stir(void *context) {
  struct od_engine *engine = context;
  ev_async_send(engine->loop, &engine->stir);
}

bool od_host_function(struct od_engine *engine, const char *name, od_host_fn function,
                      void *context, struct od_error *error) {
  struct error wrong;
  if (!engine_enter(engine, error)) return false;
  bool offered = host_offer(engine->host, name, function, context, &wrong);
  if (!offered) engine_error(error, &wrong);
  engine_leave(engine);
  return offered;
}

/* Without entering: any thread may answer, whatever loop the engine is on. values is
 * taken over. */
static bool answer(struct od_engine *engine, uint64_t id, json_t *values,
                   struct od_error *error) {
  struct error wrong;
  bool home = guard_is_home(&engine->guard, &wrong);
  if (!home) json_decref(values);
  if (home && host_answer(engine->host, id, values, &wrong)) return true;
  return engine_error(error, &wrong);
}

bool od_host_answer(struct od_engine *engine, uint64_t id, const char *value,
                    struct od_error *error) {
  if (!engine || !value)
    return engine_refuse(error, "misuse", "an answer needs an engine and a value");
  json_error_t place;
  json_t *json = json_loads(value, JSON_DECODE_ANY | JSON_ALLOW_NUL, &place);
  if (json) return answer(engine, id, json_pack("[o]", json), error);
  struct error wrong;
  error_set(&wrong, "usage", "the answer is not JSON, a text of it needs its quotes: %s",
            place.text);
  return engine_error(error, &wrong);
}

bool od_host_refuse(struct od_engine *engine, uint64_t id, const char *code,
                    const char *message, struct od_error *error) {
  if (!engine || !code || !*code)
    return engine_refuse(error, "misuse", "a refusal needs an engine and a code");
  json_t *values = json_pack("[n, {ss, ss}]", "code", code, "message",
                             message ? message : "the host refused");
  if (values) return answer(engine, id, values, error);
  return engine_refuse(error, "usage", "the code and the message must be UTF-8");
}
