/* The module "rehearsal.engine": an engine in whose time and whose world nothing happens
 * by itself. What it tells is kept until advance returns it. */
#include "cli/rehearsal.h"
#include "cli/values.h"

#include "outdial.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

static const char kind_name[] = "rehearsal.engine";

/* More than any run should ask for without letting time pass. */
enum { EVENTS_MOST = 4000, SCRIPTS_MOST = 200, SETTINGS_MOST = 200 };

struct stage {
  struct od_engine *engine;
  int64_t now;
  json_t *told;    /* since the last advance */
  unsigned events; /* the same */
  lua_Integer webhooks;
};

/* --- what the engine tells --- */

static int64_t now(void *context) {
  return ((struct stage *)context)->now;
}

static void keep(struct stage *stage, json_t *happening) {
  json_array_append_new(stage->told, happening);
}

/* A run that never lets time pass would be told of for ever. */
static void on_event(void *context, const char *run, const char *text) {
  struct stage *stage = context;
  json_t *event = json_loads(text, JSON_ALLOW_NUL, NULL);
  json_object_set_new(event, "run", json_string(run));
  keep(stage, event);
  if (++stage->events != EVENTS_MOST) return;
  keep(stage, json_pack("{ss, ss}", "kind", "endless", "run", run));
  od_run_cancel(stage->engine, run, NULL, NULL, NULL);
}

static void on_remark(void *context, enum od_level level, const char *line) {
  (void)level;
  keep(context, json_pack("{ss, ss}", "kind", "remark", "message", line));
}

/* The library's own lines are nobody's business. */
static void on_line(void *context, const char *path, int line) {
  struct stage *stage = context;
  if (strncmp(path, "outdial/", 8) == 0 || json_array_size(stage->told) > 100000) return;
  keep(stage, json_pack("{ss, ss, si}", "kind", "line", "path", path, "line", line));
}

struct visit {
  struct stage *stage;
  lua_Integer id;
};

static void on_reply(void *context, int status, const char *body, size_t length) {
  struct visit *visit = context;
  json_t *value = json_loadb(body, length, JSON_DECODE_ANY, NULL);
  keep(visit->stage,
       json_pack("{ss, sI, si, so}", "kind", "reply", "id", (json_int_t)visit->id,
                 "status", status, "body", value ? value : json_null()));
  free(visit);
}

static void on_ask(void *context, const struct od_request *request) {
  json_t *args = json_loads(request->args, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
  keep(context,
       json_pack("{ss, sI, ss, so}", "kind", "ask", "id", (json_int_t)request->id, "name",
                 request->name, "args", args ? args : json_null()));
}

/* --- its methods --- */

static struct stage *stage_at(lua_State *L) {
  struct stage *stage = luaL_checkudata(L, 1, kind_name);
  luaL_argcheck(L, stage->engine, 1, "this engine is closed");
  return stage;
}

/* nil, the code and the sentence. */
static int fail(lua_State *L, const struct od_error *error) {
  lua_pushnil(L);
  lua_pushstring(L, error->code);
  lua_pushstring(L, error->message);
  return 3;
}

static char *text_of(lua_State *L, int index) {
  json_t *value = values_take(L, index);
  char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
  json_decref(value);
  return text;
}

/* engine:start(flow, params) → the run's id, or nil, code, sentence. [-, +1|3, e] */
static int start(lua_State *L) {
  struct stage *stage = stage_at(L);
  const char *flow = luaL_checkstring(L, 2);
  char run[OD_RUN_SIZE], *params = text_of(L, 3);
  struct od_error error;
  bool started = od_run_start(stage->engine, flow, params, on_event, stage, run, &error);
  free(params);
  if (!started) return fail(L, &error);
  lua_pushstring(L, run);
  return 1;
}

/* engine:cancel(run): ends it at the next advance. [-, 0, e] */
static int cancel(lua_State *L) {
  struct stage *stage = stage_at(L);
  od_run_cancel(stage->engine, luaL_checkstring(L, 2), NULL, NULL, NULL);
  return 0;
}

/* engine:advance(ms) → what it told, and when it is due again (ms; nil: never). The clock
 * is set first. [-, +2, e] */
static int advance(lua_State *L) {
  struct stage *stage = stage_at(L);
  int64_t due;
  struct od_error error;
  stage->now = luaL_checkinteger(L, 2);
  stage->events = 0;
  if (!od_engine_advance(stage->engine, &due, &error))
    return luaL_error(L, "%s", error.message);
  json_t *told = stage->told;
  stage->told = json_array();
  values_push(L, told);
  json_decref(told);
  if (due == INT64_MAX)
    lua_pushnil(L);
  else
    lua_pushinteger(L, due);
  return 2;
}

/* engine:webhook(target, body) → a number, under which the reply is told. [-, +1, e] */
static int webhook(lua_State *L) {
  struct stage *stage = stage_at(L);
  const char *target = luaL_checkstring(L, 2);
  char *body = text_of(L, 3);
  struct visit *visit = malloc(sizeof *visit);
  if (!visit || !body) return luaL_error(L, "out of memory");
  *visit = (struct visit){stage, ++stage->webhooks};
  struct od_webhook given = {sizeof given, "POST", target, body, strlen(body)};
  struct od_error error;
  lua_Integer id = visit->id;
  bool taken = od_webhook(stage->engine, &given, on_reply, visit, &error);
  free(body);
  if (!taken) return luaL_error(L, "%s", error.message);
  lua_pushinteger(L, id);
  return 1;
}

/* engine:offer(name): flows may call this function of the host; it is told as "ask".
 * [-, 0, e] */
static int offer(lua_State *L) {
  struct stage *stage = stage_at(L);
  struct od_error error;
  if (!od_host_function(stage->engine, luaL_checkstring(L, 2), on_ask, stage, &error))
    return luaL_error(L, "%s", error.message);
  return 0;
}

/* engine:answer(id, value), engine:refuse(id, code, message). [-, 0, e] */
static int answer(lua_State *L) {
  struct stage *stage = stage_at(L);
  lua_Integer id = luaL_checkinteger(L, 2);
  char *text = text_of(L, 3);
  od_host_answer(stage->engine, (uint64_t)id, text, NULL);
  free(text);
  return 0;
}

static int refuse(lua_State *L) {
  struct stage *stage = stage_at(L);
  od_host_refuse(stage->engine, (uint64_t)luaL_checkinteger(L, 2), luaL_checkstring(L, 3),
                 luaL_checkstring(L, 4), NULL);
  return 0;
}

/* engine:close(). [-, 0, -] */
static int close(lua_State *L) {
  struct stage *stage = luaL_checkudata(L, 1, kind_name);
  od_engine_free(stage->engine);
  stage->engine = NULL;
  json_decref(stage->told);
  stage->told = NULL;
  return 0;
}

/* --- making one --- */

/* The texts of the list at the top stay valid as long as it is there. */
static void read_settings(lua_State *L, const char **settings) {
  size_t count = lua_rawlen(L, -1);
  luaL_argcheck(L, count < SETTINGS_MOST, 1, "too many settings");
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, -1, (lua_Integer)i + 1);
    settings[i] = luaL_checkstring(L, -1);
    lua_pop(L, 1);
  }
}

static void read_scripts(lua_State *L, struct od_script *scripts) {
  size_t count = lua_rawlen(L, -1);
  luaL_argcheck(L, count < SCRIPTS_MOST, 1, "too many scripts");
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, -1, (lua_Integer)i + 1);
    lua_getfield(L, -1, "path");
    lua_getfield(L, -2, "text");
    scripts[i] = (struct od_script){luaL_checkstring(L, -2), luaL_checkstring(L, -1)};
    lua_pop(L, 3);
  }
}

/* new {settings, config_file, scripts = {{path, text}…}, now, lines} → an engine, or nil,
 * code, sentence. [-1, +1|3, e] */
static int make(lua_State *L) {
  const char *settings[SETTINGS_MOST] = {NULL};
  struct od_script scripts[SCRIPTS_MOST] = {{NULL, NULL}};
  struct od_error error;
  lua_settop(L, 1);
  lua_getfield(L, 1, "settings");
  read_settings(L, settings);
  lua_getfield(L, 1, "scripts");
  read_scripts(L, scripts);
  lua_getfield(L, 1, "config_file");
  lua_getfield(L, 1, "now");
  lua_getfield(L, 1, "lines");
  struct stage *stage = lua_newuserdatauv(L, sizeof *stage, 0);
  *stage = (struct stage){.now = luaL_checkinteger(L, 5), .told = json_array()};
  luaL_setmetatable(L, kind_name);
  struct od_clock clock = {now, stage};
  stage->engine =
      od_engine_new(&(struct od_config){.size = sizeof(struct od_config),
                                        .settings = settings,
                                        .config_file = lua_tostring(L, 4),
                                        .log = on_remark,
                                        .log_context = stage,
                                        .log_level = OD_WARNING,
                                        .clock = &clock,
                                        .scripts = scripts,
                                        .line = lua_toboolean(L, 6) ? on_line : NULL,
                                        .line_context = stage},
                    &error);
  return stage->engine ? 1 : fail(L, &error);
}

/* The config that the first two arguments, a list of settings and a file, ask for. */
static struct od_config config_at(lua_State *L, const char **settings) {
  lua_pushvalue(L, 1);
  read_settings(L, settings);
  lua_pop(L, 1);
  return (struct od_config){.size = sizeof(struct od_config),
                            .settings = settings,
                            .config_file = lua_tostring(L, 2)};
}

/* setting(settings, config_file, name) → one of the engine's own, or nil, code, sentence.
 * [-3, +1|3, e] */
static int read_setting(lua_State *L) {
  const char *settings[SETTINGS_MOST] = {NULL};
  struct od_error error;
  struct od_config config = config_at(L, settings);
  char *value = od_setting(&config, luaL_checkstring(L, 3), &error);
  if (!value) return fail(L, &error);
  lua_pushstring(L, value);
  od_text_free(value);
  return 1;
}

/* flow(settings, config_file, name) → what it declares, see od_show_script, or nil, code,
 * sentence. [-3, +1|3, e] */
static int show_flow(lua_State *L) {
  const char *settings[SETTINGS_MOST] = {NULL};
  struct od_error error;
  struct od_config config = config_at(L, settings);
  char *text = od_show_script(&config, "flow", luaL_checkstring(L, 3), &error);
  if (!text) return fail(L, &error);
  json_t *declared = json_loads(text, 0, NULL);
  od_text_free(text);
  values_push(L, declared);
  json_decref(declared);
  return 1;
}

int rehearsal_open_engine(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"start", start}, {"cancel", cancel}, {"advance", advance}, {"webhook", webhook},
      {"offer", offer}, {"answer", answer}, {"refuse", refuse},   {"close", close},
      {"__gc", close},  {NULL, NULL}};
  static const luaL_Reg functions[] = {
      {"new", make}, {"setting", read_setting}, {"flow", show_flow}, {NULL, NULL}};
  luaL_newmetatable(L, kind_name);
  luaL_setfuncs(L, methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  return 1;
}
