/* One request under way: its easy handle, what it gathers, how it ends. */
#ifndef HTTP_TRANSFER_H
#define HTTP_TRANSFER_H

#include "http/answer.h"
#include "http/client.h"
#include "http/resolver.h"
#include "http/target.h"

#include <sys/queue.h>

struct http_transfer {
  TAILQ_ENTRY(http_transfer) link;
  struct http_client *client;
  struct http_request *request; /* our copy */
  struct http_target target;
  http_done_fn done;
  void *context;

  enum { LOOKING_UP, RUNNING, ENDED, TOLD } state;
  struct resolver_query *query; /* while LOOKING_UP */
  ev_timer clock;               /* the deadline, ours: libcurl's own timer may get lost */
  double started;               /* on the monotonic clock */

  CURL *easy;
  struct curl_slist *headers, *resolve; /* libcurl reads them during the transfer */
  char reason[CURL_ERROR_SIZE];

  bool sent; /* the request may have begun to leave */
  struct http_gathered gathered;
  bool failed; /* which of the two is given to done */
  struct http_answer answer;
  struct http_failure failure;
};

/* NULL with *error when the request is not usable. The caller sets client, done and
 * context. */
struct http_transfer *http_transfer_new(const struct http_request *request,
                                        struct error *error);

/* Makes the easy handle ready to run; addresses is a resolver's answer, NULL where the
 * host needs no lookup. False if out of memory. */
bool http_transfer_prepare(struct http_transfer *transfer, const char *addresses);

/* Settle how the transfer ended: from libcurl's result, or by a failure of our own. */
void http_transfer_conclude(struct http_transfer *transfer, CURLcode result);
void http_transfer_fail(struct http_transfer *transfer, const char *code,
                        const char *reason);
void http_transfer_time_out(struct http_transfer *transfer);

/* Seconds since the request was handed in. */
double http_transfer_age(const struct http_transfer *transfer);

/* The easy handle must be out of its multi handle. */
void http_transfer_free(struct http_transfer *transfer);

#endif
