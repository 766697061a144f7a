#include "http/ask.h"

#include <curl/curl.h>
#include <errno.h>

enum {
  CONNECT_SECONDS = 5,
  ANSWER_SECONDS = 120, /* a provider may be asked meanwhile */
};

static size_t on_body(char *bytes, size_t size, size_t count, void *context) {
  return buffer_append(context, bytes, size * count) ? size * count : 0;
}

static struct curl_slist *headers_of(const struct http_ask *ask) {
  struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json");
  for (const char *const *header = ask->headers; header && *header; header++)
    list = curl_slist_append(list, *header);
  return list;
}

static void set_up(CURL *easy, const struct http_ask *ask, struct curl_slist *headers,
                   struct buffer *body) {
  curl_easy_setopt(easy, CURLOPT_URL, ask->url);
  curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, ask->socket);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, ask->method);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, ask->body);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* whatever the environment says */
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)ANSWER_SECONDS);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
}

static void refuse(CURL *easy, const struct http_ask *ask, CURLcode code,
                   struct error *error) {
  long number = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
  bool denied = number == EACCES; /* somebody may well listen */
  /* To resolve: a socket's path that is longer than any can be. */
  bool nobody =
      (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST) && !denied;
  error_set(error, nobody ? "unreachable" : "connection", "%s: %s",
            ask->socket ? ask->socket : ask->url,
            denied ? "this user may not ask there; the one that the engine runs as may"
                   : curl_easy_strerror(code));
}

int http_ask(const struct http_ask *ask, struct buffer *body, struct error *error) {
  CURL *easy = curl_easy_init();
  struct curl_slist *headers = headers_of(ask);
  long status = 0;
  if (easy && headers) {
    set_up(easy, ask, headers, body);
    CURLcode code = curl_easy_perform(easy);
    if (code == CURLE_OK)
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    else
      refuse(easy, ask, code, error);
  } else {
    error_set(error, "memory", "out of memory for a request");
  }
  curl_slist_free_all(headers);
  curl_easy_cleanup(easy);
  return (int)status;
}
