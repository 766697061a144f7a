#include "script/limits.h"

#include "base/locale.h"
#include "script/where.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
  PERIOD = 1000,         /* instructions between two looks at the clock */
  BYTES_PER_UNIT = 128,  /* bytes allocated at the price of one instruction */
  SWEPT_PER_UNIT = 32,   /* bytes in use, for a full collection */
  SLACK = 1 << 20,       /* what the engine's own pushes may add to the scripts' memory */
  LAST_WORDS = 64 << 10, /* what a stopped script may take to unwind */
};

/* Backstop for what instructions do not measure, like comparing long texts. */
#define CPU_SECONDS 2.0

static double cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t cap(const struct limits *limits) {
  if (limits->lenient) return SIZE_MAX;
  if (limits->stopped) return limits->memory + LAST_WORDS;
  return limits->depth ? limits->memory : limits->memory + SLACK;
}

static void watch(lua_State *L, lua_Debug *event);

static void set_hook(lua_State *L, const struct limits *limits, int period) {
  lua_sethook(L, watch, LUA_MASKCOUNT | (limits->line ? LUA_MASKLINE : 0), period);
}

/* Makes the script meet watch at its next instruction. lua_sethook may be called at any
 * time, and reading the stack changes nothing: both are safe within an allocation. */
static void hurry(struct limits *limits) {
  if (limits->depth) set_hook(limits->running, limits, 1);
}

static void describe(lua_State *L, struct error *error, const char *code,
                     const char *sentence) {
  char where[WHERE_SIZE];
  where_of(L, where, sizeof where);
  error_set(error, code, "%s: stopped: %s", where, sentence);
}

/* Stops the script when memory was refused and that was the last word: some ask once;
 * Lua's core asks again after a full collection. */
static void settle_refusal(struct limits *limits) {
  if (!limits->refused_size || !limits->depth) return;
  limits->refused_size = 0;
  if (!limits->stopped) limits->reason = limits->refusal;
  limits->stopped = true;
}

static bool refuse(struct limits *limits, const void *block, size_t size) {
  if (!limits->depth || limits->stopped) return false;
  char sentence[96];
  snprintf(sentence, sizeof sentence, "the script needs more memory than its %zu KiB",
           limits->memory >> 10);
  bool again = limits->refused_size == size && limits->refused_block == block;
  if (!again) describe(limits->running, &limits->refusal, "memory", sentence);
  hurry(limits); /* to see whether Lua asked again, in case a pcall is around */
  limits->refused_block = block;
  limits->refused_size = size;
  limits->spent += limits->used / SWEPT_PER_UNIT; /* for the collection that follows */
  if (again) settle_refusal(limits);
  return false;
}

static bool admit(struct limits *limits, const void *block, size_t more, size_t size) {
  bool again = limits->refused_size == size && limits->refused_block == block;
  if (!again) settle_refusal(limits);
  size_t most = cap(limits);
  if (more > most || limits->used > most - more) return refuse(limits, block, size);
  limits->refused_size = 0;
  limits->spent += more / BYTES_PER_UNIT;
  if (limits->spent > limits->budget) hurry(limits);
  return true;
}

void *limits_alloc(void *context, void *block, size_t old_size, size_t size) {
  struct limits *limits = context;
  if (!block) old_size = 0; /* Lua passes a type there */
  if (size == 0) {
    heap_resize(limits->heap, block, old_size, 0);
    limits->used -= old_size;
    return NULL;
  }
  if (size > old_size && !admit(limits, block, size - old_size, size)) return NULL;
  void *moved = heap_resize(limits->heap, block, old_size, size);
  if (!moved) return size <= old_size ? block : NULL; /* Lua relies on shrinking */
  limits->used += size - old_size;
  return moved;
}

void limits_open(lua_State *L, struct limits *limits) {
  *(struct limits **)lua_getextraspace(L) = limits;
  set_hook(L, limits, PERIOD); /* new coroutines inherit it */
}

struct limits *limits_of(lua_State *L) {
  return *(struct limits **)lua_getextraspace(L);
}

/* Raises, again at each instruction from here on: a pcall of the script's catches the
 * error and gets nothing done. */
static void give_up(lua_State *L, struct limits *limits, const char *sentence) {
  if (!limits->stopped) describe(L, &limits->reason, "runaway", sentence);
  limits->stopped = true;
  set_hook(L, limits, 1);
  lua_pushstring(L, limits->reason.message);
  lua_error(L);
}

static void check(lua_State *L, struct limits *limits) {
  settle_refusal(limits);
  if (limits->stopped || limits->spent > limits->budget)
    give_up(L, limits,
            "too many instructions without a pause; does a loop there never end?");
}

static void tell_line(lua_State *L, const struct limits *limits, lua_Debug *event) {
  lua_getinfo(L, "Sl", event);
  if (event->source[0] == '@')
    limits->line(limits->line_context, event->source + 1, event->currentline);
}

static void watch(lua_State *L, lua_Debug *event) {
  struct limits *limits = limits_of(L);
  if (event->event == LUA_HOOKLINE) {
    tell_line(L, limits, event);
    return;
  }
  limits->spent += (uint64_t)lua_gethookcount(L);
  check(L, limits);
  set_hook(L, limits, PERIOD); /* after a hurry for nothing */
  double now = cpu_seconds();
  if (limits->started <= 0) limits->started = now;
  if (now - limits->started > CPU_SECONDS)
    give_up(L, limits, "seconds of work without a pause; does a loop there never end?");
}

void limits_charge(lua_State *L, uint64_t instructions) {
  struct limits *limits = limits_of(L);
  uint64_t left = UINT64_MAX - limits->spent;
  limits->spent += instructions < left ? instructions : left;
  check(L, limits);
}

void limits_begin(struct limits *limits, lua_State *running) {
  limits->running = running;
  if (limits->depth++) return;
  limits->outside = locale_plain();
  if (!limits->stopped) set_hook(running, limits, PERIOD);
  limits->refused_size = 0;
  limits->spent = 0;
  limits->started = 0; /* most calls end before the clock is looked at */
}

bool limits_end(struct limits *limits, lua_State *before) {
  settle_refusal(limits);
  limits->running = before;
  if (--limits->depth == 0) uselocale(limits->outside);
  return !limits->stopped;
}

static struct limits *limits_if_any(lua_State *L) {
  return lua_getallocf(L, NULL) == limits_alloc ? limits_of(L) : NULL;
}

void limits_make_room(lua_State *L, size_t bytes) {
  struct limits *limits = limits_of(L);
  size_t left = limits->used < limits->memory ? limits->memory - limits->used : 0;
  if (bytes <= left || bytes > limits->memory) return;
  limits_charge(L, limits->used / SWEPT_PER_UNIT);
  lua_gc(L, LUA_GCCOLLECT);
}

void limits_owe(lua_State *L) {
  struct limits *limits = limits_if_any(L);
  if (limits) limits->owes = true;
}

void limits_lenient(lua_State *L, bool lenient) {
  struct limits *limits = limits_if_any(L);
  if (limits) limits->lenient = lenient;
}

bool limits_fits(lua_State *L) {
  const struct limits *limits = limits_if_any(L);
  if (!limits || limits->used <= limits->memory) return true;
  lua_gc(L, LUA_GCCOLLECT);
  return limits->used <= limits->memory;
}
