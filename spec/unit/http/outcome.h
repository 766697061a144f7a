/* What done was told, kept for the test to look at. */
#ifndef SPEC_OUTCOME_H
#define SPEC_OUTCOME_H

#include "base/buffer.h"
#include "http/client.h"
#include "http/scripted.h"

struct outcome {
  bool done;
  unsigned calls;
  int status;                  /* 0: a failure */
  struct buffer body, headers; /* headers: "name: value\n" */
  struct http_failure failure;
};

static inline void outcome_note(void *context, const struct http_answer *answer,
                                const struct http_failure *failure) {
  struct outcome *outcome = context;
  outcome->done = true;
  outcome->calls++;
  assert_true((answer == NULL) != (failure == NULL));
  if (failure) {
    outcome->failure = *failure;
    return;
  }
  outcome->status = answer->status;
  assert_int_equal(answer->body[answer->body_length], 0);
  buffer_append(&outcome->body, answer->body, answer->body_length);
  for (size_t i = 0; i < answer->header_count; i++)
    buffer_printf(&outcome->headers, "%s: %s\n", answer->headers[i].name,
                  answer->headers[i].value);
}

static inline void outcome_free(struct outcome *outcome) {
  buffer_free(&outcome->body);
  buffer_free(&outcome->headers);
  *outcome = (struct outcome){0};
}

static inline void outcome_is_failure(const struct outcome *outcome, const char *code,
                                      bool sent) {
  assert_int_equal(outcome->calls, 1);
  assert_int_equal(outcome->status, 0);
  assert_string_equal(outcome->failure.error.code, code);
  assert_int_equal(outcome->failure.sent, sent);
}

#endif
