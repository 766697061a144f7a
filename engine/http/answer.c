#include "http/answer.h"

#include <stdlib.h>
#include <string.h>

enum {
  LINES_LIMIT = 200,       /* header lines */
  HEADERS_LIMIT = 64 << 10 /* bytes of header lines together */
};

/* libcurl hands out what a chunked or endless answer holds, so this is the real cap. */
static size_t on_body(char *bytes, size_t size, size_t count, void *context) {
  struct http_gathered *gathered = context;
  if (buffer_append(&gathered->body, bytes, size * count)) return size * count;
  gathered->too_large = true;
  return 0;
}

static bool is_blank(const char *line, size_t length) {
  return length <= 2 && (line[0] == '\n' || line[0] == '\r');
}

/* Only counts: the headers are taken from libcurl at the end, without those of interim
 * answers and trailers. libcurl 7.88 calls a head that is cut off whole and its
 * connection good, so its end is watched for here. */
static size_t on_header(char *line, size_t size, size_t count, void *context) {
  struct http_gathered *gathered = context;
  size_t length = size * count;
  gathered->header_bytes += length;
  gathered->header_lines++;
  gathered->too_large =
      gathered->header_bytes > HEADERS_LIMIT || gathered->header_lines > LINES_LIMIT;
  if (length > 5 && memcmp(line, "HTTP/", 5) == 0)
    gathered->whole_head = false;
  else if (is_blank(line, length))
    gathered->whole_head = true;
  return gathered->too_large ? 0 : length;
}

CURLcode http_gathered_attach(struct http_gathered *gathered, CURL *easy,
                              size_t body_limit) {
  gathered->body.limit = body_limit;
  CURLcode wrong = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  if (!wrong) wrong = curl_easy_setopt(easy, CURLOPT_WRITEDATA, gathered);
  if (!wrong) wrong = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  if (!wrong) wrong = curl_easy_setopt(easy, CURLOPT_HEADERDATA, gathered);
  return wrong;
}

static struct curl_header *next_header(CURL *easy, struct curl_header *last) {
  return curl_easy_nextheader(easy, CURLH_HEADER, -1, last);
}

static bool allocate_headers(struct http_gathered *gathered, CURL *easy) {
  size_t text = 0;
  struct curl_header *header = NULL;
  while ((header = next_header(easy, header))) {
    text += strlen(header->name) + strlen(header->value) + 2;
    gathered->header_count++;
  }
  if (!gathered->header_count) return true;
  gathered->headers = malloc(gathered->header_count * sizeof *gathered->headers + text);
  if (!gathered->headers) gathered->header_count = 0;
  return gathered->headers != NULL;
}

/* ASCII's, whatever the locale. */
static char small(char letter) {
  return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static void fill_headers(struct http_gathered *gathered, CURL *easy) {
  char *room = (char *)(gathered->headers + gathered->header_count);
  struct curl_header *header = NULL;
  for (size_t i = 0; i < gathered->header_count; i++) {
    header = next_header(easy, header);
    gathered->headers[i].name = room;
    for (const char *from = header->name; *from; from++) *room++ = small(*from);
    *room++ = '\0';
    gathered->headers[i].value = room;
    room = stpcpy(room, header->value) + 1;
  }
}

bool http_gathered_answer(struct http_gathered *gathered, CURL *easy,
                          struct http_answer *answer) {
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (!allocate_headers(gathered, easy)) return false;
  fill_headers(gathered, easy);
  *answer = (struct http_answer){.status = (int)status,
                                 .headers = gathered->headers,
                                 .header_count = gathered->header_count,
                                 .body = buffer_string(&gathered->body),
                                 .body_length = gathered->body.length};
  return true;
}

void http_gathered_free(struct http_gathered *gathered) {
  free(gathered->headers);
  buffer_free(&gathered->body);
}

const char *http_header_find(const struct http_answer *answer, const char *name) {
  for (size_t i = 0; i < answer->header_count; i++)
    if (strcmp(answer->headers[i].name, name) == 0) return answer->headers[i].value;
  return NULL;
}
