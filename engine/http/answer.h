/* What comes back, gathered piece by piece under its caps. */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include "base/buffer.h"
#include "http/client.h"

#include <curl/curl.h>

struct http_gathered {
  struct buffer body;
  size_t header_bytes, header_lines; /* so far, all of them */
  struct http_header *headers;       /* one block with their text */
  size_t header_count;
  bool whole_head; /* the blank line after the headers has come */
  bool too_large;  /* a cap was met; the transfer is being broken off */
};

/* Makes the easy handle deliver into *gathered, at most body_limit bytes of body. */
CURLcode http_gathered_attach(struct http_gathered *gathered, CURL *easy,
                              size_t body_limit);

/* After the last byte, of an answer with a whole head: takes status and headers from the
 * handle. The answer points into *gathered. False if out of memory. */
bool http_gathered_answer(struct http_gathered *gathered, CURL *easy,
                          struct http_answer *answer);
void http_gathered_free(struct http_gathered *gathered);

#endif
