/* What the files of this room share: each file's kinds of ops and openers. */
#ifndef BIND_INTERNAL_H
#define BIND_INTERNAL_H

#include "bind/bind.h"

#include <lua.h>

extern const struct op_kind bind_call_op, bind_place_op, bind_collect_op, bind_wait_op,
    bind_detach_op, bind_finish_op;                       /* call.c */
extern const struct op_kind bind_http_op;                 /* http.c */
extern const struct op_kind bind_flow_http_op;            /* http.c */
extern const struct op_kind bind_submit_op;               /* submit.c */
extern const struct op_kind bind_enter_op, bind_leave_op; /* single.c */
extern const struct op_kind bind_audio_op;                /* audio.c */
extern const struct op_kind bind_sleep_op, bind_now_op;   /* clock.c */
extern const struct op_kind bind_random_op, bind_uuid_op; /* chance.c */
extern const struct op_kind bind_log_op;                  /* log.c */
extern const struct op_kind bind_host_op;                 /* host.c */

int bind_open_json(lua_State *L); /* json.c: outdial.json */
int bind_open_live(lua_State *L); /* live.c: outdial.live */

/* http.c: a request as scripts write it. */
struct bind_request {
  struct http_request request;
  struct http_header headers[64];
  char *body; /* made for a table */
};
bool bind_request_read(struct bind_request *read, const json_t *args,
                       struct error *error);
void bind_request_free(struct bind_request *read);

/* answer.c: ends the op with what became of its request; one of the two is given. */
void bind_finish(struct op *op, const struct http_answer *answer,
                 const struct http_failure *failure);

/* clock.c: when (wall clock ms) so many seconds are over since the op was first asked,
 * whatever happened to the engine meanwhile. */
int64_t bind_due(const struct op *op, double seconds);

/* library.c: the Lua half, compiled in. */
struct bind_library {
  const char *name; /* "outdial.options" */
  const char *code;
  size_t length;
};
bool bind_library_find(const char *name, struct bind_library *found);

#endif
