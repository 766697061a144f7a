#include "http/target.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PATH_SHOWN = 160 }; /* bytes of a path in messages */

/* An address, or a name that libcurl answers by itself, needs no lookup. */
static bool needs_lookup(const char *host) {
  struct in_addr address;
  if (host[0] == '[' || inet_pton(AF_INET, host, &address) == 1) return false;
  static const char local[] = ".localhost";
  size_t length = strlen(host), tail = sizeof local - 1;
  if (strcasecmp(host, local + 1) == 0) return false;
  return length < tail || strcasecmp(host + length - tail, local) != 0;
}

static char *show(CURLU *parts, const char *scheme, const char *host) {
  char *port = NULL, *path = NULL, *shown = NULL;
  curl_url_get(parts, CURLUPART_PORT, &port, 0); /* absent: the scheme's own */
  curl_url_get(parts, CURLUPART_PATH, &path, 0);
  if (asprintf(&shown, "%s://%s%s%s%.*s", scheme, host, port ? ":" : "", port ? port : "",
               PATH_SHOWN, path ? path : "/") < 0)
    shown = NULL;
  curl_free(port);
  curl_free(path);
  return shown;
}

static bool has_user(CURLU *parts) {
  char *user = NULL, *password = NULL;
  curl_url_get(parts, CURLUPART_USER, &user, 0);
  curl_url_get(parts, CURLUPART_PASSWORD, &password, 0);
  bool has = user || password;
  curl_free(user);
  curl_free(password);
  return has;
}

/* How libcurl would convert other names depends on the process's locale. */
static bool is_ascii(const char *text) {
  while (*text && !(*text & 0x80)) text++;
  return *text == '\0';
}

static bool take(struct http_target *target, CURLU *parts, struct error *error) {
  char *scheme = NULL, *host = NULL, *port = NULL;
  bool ok = false;
  if (curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) ||
      (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)) {
    error_set(error, "invalid", "the URL must begin with http:// or https://");
    goto out;
  }
  if (curl_url_get(parts, CURLUPART_HOST, &host, 0) ||
      curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT)) {
    error_set(error, "invalid", "the URL has no usable host name");
    goto out;
  }
  if (!is_ascii(host)) {
    error_set(error, "invalid", "the URL's host name must be in ASCII (xn--...)");
    goto out;
  }
  *target = (struct http_target){.host = strdup(host),
                                 .port = strdup(port),
                                 .shown = show(parts, scheme, host),
                                 .lookup = needs_lookup(host)};
  ok = target->host && target->port && target->shown;
  if (!ok) error_set(error, "internal", "out of memory");
out:
  curl_free(scheme);
  curl_free(host);
  curl_free(port);
  return ok;
}

bool http_target_parse(struct http_target *target, const char *url, struct error *error) {
  *target = (struct http_target){0};
  CURLU *parts = curl_url();
  if (!parts) return error_set(error, "internal", "out of memory");
  bool ok = false;
  CURLUcode wrong = curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);
  if (wrong)
    error_set(error, "invalid", "the URL cannot be used: %s", curl_url_strerror(wrong));
  else if (has_user(parts))
    error_set(error, "invalid",
              "the URL holds a user name or password; send it in a header instead");
  else
    ok = take(target, parts, error);
  curl_url_cleanup(parts);
  if (!ok) http_target_free(target);
  return ok;
}

void http_target_free(struct http_target *target) {
  free(target->host);
  free(target->port);
  free(target->shown);
  *target = (struct http_target){0};
}
