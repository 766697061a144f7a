/* Memory runs out, once at each allocation on the way of a PIN call: the engine ends with
 * a clean error or goes on, nobody is called twice, and no webhook is turned away for
 * good. What fails is an allocation of the scripts or of the engine itself, for which
 * this program is linked with --wrap; those of libraries succeed.
 *
 * OUTDIAL_THOROUGH=1 takes every allocation of the scripts, OUTDIAL_ALLOCATION=N one. */
#include "program.h"

#include <stdatomic.h>

/* --- memory that runs out --- */

enum owner { NOBODY, SCRIPTS, ENGINE };

static struct scarcity {
  enum owner whose;
  size_t first, last; /* which allocations fail, from 1; 0: none */
  atomic_size_t count;
} scarcity;

static bool fails(enum owner whose) {
  if (scarcity.whose != whose) return false;
  size_t number = atomic_fetch_add(&scarcity.count, 1) + 1;
  return number >= scarcity.first && number <= scarcity.last;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t length);

void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size) {
  return fails(ENGINE) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size) {
  return fails(ENGINE) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size) {
  return fails(ENGINE) ? NULL : __real_realloc(block, size);
}

char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text) {
  return fails(ENGINE) ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t length);
char *__wrap_strndup(const char *text, size_t length) {
  return fails(ENGINE) ? NULL : __real_strndup(text, length);
}

int __wrap_asprintf(char **text, const char *format, ...);
int __wrap_asprintf(char **text, const char *format, ...) {
  if (fails(ENGINE)) return -1;
  va_list list;
  va_start(list, format);
  int length = vasprintf(text, format, list);
  va_end(list);
  return length;
}

/* What shrinks never fails: Lua relies on that. */
static void *resize(void *context, void *block, size_t old_size, size_t size) {
  (void)context;
  if (!size) {
    free(block);
    return NULL;
  }
  if ((!block || size > old_size) && fails(SCRIPTS)) return NULL;
  return __real_realloc(block, size);
}

/* What this program itself needs is always there. */
#define malloc __real_malloc
#define calloc __real_calloc
#define realloc __real_realloc
#include "../http/scripted.h"

/* --- Routee, and the phone of who is called --- */

enum { TELLINGS = 128 };

struct phone {
  struct program program;
  struct scripted *routee;
  struct ev_loop *loop;
  enum { CALLED, ASKED, WRONG, RIGHT, OVER } step;
  char target[256], callback[256]; /* webhook addresses, without the host */
  bool waits;                      /* for the engine's answer */
  struct telling {
    struct phone *phone;
  } tellings[TELLINGS]; /* one for each webhook sent */
  int told;
  bool unknown; /* nobody can know whether the call was placed */
  int tries;
  const struct od_config *config;
  char *story; /* what the store says of the run */
  bool ended;  /* as it says */
  int looks;
};

static const char host[] = "http://127.0.0.1:1";

#define JSON_REPLY(text)                                                                 \
  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" text

static const struct reply *route(const char *text) {
  static const struct reply token = {
      JSON_REPLY("{\"access_token\":\"t\",\"expires_in\":3600}"), CLOSE, 0};
  static const struct reply created = {JSON_REPLY("{\"trackingId\":\"T\"}"), CLOSE, 0};
  static const struct reply nothing = {JSON_REPLY("{\"content\":[]}"), CLOSE, 0};
  if (strstr(text, "/oauth/token")) return &token;
  return strncmp(text, "POST /voice/conversation ", 25) == 0 ? &created : &nothing;
}

static int creations(const struct phone *phone, const char **text) {
  int count = 0;
  for (size_t i = 0; i < phone->routee->seen_count; i++) {
    if (strncmp(phone->routee->seen[i].text, "POST /voice/conversation ", 25) != 0)
      continue;
    count++;
    if (text) *text = phone->routee->seen[i].text;
  }
  return count;
}

/* The address behind a key; false when there is none. */
static bool read_target(const char *text, const char *key, char target[256]) {
  const char *at = strstr(text, key);
  const char *begin = at ? strstr(at, host) : NULL;
  if (!begin) return false;
  begin += sizeof host - 1;
  snprintf(target, 256, "%.*s", (int)strcspn(begin, "\""), begin);
  return true;
}

static void on_answer(void *context, int status, const char *body, size_t length) {
  struct telling *telling = context;
  struct phone *phone = telling->phone;
  if (telling != &phone->tellings[phone->told - 1]) return; /* it was told again since */
  phone->waits = false;
  if (status >= 500) {
    phone->tries++;
    return;
  }
  if (status != 200)
    fail_msg("a webhook was answered with %d %.*s", status, (int)length, body);
  phone->tries = 0;
  snprintf(phone->program.reply, sizeof phone->program.reply, "%.*s", (int)length, body);
  if (phone->step == OVER) return;
  phone->step++;
  if (phone->step < OVER && !read_target(body, "eventUrl", phone->target))
    phone->step = RIGHT; /* no question: the call is to end */
}

static void tell(struct phone *phone, const char *target, const char *body) {
  struct od_webhook webhook = {.size = sizeof webhook,
                               .method = "POST",
                               .target = target,
                               .body = body,
                               .length = strlen(body)};
  phone->waits = true;
  assert_true(phone->told < TELLINGS);
  struct telling *telling = &phone->tellings[phone->told++];
  telling->phone = phone;
  if (od_webhook(phone->program.engine, &webhook, on_answer, telling, NULL)) return;
  phone->waits = false;
  phone->tries++;
}

/* What the store says of the run, to be freed. */
static char *look(struct phone *phone) {
  enum owner whose = scarcity.whose;
  scarcity.whose = NOBODY;
  char *story = od_show_run(phone->config, phone->program.run, NULL);
  scarcity.whose = whose;
  return story;
}

/* An engine that came after this one would know that somebody may have been called, and
 * would not begin anew. */
static void is_known(struct phone *phone) {
  static const char *const parts[] = {"\"kind\":\"result\",\"seq\":1,\"op\":\"call\"",
                                      "\"waiting\":{\"op\":\"place\"",
                                      "\"state\":\"submitting\""};
  char *story = look(phone);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (!story || !strstr(story, parts[i]))
      fail_msg("allocation %zu: called, and the store does not know %s: %s",
               scarcity.first, parts[i], story ? story : "nothing");
  free(story);
}

/* What a provider does next, if anything. */
static void drive(struct phone *phone) {
  static const char collected[] =
      "{\"messageId\":\"M\",\"conversationTrackingId\":\"T\",\"collectedTones\":\"%s\"}";
  const char *create = NULL;
  char body[200];
  if (phone->waits) return;
  if (phone->tries > 20) fail_msg("a webhook is refused again and again");
  switch (phone->step) {
  case CALLED:
    if (!creations(phone, &create)) return;
    is_known(phone);
    if (!read_target(create, "\"callback\"", phone->callback) ||
        !read_target(create, "eventUrl", phone->target))
      fail_msg("allocation %zu: called without an address: %s", scarcity.first, create);
    phone->step = ASKED;
    return;
  case ASKED:
  case WRONG:
    snprintf(body, sizeof body, collected, phone->step == ASKED ? "9,9,9,9" : "1,2,3,4");
    tell(phone, phone->target, body);
    return;
  case RIGHT:
    tell(phone, phone->callback,
         "{\"messageId\":\"M\",\"conversationTrackingId\":\"T\",\"to\":\"+306900000001\","
         "\"status\":{\"name\":\"Completed\",\"updatedDate\":\"d\"}}");
    return;
  case OVER:
    return;
  }
}

static void on_phone_event(void *context, const char *run, const char *event) {
  struct phone *phone = context;
  on_event(&phone->program, run, event);
  if (strstr(event, "\"state\":\"unknown\"")) phone->unknown = true;
}

/* --- one call --- */

static const char *const outcomes[] = {"not begun", "refused", "unknown", "failed",
                                       "completed"};
enum outcome { NOT_BEGUN, REFUSED, UNKNOWN, FAILED, COMPLETED, OUTCOMES };

/* What the store says of the run. The host's event and reply may have found no memory. */
static void on_look(struct ev_loop *loop, ev_timer *timer, int events) {
  (void)loop, (void)events;
  struct phone *phone = timer->data;
  free(phone->story);
  phone->story = look(phone);
  phone->ended = phone->story && !strstr(phone->story, "\"finished\":null");
  phone->waits = false; /* long enough for a provider: it tells again */
  if (++phone->looks < 100) return;
  fail_msg("allocation %zu: nothing happens any more at step %d, behind %s",
           scarcity.first, (int)phone->step, last_event(&phone->program));
}

static void clean(const struct od_error *error) {
  if (!error->code[0] || !error->message[0])
    fail_msg("allocation %zu: an error without words", scarcity.first);
}

/* A run that has not ended has not been dropped either. */
static enum outcome converse(struct phone *phone) {
  ev_timer look;
  ev_timer_init(&look, on_look, 0.2, 0.2);
  look.data = phone;
  ev_timer_start(phone->loop, &look);
  while (!phone->program.finished && !phone->unknown && !phone->ended) {
    ev_run(phone->loop, EVRUN_ONCE);
    drive(phone);
  }
  ev_timer_stop(phone->loop, &look);
  if (phone->unknown) return UNKNOWN;
  const char *report = phone->ended ? phone->story : last_event(&phone->program);
  if (strstr(report, "\"result\":{\"accepted\":true}")) return COMPLETED;
  if (!strstr(report, "\"state\":\"failed\"") || !strstr(report, "\"code\":\""))
    fail_msg("allocation %zu: no clean end: %s, behind the answer %s", scarcity.first,
             report, phone->program.reply);
  return FAILED;
}

static enum outcome start_and_converse(struct phone *phone) {
  struct od_error *error = &phone->program.error;
  const char *params =
      "{\"to\":\"+306900000001\",\"pin\":\"1234\","
      "\"support\":\"+306900000009\"}";
  if (od_run_start(phone->program.engine, "pin", params, on_phone_event, phone,
                   phone->program.run, error))
    return converse(phone);
  clean(error);
  return REFUSED;
}

/* A whole PIN call, from engine to engine's end, in which these allocations fail. */
static enum outcome call_once(enum owner whose, size_t first, size_t last) {
  struct phone phone = {.loop = ev_loop_new(0)};
  char url[64], auth_url[64];
  phone.routee = scripted_start(phone.loop, NULL, 0);
  phone.routee->choose = route;
  snprintf(url, sizeof url, "routee.url=http://127.0.0.1:%u", phone.routee->port);
  snprintf(auth_url, sizeof auth_url, "routee.auth_url=http://127.0.0.1:%u",
           phone.routee->port);
  const char *const settings[] = {"engine.store=memory:scarcity",
                                  "engine.hooks=host",
                                  "engine.public_url=http://127.0.0.1:1",
                                  "engine.scripts=" SCRIPTS_FOLDER,
                                  "routee.app_id=id",
                                  "routee.app_secret=secret",
                                  url,
                                  auth_url,
                                  NULL};
  struct od_allocator allocator = {resize, NULL};
  struct od_config config = {.size = sizeof config,
                             .settings = settings,
                             .loop = phone.loop,
                             .allocator = &allocator};
  phone.config = &config;
  scarcity.whose = whose;
  scarcity.first = first;
  scarcity.last = last;
  atomic_store(&scarcity.count, 0);
  enum outcome outcome = NOT_BEGUN;
  phone.program.engine = od_engine_new(&config, &phone.program.error);
  if (phone.program.engine)
    outcome = start_and_converse(&phone);
  else
    clean(&phone.program.error);
  od_engine_free(phone.program.engine);
  scarcity.whose = NOBODY;
  if (creations(&phone, NULL) > 1) fail_msg("allocation %zu: called twice", first);
  free(phone.story);
  scripted_stop(phone.routee);
  ev_loop_destroy(phone.loop);
  return outcome;
}

/* How many allocations such a call makes. */
static size_t count_of(enum owner whose) {
  assert_int_equal(call_once(whose, 0, 0), COMPLETED);
  return atomic_load(&scarcity.count);
}

/* Each of them fails in turn, with those behind it up to as many; with OUTDIAL_THOROUGH
 * set all of them, else an even sample of the middle and each of the ends. */
static void walk(enum owner whose, size_t failures, size_t most) {
  size_t total = count_of(whose), stride = total / most + 1, tally[OUTCOMES] = {0};
  if (getenv("OUTDIAL_THOROUGH")) stride = 1;
  const char *only = getenv("OUTDIAL_ALLOCATION");
  size_t begin = only ? strtoul(only, NULL, 10) : 1;
  if (only) stride = total;
  for (size_t first = begin; first <= total; first += stride)
    tally[call_once(whose, first, first + failures - 1)]++;
  print_message("%zu allocations, each %zu.:", total, stride);
  for (size_t i = 0; i < OUTCOMES; i++) print_message(" %s %zu", outcomes[i], tally[i]);
  print_message("\n");
}

/* Lua collects its garbage and tries once more. */
static void one_allocation_of_the_scripts_fails(void **state) {
  (void)state;
  walk(SCRIPTS, 1, 20);
}

static void an_allocation_of_the_scripts_and_its_second_try_fail(void **state) {
  (void)state;
  walk(SCRIPTS, 2, 60);
}

static void an_allocation_of_the_engine_fails(void **state) {
  (void)state;
  walk(ENGINE, 1, 400);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_allocation_of_the_scripts_fails),
      cmocka_unit_test(an_allocation_of_the_scripts_and_its_second_try_fail),
      cmocka_unit_test(an_allocation_of_the_engine_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
