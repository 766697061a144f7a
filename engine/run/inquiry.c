#include "run/inquiry.h"

#include "base/clock.h"
#include "poll/poll.h"
#include "provider/invocation.h"
#include "run/call.h"
#include "run/internal.h"
#include "run/submission.h"

#include <stdlib.h>
#include <string.h>

struct inquiry {
  struct inquiry_plan plan;
  struct poll *poll;
  struct invocation *find;
  struct claim *claim;  /* a call that was found, while it is looked up whose it is */
  json_t *candidates;   /* the calls that may be ours, by their references */
  size_t next;          /* of them */
  double missing_since; /* when the provider first did not know of it; 0: never */
  double apart;         /* seconds that two such answers must lie apart */
};

/* Lives until the store has answered, which may be after the inquiry and the runs. */
struct claim {
  struct errand errand;
  struct inquiry *inquiry; /* NULL: nobody wants to know any more */
};

void inquiry_free(struct inquiry *inquiry) {
  if (!inquiry) return;
  poll_stop(inquiry->poll);
  invocation_cancel(inquiry->find);
  if (inquiry->claim) inquiry->claim->inquiry = NULL;
  json_decref(inquiry->candidates);
  free(inquiry);
}

static const struct runs_plan *runs_plan_for(const struct inquiry *inquiry) {
  return run_plan(call_run(inquiry->plan.call));
}

static bool is_duplicate_safe(const struct inquiry *inquiry, const char *how) {
  const json_t *traits = provider_traits(call_provider(inquiry->plan.call));
  const char *duplicate = json_string_value(json_object_get(traits, "duplicate"));
  return duplicate && strcmp(duplicate, how) == 0 &&
         call_may_be_sent_again(inquiry->plan.call);
}

/* By the clock of a host that has one of its own. */
static double seconds_now(const struct inquiry *inquiry) {
  const struct clock *clock = runs_plan_for(inquiry)->clock;
  return clock ? (double)clock_now(clock) / 1000 : clock_monotonic();
}

/* No such call at the provider. Said twice, far enough apart, and soon enough after the
 * first submission, that is proof. */
static void not_found(struct inquiry *inquiry) {
  double now = seconds_now(inquiry);
  if (inquiry->missing_since == 0) inquiry->missing_since = now;
  bool proof =
      now > inquiry->missing_since && now - inquiry->missing_since >= inquiry->apart;
  if (proof && is_duplicate_safe(inquiry, "query") &&
      inquiry->plan.place(inquiry->plan.context, false))
    return; /* and with it this inquiry is over */
  poll_answer(inquiry->poll, NULL);
}

/* --- a call that was found: is it ours? --- */

static void next_candidate(struct inquiry *inquiry);

static void claim(struct inquiry *inquiry, const json_t *candidate) {
  json_t *event = json_incref((json_t *)candidate);
  inquiry->plan.found(inquiry->plan.context, event); /* it may be gone now */
  json_decref(event);
}

static void owner_read(void *context, const char *json, const struct error *error) {
  struct claim *looked = context;
  struct runs *runs = errand_end(&looked->errand);
  struct inquiry *inquiry = runs ? looked->inquiry : NULL;
  free(looked);
  if (!inquiry) return;
  inquiry->claim = NULL;
  const json_t *candidate = json_array_get(inquiry->candidates, inquiry->next - 1);
  const char *reference = json_string_value(json_object_get(candidate, "reference"));
  json_t *row = json ? json_loads(json, 0, NULL) : NULL;
  const char *owner = json_string_value(json_object_get(row, "call"));
  bool stored = owner && strcmp(owner, call_id(inquiry->plan.call)) != 0;
  json_decref(row);
  if (error)
    poll_answer(inquiry->poll, NULL); /* the store may answer next time */
  else if (stored ||
           directory_has_other(runs_directory(runs), inquiry->plan.call, reference))
    next_candidate(inquiry);
  else
    claim(inquiry, candidate);
}

/* Two calls to one person look the same to a provider that only knows whom it called, so
 * what is known to be another call's is left to that one. */
static void next_candidate(struct inquiry *inquiry) {
  const json_t *candidate = json_array_get(inquiry->candidates, inquiry->next++);
  const char *reference = json_string_value(json_object_get(candidate, "reference"));
  if (!candidate) {
    not_found(inquiry);
    return;
  }
  if (!reference) {
    claim(inquiry, candidate);
    return;
  }
  struct claim *looked = calloc(1, sizeof *looked);
  if (looked) {
    looked->inquiry = inquiry;
    inquiry->claim = looked;
    errand_begin(&looked->errand, call_run(inquiry->plan.call)->runs);
    const char *name = provider_name(call_provider(inquiry->plan.call));
    const char *values[] = {reference, name, NULL};
    if (store_ask(runs_plan_for(inquiry)->store, STORE_REFERENCE, values, owner_read,
                  looked))
      return;
    errand_end(&looked->errand);
    inquiry->claim = NULL;
    free(looked);
  }
  poll_answer(inquiry->poll, NULL);
}

static void answered(void *context, const json_t *results, const struct error *error) {
  struct inquiry *inquiry = context;
  const json_t *answer = json_array_get(results, 0);
  const json_t *known = json_object_get(answer, "found");
  const json_t *several = json_object_get(answer, "candidates");
  inquiry->find = NULL;
  if (error) log_error(runs_plan_for(inquiry)->log, LEVEL_WARNING, error, "%s", "");
  json_decref(inquiry->candidates);
  inquiry->next = 0;
  inquiry->candidates = json_is_array(several) ? json_deep_copy(several)
                                               : json_pack("[O]", (json_t *)answer);
  if (json_is_true(known) && inquiry->candidates)
    next_candidate(inquiry);
  else if (json_is_false(known))
    not_found(inquiry);
  else
    poll_answer(inquiry->poll, NULL);
}

/* --- asking --- */

static void ask(void *context, struct poll *poll, const char *cursor) {
  struct inquiry *inquiry = context;
  struct call *call = inquiry->plan.call;
  (void)cursor;
  if (is_duplicate_safe(inquiry, "checksum")) {
    inquiry->plan.place(inquiry->plan.context, true);
    poll_answer(poll, NULL);
    return;
  }
  struct invocation_plan plan = {
      .function = "find",
      .subject = call_subject(call),
      .deadline = 60,
      .done = answered,
      .context = inquiry,
  };
  if (provider_can(call_provider(call), "find"))
    inquiry->find = invocation_begin(call_provider(call), &plan, NULL);
  else
    json_decref(plan.subject);
  if (!inquiry->find) poll_answer(poll, NULL);
}

static void gave_up(void *context) {
  struct inquiry *inquiry = context;
  struct inquiry_plan plan = inquiry->plan;
  inquiry->poll = NULL;
  inquiry_free(inquiry);
  plan.gave_up(plan.context);
}

struct inquiry *inquiry_start(const struct inquiry_plan *plan) {
  struct provider *provider = call_provider(plan->call);
  const json_t *given = json_object_get(provider_traits(provider), "reconcile");
  struct poll_plan schedule;
  if (!submission_schedule(provider, "reconcile", &schedule)) return NULL;
  struct inquiry *inquiry = calloc(1, sizeof *inquiry);
  if (!inquiry) return NULL;
  inquiry->plan = *plan;
  schedule.clock = runs_plan_for(inquiry)->clock;
  inquiry->apart = json_number_value(json_object_get(given, "apart"));
  inquiry->poll =
      poll_start(runs_plan_for(inquiry)->loop, &schedule, NULL, ask, gave_up, inquiry);
  if (inquiry->poll) return inquiry;
  free(inquiry);
  return NULL;
}
