#include "store/lock.h"

#include "folder.h"

#include <fcntl.h>
#include <sys/wait.h>

static void keeps_a_second_one_of_this_process_off(void **state) {
  struct folder *folder = *state;
  struct lock *lock = lock_take(folder->path, &folder->error);
  assert_non_null(lock);
  assert_null(lock_take(folder->path, &folder->error));
  says(&folder->error, folder->path);
  says(&folder->error, "in use by another engine");
  lock_release(lock);
}

static void names_the_process_that_holds_it(void **state) {
  struct folder *folder = *state;
  struct lock *lock = lock_take(folder->path, &folder->error);
  assert_non_null(lock);
  char process[32];
  snprintf(process, sizeof process, "(process %d)", (int)getpid());
  assert_null(lock_take(folder->path, &folder->error));
  says(&folder->error, process);
  lock_release(lock);
}

static void keeps_another_process_off(void **state) {
  struct folder *folder = *state;
  struct lock *lock = lock_take(folder->path, &folder->error);
  assert_non_null(lock);
  pid_t child = fork();
  if (child == 0) _exit(lock_take(folder->path, NULL) ? 1 : 42);
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(WEXITSTATUS(status), 42);
  lock_release(lock);
}

static void ends_with_the_process_that_held_it(void **state) {
  struct folder *folder = *state;
  pid_t child = fork();
  if (child == 0) {
    if (!lock_take(folder->path, NULL)) _exit(1);
    raise(SIGKILL);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status));
  assert_true(exists(folder->path, "-lock"));
  struct lock *lock = lock_take(folder->path, &folder->error);
  assert_non_null(lock);
  lock_release(lock);
}

static void can_be_taken_again_and_leaves_no_file(void **state) {
  struct folder *folder = *state;
  for (int i = 0; i < 2; i++) {
    struct lock *lock = lock_take(folder->path, &folder->error);
    assert_non_null(lock);
    assert_true(exists(folder->path, "-lock"));
    lock_release(lock);
    assert_false(exists(folder->path, "-lock"));
  }
  lock_release(NULL);
}

static void says_why_it_cannot_be_taken(void **state) {
  struct folder *folder = *state;
  char path[128];
  snprintf(path, sizeof path, "%s/absent/store.db", folder->name);
  assert_null(lock_take(path, &folder->error));
  says(&folder->error, "store.db-lock: No such file or directory");
}

/* Takes the lock so often; a marker that only its holder may have made shows a fault. */
static int fight(const struct folder *folder, int times) {
  char marker[128];
  snprintf(marker, sizeof marker, "%s/marker", folder->name);
  while (times) {
    struct lock *lock = lock_take(folder->path, NULL);
    if (!lock) continue;
    int file = open(marker, O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return 1;
    close(file);
    unlink(marker);
    lock_release(lock);
    times--;
  }
  return 0;
}

static void never_has_two_holders(void **state) {
  enum { FIGHTERS = 4, TIMES = 500 };
  pid_t children[FIGHTERS];
  for (int i = 0; i < FIGHTERS; i++) {
    children[i] = fork();
    if (children[i] == 0) _exit(fight(*state, TIMES));
  }
  for (int i = 0; i < FIGHTERS; i++) {
    int status;
    assert_int_equal(waitpid(children[i], &status, 0), children[i]);
    assert_int_equal(status, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keeps_a_second_one_of_this_process_off),
      cmocka_unit_test(names_the_process_that_holds_it),
      cmocka_unit_test(keeps_another_process_off),
      cmocka_unit_test(ends_with_the_process_that_held_it),
      cmocka_unit_test(can_be_taken_again_and_leaves_no_file),
      cmocka_unit_test(says_why_it_cannot_be_taken),
      cmocka_unit_test(never_has_two_holders),
  };
  return cmocka_run_group_tests(tests, folder_set_up, folder_tear_down);
}
