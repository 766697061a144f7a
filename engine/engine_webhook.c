/* Webhooks that the host's own web server received. */
#include "engine.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { TARGET_LIMIT = 4096, BODY_LIMIT = 64 << 10 };

/* What the engine reads of a request's target. */
struct target {
  char path[TARGET_LIMIT + 1];
  char turn[64], leg[64]; /* the same as in hooks_request, "" where there is none */
};

static int hex(char digit) {
  if (isdigit((unsigned char)digit)) return digit - '0';
  return isxdigit((unsigned char)digit) ? tolower((unsigned char)digit) - 'a' + 10 : -1;
}

static char byte_of(int high, int low) {
  return (char)(unsigned char)(high * 16 + low);
}

/* Copies length bytes percent-decoded; false when they do not fit or hide a NUL. */
static bool unescape(const char *text, size_t length, char *out, size_t size) {
  const char *end = text + length;
  for (; text < end; text++, size--) {
    int high = *text == '%' && end - text > 2 ? hex(text[1]) : -1;
    int low = high >= 0 ? hex(text[2]) : -1;
    *out = low >= 0 ? byte_of(high, low) : *text;
    if (!*out++ || size == 1) return false;
    if (low >= 0) text += 2;
  }
  *out = '\0';
  return true;
}

/* The first value of a name in "a=1&b=2". */
static bool read_value(const char *query, const char *name, char *out, size_t size) {
  size_t length = strlen(name);
  *out = '\0';
  while (query && (strncmp(query, name, length) != 0 || query[length] != '=')) {
    query = strchr(query, '&');
    if (query) query++;
  }
  if (!query) return true;
  query += length + 1;
  return unescape(query, strcspn(query, "&"), out, size);
}

static bool target_read(struct target *target, const char *text) {
  size_t length = strcspn(text, "?");
  const char *query = text[length] ? text + length + 1 : NULL;
  return unescape(text, length, target->path, sizeof target->path) &&
         read_value(query, "turn", target->turn, sizeof target->turn) &&
         read_value(query, "leg", target->leg, sizeof target->leg);
}

/* --- one of them --- */

struct received {
  struct od_engine *engine;
  od_reply_fn reply;
  void *context;
};

static void replied(void *context, int status, const char *body, size_t length) {
  struct received *received = context;
  post_send(received->engine->post, &(struct letter){
                                        .kind = LETTER_REPLY,
                                        .to.reply = received->reply,
                                        .context = received->context,
                                        .text = body,
                                        .length = length,
                                        .number = status,
                                    });
  engine_favour_done(received->engine);
  free(received);
}

static void receive(struct od_engine *engine, const struct od_webhook *webhook,
                    struct reply reply) {
  static const char large[] = "{\"error\":\"the body is over 64 KiB\"}";
  static const char nothing[] = "{\"error\":\"there is nothing at this address\"}";
  struct target target;
  if (webhook->length > BODY_LIMIT) {
    reply.send(reply.context, 413, large, sizeof large - 1);
  } else if (!target_read(&target, webhook->target)) {
    reply.send(reply.context, 404, nothing, sizeof nothing - 1);
  } else {
    struct hooks_request request = {
        .method = webhook->method,
        .path = target.path,
        .turn = target.turn[0] ? target.turn : NULL,
        .leg = target.leg[0] ? target.leg : NULL,
        .body = webhook->body ? webhook->body : "",
        .length = webhook->length,
    };
    hooks_receive(engine->hooks, &request, reply);
  }
}

static bool read_webhook(struct od_webhook *own, const struct od_webhook *given,
                         od_reply_fn reply, struct error *error) {
  if (!engine_take(own, sizeof *own, given, sizeof *own, "od_webhook", error))
    return false;
  bool whole = own->method && own->target && reply && (own->body || !own->length);
  return whole || error_set(error, "misuse",
                            "a webhook needs its method, target and body, and somebody "
                            "to reply to");
}

bool od_webhook(struct od_engine *engine, const struct od_webhook *given,
                od_reply_fn reply, void *context, struct od_error *error) {
  struct error wrong;
  struct od_webhook webhook;
  struct received *received = NULL;
  if (!engine_enter(engine, error)) return false;
  if (read_webhook(&webhook, given, reply, &wrong)) {
    received = malloc(sizeof *received);
    if (!received) error_set(&wrong, "memory", "out of memory for a webhook");
  }
  if (received) {
    *received = (struct received){engine, reply, context};
    engine->favours++;
    receive(engine, &webhook, (struct reply){replied, received});
  } else {
    engine_error(error, &wrong);
  }
  engine_leave(engine);
  return received != NULL;
}
