#include "script/libraries.h"

#include <lauxlib.h>

/* xoshiro256** by Blackman and Vigna: the same seed gives the same numbers on every
 * machine, so that a replay sees what the run saw. */
struct generator {
  uint64_t state[4];
  bool *drawn; /* see sandbox_plan */
};

static uint64_t rotate(uint64_t bits, int by) {
  return (bits << by) | (bits >> (64 - by));
}

static uint64_t next(struct generator *generator) {
  uint64_t *state = generator->state;
  uint64_t result = rotate(state[1] * 5, 7) * 9;
  uint64_t shifted = state[1] << 17;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= shifted;
  state[3] = rotate(state[3], 45);
  return result;
}

/* splitmix64, which its authors recommend for seeding: no seed gives a bad state. */
static void seed_generator(struct generator *generator, uint64_t seed) {
  for (int i = 0; i < 4; i++) {
    seed += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = (seed ^ (seed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    generator->state[i] = mixed ^ (mixed >> 31);
  }
}

/* A number from 0 to most, each as likely as the others: draws until one fits. */
static uint64_t below(struct generator *generator, uint64_t most) {
  uint64_t mask = most;
  for (int shift = 1; shift < 64; shift *= 2) mask |= mask >> shift;
  uint64_t drawn;
  do drawn = next(generator) & mask;
  while (drawn > most);
  return drawn;
}

/* random() gives a float in [0,1), random(m) an integer in 1..m, random(m, n) in m..n,
 * random(0) all 64 bits, as Lua's own. */
static int draw(lua_State *L) {
  struct generator *generator = lua_touserdata(L, lua_upvalueindex(1));
  int count = lua_gettop(L);
  if (generator->drawn) *generator->drawn = true;
  if (count == 0) {
    lua_pushnumber(L, (lua_Number)(next(generator) >> 11) * 0x1p-53);
    return 1;
  }
  lua_Integer first = count == 1 ? 1 : luaL_checkinteger(L, 1);
  lua_Integer last = luaL_checkinteger(L, count == 1 ? 1 : 2);
  if (count > 2) return luaL_error(L, "wrong number of arguments");
  if (count == 1 && last == 0) {
    lua_pushinteger(L, (lua_Integer)next(generator));
    return 1;
  }
  luaL_argcheck(L, first <= last, count == 1 ? 1 : 2, "interval is empty");
  uint64_t offset = below(generator, (uint64_t)last - (uint64_t)first);
  lua_pushinteger(L, (lua_Integer)((uint64_t)first + offset));
  return 1;
}

static int refuse_seed(lua_State *L) {
  return luaL_error(L,
                    "a flow's random numbers follow from its run: remove the call of "
                    "math.randomseed");
}

void library_random(lua_State *L, const struct sandbox_plan *plan) {
  struct generator *generator = lua_newuserdatauv(L, sizeof *generator, 0);
  seed_generator(generator, plan->seed);
  generator->drawn = plan->drawn;
  lua_pushcclosure(L, draw, 1);
  lua_setfield(L, -2, "random");
  lua_pushcfunction(L, refuse_seed);
  lua_setfield(L, -2, "randomseed");
}
