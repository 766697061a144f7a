/* What the engine has to tell its host: kept until a moment at which no work of the
 * engine is under way on the stack, so that whoever is told may do anything with it. */
#ifndef ENGINE_POST_H
#define ENGINE_POST_H

#include "guard.h"
#include "outdial.h"

#include <ev.h>
#include <stddef.h>

struct post;

enum letter_kind { LETTER_EVENT, LETTER_REMARK, LETTER_DONE, LETTER_REPLY, LETTER_ASK };

/* One thing to tell: the function of this kind, and what it is called with. */
struct letter {
  enum letter_kind kind;
  union {
    od_event_fn event;
    od_log_fn remark;
    od_done_fn done;
    od_reply_fn reply;
    od_host_fn ask;
  } to;
  void *context;
  const char *run;              /* event, ask */
  const char *name;             /* ask: the function's */
  const char *text;             /* event, remark, reply; ask: the arguments */
  size_t length;                /* of text */
  int number;                   /* remark: the level; reply: the status; ask: seq */
  uint64_t id;                  /* ask */
  const struct od_error *error; /* done: NULL when it went well */
};

/* turn is called on the loop, behind everything else of its turn, when there are letters
 * to deliver. NULL if out of memory. */
struct post *post_new(struct ev_loop *loop, struct guard *guard,
                      void (*turn)(void *context), void *context);
void post_free(struct post *post);

/* Copies the letter. Events and remarks are dropped once POST_LIMIT bytes wait, and
 * anything is if out of memory. */
void post_send(struct post *post, const struct letter *letter);

/* From now on letters wait for post_deliver; the eventfd is readable while there are any.
 * -1: they are handed over on the loop again. */
void post_collect(struct post *post, int descriptor);

/* Hands over what is there, with the guard, which must be held, left meanwhile. False if
 * that is under way already, further down the stack or on another thread. */
bool post_deliver(struct post *post);

/* How many letters were dropped since this was asked last. */
size_t post_dropped(struct post *post);

/* Hands over all that is there, also from inside of post_deliver. */
void post_flush(struct post *post);

#define POST_LIMIT ((size_t)64 << 20)

#endif
