/* How long and with how much memory the scripts of one state may run. */
#ifndef SCRIPT_LIMITS_H
#define SCRIPT_LIMITS_H

#include "base/error.h"
#include "base/heap.h"

#include <locale.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limits {
  const struct heap *heap;
  bool owes;       /* something in the state holds what is not Lua's memory */
  size_t memory;   /* bytes the scripts may hold */
  size_t used;     /* bytes in use */
  uint64_t budget; /* instructions from one call or resume to its end */
  uint64_t spent;
  void (*line)(void *context, const char *path, int line); /* NULL: none is looked at */
  void *line_context;
  double started;            /* CPU seconds of this thread at the call's first look at
                                them; 0: there was none */
  locale_t outside;          /* the thread's when no call is under way */
  int depth;                 /* calls under way, one inside the other */
  bool lenient;              /* the engine works in the state: the cap waits */
  lua_State *running;        /* the coroutine under way */
  const void *refused_block; /* the last request that the cap refused */
  size_t refused_size;       /* 0: it was granted when Lua asked again */
  struct error refusal;      /* what it will be, should Lua not ask again */
  bool stopped;              /* for good; reason says why */
  struct error reason;
};

/* The allocator of a state; its context is the struct limits. */
void *limits_alloc(void *context, void *block, size_t old_size, size_t size);

/* Ties a new state to its limits: limits_of finds them from any coroutine. */
void limits_open(lua_State *L, struct limits *limits);
struct limits *limits_of(lua_State *L);

/* Around each call or resume of a script. The outermost begins a new budget; end says
 * whether the scripts may go on: false once they were stopped. */
void limits_begin(struct limits *limits, lua_State *running);
bool limits_end(struct limits *limits, lua_State *before);

/* Counts work done in C as so many instructions. Raises when the scripts are to stop. */
void limits_charge(lua_State *L, uint64_t instructions);

/* Collects garbage if it takes that to get so many bytes: buffers of C functions do not
 * ask twice. */
void limits_make_room(lua_State *L, size_t bytes);

/* The state gets something that its end must give back: it is to be closed, and not only
 * left. */
void limits_owe(lua_State *L);

/* While lenient, the state (of a sandbox or not) gets the memory it asks for. */
void limits_lenient(lua_State *L, bool lenient);
bool limits_fits(lua_State *L); /* may collect garbage */

#endif
