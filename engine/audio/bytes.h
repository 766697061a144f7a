/* Numbers out of a file's bytes. */
#ifndef AUDIO_BYTES_H
#define AUDIO_BYTES_H

#include <stdint.h>

static inline uint16_t bytes_le16(const unsigned char *at) {
  return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint16_t bytes_be16(const unsigned char *at) {
  return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t bytes_le32(const unsigned char *at) {
  return (uint32_t)bytes_le16(at + 2) << 16 | bytes_le16(at);
}

static inline uint32_t bytes_be32(const unsigned char *at) {
  return (uint32_t)bytes_be16(at) << 16 | bytes_be16(at + 2);
}

#endif
