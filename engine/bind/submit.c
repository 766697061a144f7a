/* outdial.submit, for providers: the create-call POST. Through the provider's lane, on a
 * connection of its own, once, and not before its intent is on disk. */
#include "bind/internal.h"
#include "provider/invocation.h"

#include <stdlib.h>
#include <string.h>

struct submit {
  struct op *op;
  struct http_ticket *ticket;
  char *body;
  size_t length;
};

static void submit_free(struct submit *submit) {
  free(submit->body);
  free(submit);
}

static void done(void *context, const struct http_answer *answer,
                 const struct http_failure *failure) {
  struct submit *submit = context;
  struct op *op = submit->op;
  submit_free(submit);
  bind_finish(op, answer, failure);
}

static void refuse(struct submit *submit, const char *code, const char *message) {
  struct op *op = submit->op;
  http_lane_cancel(submit->ticket);
  submit_free(submit);
  op_finish_refusal(
      op, json_pack("{ss, ss, ss}", "code", code, "message", message, "sent", "no"));
}

static void permitted(void *context, const struct error *error) {
  struct submit *submit = context;
  if (error)
    refuse(submit, error->code, error->message);
  else
    http_lane_go(submit->ticket);
}

static void ready(void *context, struct http_ticket *ticket) {
  struct submit *submit = context;
  submit->ticket = ticket;
  if (!invocation_intent(submit->op->owner, submit->body, submit->length, permitted,
                         submit))
    refuse(submit, "usage", "outdial.submit is for place; use outdial.http elsewhere");
}

static struct submit *submit_new(struct op *op, const struct bind_request *read) {
  struct submit *submit = calloc(1, sizeof *submit);
  if (!submit) return NULL;
  submit->op = op;
  submit->length = read->request.body_length;
  submit->body = strndup(read->request.body ? read->request.body : "", submit->length);
  if (submit->body) return submit;
  free(submit);
  return NULL;
}

static bool send_off(struct op *op, struct bind_request *read, const json_t *args,
                     struct error *error) {
  if (!bind_request_read(read, args, error)) return false;
  const struct buffer *replay = invocation_replay(op->owner);
  if (replay) {
    read->request.body = replay->data;
    read->request.body_length = replay->length;
  }
  struct submit *submit = submit_new(op, read);
  if (!submit) return error_set(error, "memory", "out of memory for a request");
  read->request.method = "POST";
  read->request.fresh = true;
  op->work = submit;
  struct http_lane *lane = provider_lane(invocation_provider(op->owner));
  submit->ticket = http_lane_send(lane, &read->request, ready, done, submit, error);
  if (submit->ticket) return true;
  op->work = NULL;
  submit_free(submit);
  return false;
}

static void begin(struct op *op, const json_t *args) {
  struct bind_request read = {0};
  struct error error;
  bool sent = send_off(op, &read, args, &error);
  bind_request_free(&read);
  if (!sent)
    op_finish_refusal(op, json_pack("{ss, ss, ss}", "code", error.code, "message",
                                    error.message, "sent", "no"));
}

static void cancel(struct op *op) {
  struct submit *submit = op->work;
  http_lane_cancel(submit->ticket);
  submit_free(submit);
}

const struct op_kind bind_submit_op = {"submit", begin, cancel, NULL};
