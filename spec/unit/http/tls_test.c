/* TLS: whom the client trusts, and that nothing leaves before it does. The services are
 * openssl's own, with certificates made here. */
#include "http/fixture.h"
#include "http/names.h"

#include <curl/curl.h>

static char folder[] = "/tmp/outdial-tls-XXXXXX";
static char certificate[64], key[64];
static bool trusted; /* whether the client's libcurl is told to trust the certificate */

/* The client's handles pass through here, for there is no setting for a CA of one's own.
 */
typedef CURL *(*init_fn)(void);

__attribute__((visibility("default"))) CURL *curl_easy_init(void) {
  CURL *easy = ((init_fn)dlsym(RTLD_NEXT, "curl_easy_init"))();
  if (trusted) curl_easy_setopt(easy, CURLOPT_CAINFO, certificate);
  return easy;
}

static int make_certificate(void **state) {
  (void)state;
  if (!mkdtemp(folder)) return -1;
  snprintf(certificate, sizeof certificate, "%s/certificate.pem", folder);
  snprintf(key, sizeof key, "%s/key.pem", folder);
  char command[400];
  snprintf(command, sizeof command,
           "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
           "-subj /CN=service.test -addext subjectAltName=DNS:service.test "
           "-keyout %s -out %s 2>/dev/null",
           key, certificate);
  return system(command);
}

static int remove_certificate(void **state) {
  (void)state;
  unlink(certificate);
  unlink(key);
  return rmdir(folder);
}

/* Takes one connection, then ends. */
static FILE *serve_tls(unsigned *port) {
  char command[400], line[200];
  snprintf(command, sizeof command,
           "exec openssl s_server -accept 127.0.0.1:0 -naccept 1 -www -cert %s -key %s "
           "</dev/null 2>/dev/null",
           certificate, key);
  FILE *service = popen(command, "re");
  assert_non_null(service);
  while (fgets(line, sizeof line, service))
    if (sscanf(line, "ACCEPT 127.0.0.1:%u", port) == 1) return service;
  fail_msg("openssl s_server did not start");
  return NULL;
}

static struct outcome fetch_from(struct fixture *fixture, const char *host,
                                 bool with_trust) {
  unsigned port;
  FILE *service = serve_tls(&port);
  char url[64];
  snprintf(url, sizeof url, "https://%s:%u/", host, port);
  trusted = with_trust;
  struct outcome outcome =
      fetch(fixture, &(struct http_request){.url = url, .fresh = true});
  trusted = false;
  char rest[4096];
  while (fread(rest, 1, sizeof rest, service)) continue;
  pclose(service);
  return outcome;
}

static void a_trusted_service_answers(void **state) {
  struct outcome outcome = fetch_from(*state, "service.test", true);
  assert_int_equal(outcome.status, 200);
  assert_true(outcome.body.length > 0);
  outcome_free(&outcome);
}

static void an_unknown_issuer_is_refused(void **state) {
  struct outcome outcome = fetch_from(*state, "service.test", false);
  outcome_is_failure(&outcome, "tls", false);
  assert_non_null(strstr(outcome.failure.error.message, "self-signed"));
}

static void another_hosts_certificate_is_refused(void **state) {
  struct outcome outcome = fetch_from(*state, "127.0.0.1", true);
  outcome_is_failure(&outcome, "tls", false);
}

static void a_plain_service_is_refused(void **state) {
  struct fixture *fixture = *state;
  static const struct reply script[] = {{.text = "HTTP/1.1 400 Bad Request\r\n\r\n"}};
  SERVE(fixture, script);
  fixture->server->greet = true;
  char url[64];
  snprintf(url, sizeof url, "https://127.0.0.1:%u/", fixture->server->port);
  struct outcome outcome = fetch(fixture, &(struct http_request){.url = url});
  outcome_is_failure(&outcome, "tls", false);
}

static void a_service_that_does_not_greet_ends_at_the_deadline(void **state) {
  struct fixture *fixture = *state;
  static const struct reply script[] = {{.then = KEEP}};
  SERVE(fixture, script);
  char url[64];
  snprintf(url, sizeof url, "https://127.0.0.1:%u/", fixture->server->port);
  struct outcome outcome =
      fetch(fixture, &(struct http_request){.url = url, .deadline = 0.05});
  outcome_is_failure(&outcome, "timeout", false);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SPEC(a_trusted_service_answers),
      SPEC(an_unknown_issuer_is_refused),
      SPEC(another_hosts_certificate_is_refused),
      SPEC(a_plain_service_is_refused),
      SPEC(a_service_that_does_not_greet_ends_at_the_deadline),
  };
  return cmocka_run_group_tests(tests, make_certificate, remove_certificate);
}
