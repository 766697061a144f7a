#include "post.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

/* A letter with what it points to. */
struct kept {
  struct kept *next;
  struct letter letter;
  size_t size;
  char room[];
};

struct post {
  struct ev_loop *loop;
  struct guard *guard;
  void (*turn)(void *context);
  void *context;
  ev_prepare feed; /* never started, only fed, behind everything else of a turn */
  bool fed;
  int descriptor; /* -1: letters are handed over on the loop */
  struct kept *first, **end;
  size_t count, bytes; /* that wait */
  size_t dropped;
  bool delivering;
};

static void on_turn(struct ev_loop *loop, ev_prepare *feed, int events) {
  (void)loop, (void)events;
  struct post *post = feed->data;
  post->fed = false;
  post->turn(post->context);
}

struct post *post_new(struct ev_loop *loop, struct guard *guard,
                      void (*turn)(void *context), void *context) {
  struct post *post = calloc(1, sizeof *post);
  if (!post) return NULL;
  post->loop = loop;
  post->guard = guard;
  post->turn = turn;
  post->context = context;
  post->descriptor = -1;
  post->end = &post->first;
  ev_prepare_init(&post->feed, on_turn);
  ev_set_priority(&post->feed, EV_MINPRI);
  post->feed.data = post;
  return post;
}

static struct kept *pop(struct post *post) {
  struct kept *kept = post->first;
  if (!kept) return NULL;
  post->first = kept->next;
  if (!post->first) post->end = &post->first;
  post->count--;
  post->bytes -= kept->size;
  return kept;
}

void post_free(struct post *post) {
  if (!post) return;
  ev_clear_pending(post->loop, &post->feed);
  for (struct kept *kept; (kept = pop(post));) free(kept);
  free(post);
}

/* Makes sure that what is there will be handed over. */
static void announce(struct post *post) {
  if (post->descriptor >= 0) {
    eventfd_write(post->descriptor, 1);
  } else if (!post->fed) {
    post->fed = true;
    ev_feed_event(post->loop, &post->feed, EV_CUSTOM);
  }
}

void post_collect(struct post *post, int descriptor) {
  ev_clear_pending(post->loop, &post->feed);
  post->fed = false;
  post->descriptor = descriptor;
  if (post->first) announce(post);
}

/* --- in --- */

static size_t length_of(const char *text) {
  return text ? strlen(text) : 0;
}

/* With a NUL after it; NULL stays NULL. */
static const void *copy(char **room, const void *bytes, size_t length) {
  if (!bytes) return NULL;
  char *at = *room;
  memcpy(at, bytes, length);
  at[length] = '\0';
  *room += length + 1;
  return at;
}

static struct kept *keep(const struct letter *letter) {
  size_t error = letter->error ? sizeof *letter->error : 0;
  size_t run = length_of(letter->run), name = length_of(letter->name);
  size_t size = sizeof(struct kept) + error + run + name + letter->length + 4;
  struct kept *kept = malloc(size);
  if (!kept) return NULL;
  char *room = kept->room;
  kept->next = NULL;
  kept->size = size;
  kept->letter = *letter;
  kept->letter.error = copy(&room, letter->error, error); /* first: it is aligned */
  kept->letter.run = copy(&room, letter->run, run);
  kept->letter.name = copy(&room, letter->name, name);
  kept->letter.text = copy(&room, letter->text, letter->length);
  return kept;
}

void post_send(struct post *post, const struct letter *letter) {
  bool owed = letter->kind != LETTER_EVENT && letter->kind != LETTER_REMARK;
  struct kept *kept = owed || post->bytes < POST_LIMIT ? keep(letter) : NULL;
  if (!kept) {
    post->dropped++;
    return;
  }
  bool first = !post->first;
  *post->end = kept;
  post->end = &kept->next;
  post->count++;
  post->bytes += kept->size;
  if (first) announce(post);
}

/* --- out --- */

static void ask(const struct letter *letter) {
  letter->to.ask(letter->context, &(struct od_request){
                                      .size = sizeof(struct od_request),
                                      .id = letter->id,
                                      .run = letter->run,
                                      .seq = letter->number,
                                      .name = letter->name,
                                      .args = letter->text,
                                  });
}

static void hand_over(const struct letter *letter) {
  switch (letter->kind) {
  case LETTER_EVENT:
    letter->to.event(letter->context, letter->run, letter->text);
    break;
  case LETTER_REMARK:
    letter->to.remark(letter->context, (enum od_level)letter->number, letter->text);
    break;
  case LETTER_DONE:
    letter->to.done(letter->context, letter->error);
    break;
  case LETTER_REPLY:
    letter->to.reply(letter->context, letter->number, letter->text, letter->length);
    break;
  case LETTER_ASK:
    ask(letter);
  }
}

static void deliver(struct post *post, size_t count) {
  for (struct kept *kept; count > 0 && (kept = pop(post)); count--) {
    guard_unlock(post->guard);
    hand_over(&kept->letter);
    free(kept);
    guard_lock(post->guard);
  }
}

bool post_deliver(struct post *post) {
  eventfd_t unused;
  if (post->delivering) return false;
  if (post->descriptor >= 0) eventfd_read(post->descriptor, &unused);
  post->delivering = true;
  deliver(post, post->count); /* not what is sent meanwhile: it could go on for ever */
  post->delivering = false;
  if (post->first) announce(post);
  return true;
}

size_t post_dropped(struct post *post) {
  size_t dropped = post->dropped;
  post->dropped = 0;
  return dropped;
}

void post_flush(struct post *post) {
  while (post->first) deliver(post, post->count);
}
