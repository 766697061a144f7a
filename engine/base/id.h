/* Identifiers: webhook tokens, call and run ids, content digests. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  ID_TOKEN_SIZE = 33,  /* 128 bits in hex and a NUL */
  ID_UUID_SIZE = 37,   /* RFC 9562 text form and a NUL */
  ID_RUN_SIZE = 13,    /* 60 bits in base 32 and a NUL; short enough to type */
  ID_DIGEST_SIZE = 65, /* SHA-256 in hex and a NUL */
};

/* Fills bytes from the kernel's random source; false only if the kernel has none. */
bool id_random(void *bytes, size_t length);

/* Each makes a fresh random identifier; false as id_random. */
bool id_token(char out[ID_TOKEN_SIZE]);
bool id_uuid(char out[ID_UUID_SIZE]);
bool id_run(char out[ID_RUN_SIZE]);

/* Compares two strings in time that depends on their lengths only, for secrets. */
bool id_equal(const char *a, const char *b);

/* SHA-256 of the bytes, in lower-case hex. */
void id_digest(const void *bytes, size_t length, char out[ID_DIGEST_SIZE]);

#endif
