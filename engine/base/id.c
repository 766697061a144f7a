#include "base/id.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>
#include <sys/random.h>

bool id_random(void *bytes, size_t length) {
  unsigned char *next = bytes;
  while (length) {
    ssize_t got = getrandom(next, length, 0);
    if (got <= 0) return false;
    next += got;
    length -= (size_t)got;
  }
  return true;
}

static void hex(const unsigned char *bytes, size_t length, char *out) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < length; i++) {
    *out++ = digits[bytes[i] >> 4];
    *out++ = digits[bytes[i] & 15];
  }
  *out = '\0';
}

bool id_token(char out[ID_TOKEN_SIZE]) {
  unsigned char bytes[16];
  if (!id_random(bytes, sizeof bytes)) return false;
  hex(bytes, sizeof bytes, out);
  return true;
}

bool id_uuid(char out[ID_UUID_SIZE]) {
  char text[ID_TOKEN_SIZE];
  unsigned char bytes[16];
  if (!id_random(bytes, sizeof bytes)) return false;
  bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40); /* version 4 */
  bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80); /* RFC 9562 variant */
  hex(bytes, sizeof bytes, text);
  static const size_t groups[] = {8, 4, 4, 4, 12};
  const char *from = text;
  for (size_t i = 0; i < 5; i++) {
    memcpy(out, from, groups[i]);
    from += groups[i];
    out += groups[i];
    *out++ = i < 4 ? '-' : '\0';
  }
  return true;
}

bool id_run(char out[ID_RUN_SIZE]) {
  /* Crockford's alphabet: no i, l, o, u to misread. */
  static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  unsigned char bytes[ID_RUN_SIZE - 1];
  if (!id_random(bytes, sizeof bytes)) return false;
  for (size_t i = 0; i < sizeof bytes; i++) out[i] = alphabet[bytes[i] & 31];
  out[sizeof bytes] = '\0';
  return true;
}

bool id_equal(const char *a, const char *b) {
  size_t length = strlen(a);
  return length == strlen(b) && CRYPTO_memcmp(a, b, length) == 0;
}

void id_digest(const void *bytes, size_t length, char out[ID_DIGEST_SIZE]) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(bytes, length, digest);
  hex(digest, sizeof digest, out);
}
