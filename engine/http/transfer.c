#include "http/transfer.h"

#include "base/clock.h"
#include "base/fault.h"
#include "http/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct http_transfer *http_transfer_new(const struct http_request *request,
                                        struct error *error) {
  if (!http_request_check(request, error)) return NULL;
  struct http_transfer *transfer = calloc(1, sizeof *transfer);
  if (!transfer) goto memory;
  transfer->started = clock_monotonic();
  if (!http_target_parse(&transfer->target, request->url, error)) goto fail;
  transfer->request = http_request_copy(request);
  transfer->easy = curl_easy_init();
  if (transfer->request && transfer->easy) return transfer;
memory:
  error_set(error, "internal", "out of memory for an HTTP request");
fail:
  if (transfer) http_transfer_free(transfer);
  return NULL;
}

void http_transfer_free(struct http_transfer *transfer) {
  if (transfer->easy) curl_easy_cleanup(transfer->easy);
  curl_slist_free_all(transfer->headers);
  curl_slist_free_all(transfer->resolve);
  http_gathered_free(&transfer->gathered);
  http_target_free(&transfer->target);
  free(transfer->request);
  free(transfer);
}

double http_transfer_age(const struct http_transfer *transfer) {
  return clock_monotonic() - transfer->started;
}

static bool add_line(struct curl_slist **list, const char *line) {
  struct curl_slist *longer = curl_slist_append(*list, line);
  if (longer) *list = longer;
  return longer != NULL;
}

/* To libcurl "Name:" means to leave the header out and "Name;" that it is empty. */
static bool add_header(struct curl_slist **list, const struct http_header *header) {
  const char *value = header->value + strspn(header->value, " \t");
  char *line = NULL;
  int length = *value ? asprintf(&line, "%s: %s", header->name, value)
                      : asprintf(&line, "%s;", header->name);
  if (length < 0) return false;
  bool added = add_line(list, line);
  free(line);
  return added;
}

/* Expect would cost a round trip, and a content type is the caller's to name. */
static bool list_headers(struct http_transfer *transfer) {
  const struct http_request *request = transfer->request;
  for (size_t i = 0; i < request->header_count; i++)
    if (!add_header(&transfer->headers, &request->headers[i])) return false;
  if (!http_request_has(request, "Expect") && !add_line(&transfer->headers, "Expect:"))
    return false;
  return http_request_has(request, "Content-Type") ||
         add_line(&transfer->headers, "Content-Type:");
}

static bool list_addresses(struct http_transfer *transfer, const char *addresses) {
  if (!addresses) return true;
  char *line = NULL;
  if (asprintf(&line, "%s:%s:%s", transfer->target.host, transfer->target.port,
               addresses) < 0)
    return false;
  bool added = add_line(&transfer->resolve, line);
  free(line);
  return added;
}

/* libcurl calls this when the connection stands and the request is about to leave. */
static int on_leaving(void *context, char *peer, char *local, int peer_port,
                      int local_port) {
  (void)peer, (void)local, (void)peer_port, (void)local_port;
  struct http_transfer *transfer = context;
  transfer->sent = true;
  fault_point("request");
  return CURL_PREREQFUNC_OK;
}

/* What the host starts meanwhile must not hold the connection. */
static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address) {
  (void)context, (void)purpose;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static long milliseconds(double seconds) {
  return seconds > 0 ? (long)(seconds * 1000) + 1 : 1; /* 0 would mean no limit */
}

#define SET(option, value)                                                               \
  do {                                                                                   \
    CURLcode wrong = curl_easy_setopt(easy, option, value);                              \
    if (wrong) return false;                                                             \
  } while (0)

static bool set_way(struct http_transfer *transfer) {
  CURL *easy = transfer->easy;
  SET(CURLOPT_URL, transfer->request->url);
  SET(CURLOPT_PROTOCOLS_STR, "http,https");
  SET(CURLOPT_FOLLOWLOCATION, 0L);
  SET(CURLOPT_PROXY, ""); /* what is reached is set by settings, not by http_proxy */
  SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1); /* no stream holds up others */
  SET(CURLOPT_SSL_VERIFYPEER, 1L);
  SET(CURLOPT_SSL_VERIFYHOST, 2L);
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
  SET(CURLOPT_QUICK_EXIT, 1L); /* should libcurl look a name up, never wait for it */
  SET(CURLOPT_RESOLVE, transfer->resolve);
  SET(CURLOPT_FRESH_CONNECT, (long)transfer->request->fresh);
  SET(CURLOPT_FORBID_REUSE, (long)transfer->request->fresh);
  return true;
}

static bool set_limits(struct http_transfer *transfer) {
  CURL *easy = transfer->easy;
  double age = http_transfer_age(transfer);
  double backup = transfer->request->deadline - age + 1; /* our clock comes first */
  SET(CURLOPT_TIMEOUT_MS, milliseconds(backup));
  SET(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(transfer->request->connect_timeout - age));
  return http_gathered_attach(&transfer->gathered, easy,
                              transfer->request->answer_limit) == CURLE_OK;
}

/* POSTFIELDS carries a body under any method. POST, PUT and PATCH have one even when it
 * is empty, so that Content-Length: 0 is sent. */
static bool set_message(struct http_transfer *transfer) {
  CURL *easy = transfer->easy;
  const struct http_request *request = transfer->request;
  const char *method = request->method;
  bool empty_body = strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
                    strcmp(method, "PATCH") == 0;
  if (strcmp(method, "HEAD") == 0) SET(CURLOPT_NOBODY, 1L);
  if (request->body || empty_body) {
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
    SET(CURLOPT_POSTFIELDS, request->body ? request->body : "");
  }
  SET(CURLOPT_CUSTOMREQUEST, method);
  SET(CURLOPT_USERAGENT, "outdial");
  SET(CURLOPT_HTTPHEADER, transfer->headers);
  return true;
}

bool http_transfer_prepare(struct http_transfer *transfer, const char *addresses) {
  CURL *easy = transfer->easy;
  if (!list_headers(transfer) || !list_addresses(transfer, addresses)) return false;
  SET(CURLOPT_PRIVATE, transfer);
  SET(CURLOPT_ERRORBUFFER, transfer->reason);
  SET(CURLOPT_PREREQFUNCTION, on_leaving);
  SET(CURLOPT_PREREQDATA, transfer);
  return set_way(transfer) && set_limits(transfer) && set_message(transfer);
}

static const char *advice(const char *code) {
  static const struct {
    const char *code, *advice;
  } table[] = {
      {"resolve", "check the host's name and the name servers"},
      {"refused", "check the address and that the service is up"},
      {"tls", "check the address and the service's certificate"},
      {"timeout", "the service or the way to it is too slow"},
      {"cut", "the service or the way to it broke off"},
      {"too_large", "the service answers more than is taken"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (strcmp(table[i].code, code) == 0) return table[i].advice;
  return NULL;
}

void http_transfer_fail(struct http_transfer *transfer, const char *code,
                        const char *reason) {
  const char *hint = advice(code);
  transfer->failed = true;
  transfer->failure.sent = transfer->sent;
  error_set(&transfer->failure.error, code, "%s %s: %.200s%s%s",
            transfer->request->method, transfer->target.shown, reason, hint ? "; " : "",
            hint ? hint : "");
}

void http_transfer_time_out(struct http_transfer *transfer) {
  const char *waited_for = transfer->state == LOOKING_UP ? "the name was not found"
                           : transfer->sent              ? "there was no whole answer"
                                            : "the request could not be sent";
  char reason[80];
  snprintf(reason, sizeof reason, "%s within %.3g s", waited_for,
           transfer->state == LOOKING_UP ? transfer->request->connect_timeout
                                         : transfer->request->deadline);
  http_transfer_fail(transfer, "timeout", reason);
}

static const char *code_of(const struct http_transfer *transfer, CURLcode result) {
  switch (result) {
  case CURLE_WRITE_ERROR:
    return transfer->gathered.too_large ? "too_large" : "internal";
  case CURLE_URL_MALFORMAT:
    return "invalid";
  case CURLE_COULDNT_RESOLVE_HOST:
    return "resolve";
  case CURLE_COULDNT_CONNECT:
    return "refused";
  case CURLE_OPERATION_TIMEDOUT:
    return "timeout";
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_INVALIDCERTSTATUS:
  case CURLE_PEER_FAILED_VERIFICATION:
    return "tls";
  case CURLE_OUT_OF_MEMORY: /* also said of a header line over 100 kB */
    return transfer->sent ? "too_large" : "internal";
  case CURLE_FAILED_INIT:
  case CURLE_ABORTED_BY_CALLBACK:
    return "internal";
  default:
    return "cut"; /* among them an answer that is no HTTP */
  }
}

static const char *reason_of(const struct http_transfer *transfer, CURLcode result) {
  if (transfer->gathered.too_large) return "the answer is too large";
  return transfer->reason[0] ? transfer->reason : curl_easy_strerror(result);
}

void http_transfer_conclude(struct http_transfer *transfer, CURLcode result) {
  fault_point("answer");
  if (result != CURLE_OK)
    http_transfer_fail(transfer, code_of(transfer, result), reason_of(transfer, result));
  else if (!transfer->gathered.whole_head)
    http_transfer_fail(transfer, "cut", "the answer ends inside its headers");
  else if (!http_gathered_answer(&transfer->gathered, transfer->easy, &transfer->answer))
    http_transfer_fail(transfer, "internal", "out of memory for the answer's headers");
}
