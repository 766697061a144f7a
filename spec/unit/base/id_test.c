#include "base/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void consists_of(const char *text, const char *alphabet, size_t length) {
  assert_int_equal(strlen(text), length);
  assert_int_equal(strspn(text, alphabet), length);
}

static void tokens_are_128_bits_in_hex_and_differ(void **state) {
  (void)state;
  char one[ID_TOKEN_SIZE], other[ID_TOKEN_SIZE];
  assert_true(id_token(one));
  assert_true(id_token(other));
  consists_of(one, "0123456789abcdef", 32);
  assert_string_not_equal(one, other);
}

static void uuids_are_version_4(void **state) {
  (void)state;
  char uuid[ID_UUID_SIZE], other[ID_UUID_SIZE];
  for (int i = 0; i < 100; i++) {
    assert_true(id_uuid(uuid));
    consists_of(uuid, "0123456789abcdef-", 36);
    for (int dash = 0; dash < 4; dash++) assert_int_equal(uuid[8 + 5 * dash], '-');
    assert_int_equal(uuid[14], '4');
    assert_non_null(strchr("89ab", uuid[19]));
  }
  assert_true(id_uuid(other));
  assert_string_not_equal(uuid, other);
}

static void run_ids_have_no_letter_to_misread(void **state) {
  (void)state;
  char run[ID_RUN_SIZE], other[ID_RUN_SIZE];
  for (int i = 0; i < 100; i++) {
    assert_true(id_run(run));
    consists_of(run, "0123456789abcdefghjkmnpqrstvwxyz", 12);
  }
  assert_true(id_run(other));
  assert_string_not_equal(run, other);
}

static void random_fills_all_of_a_large_block(void **state) {
  (void)state;
  static unsigned char bytes[100000];
  assert_true(id_random(bytes, sizeof bytes));
  size_t tail = 0;
  for (size_t i = sizeof bytes - 64; i < sizeof bytes; i++) tail += bytes[i];
  assert_true(tail > 0);
}

static void equal_means_same_length_and_bytes(void **state) {
  (void)state;
  assert_true(id_equal("", ""));
  assert_true(id_equal("secret", "secret"));
  assert_false(id_equal("secret", "secreT"));
  assert_false(id_equal("secret", "secrets"));
  assert_false(id_equal("secrets", "secret"));
  assert_false(id_equal("", "s"));
}

/* The vectors of FIPS 180-2, appendix B. */
static void digest_is_sha_256(void **state) {
  (void)state;
  char digest[ID_DIGEST_SIZE];
  id_digest("abc", 3, digest);
  assert_string_equal(digest,
                      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  id_digest("", 0, digest);
  assert_string_equal(digest,
                      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tokens_are_128_bits_in_hex_and_differ),
      cmocka_unit_test(uuids_are_version_4),
      cmocka_unit_test(run_ids_have_no_letter_to_misread),
      cmocka_unit_test(random_fills_all_of_a_large_block),
      cmocka_unit_test(equal_means_same_length_and_bytes),
      cmocka_unit_test(digest_is_sha_256),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
