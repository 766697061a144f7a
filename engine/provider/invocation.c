#include "provider/invocation.h"

#include "provider/internal.h"
#include "timer/timer.h"

#include <stdlib.h>

struct invocation {
  struct provider *provider;
  struct edition *edition;
  struct task *task;
  struct timer *start; /* a turn of the loop later, so that done is never called inside */
  struct timer *deadline;
  json_t *args;
  struct invocation_plan plan;
  invocation_permit_fn permit; /* who waits for the intent to be on disk */
  void *permit_context;
  bool submitted;
};

static void invocation_free(struct invocation *invocation) {
  timer_cancel(invocation->start);
  timer_cancel(invocation->deadline);
  json_decref(invocation->args);
  task_free(invocation->task);
  if (invocation->edition) provider_leave(invocation->provider, invocation->edition);
  free(invocation);
}

static void over(void *owner, json_t *values, const struct error *error) {
  struct invocation *invocation = owner;
  struct error shown = error ? *error : (struct error){0};
  json_t *told = NULL;
  if (error)
    provider_redact_error(invocation->provider, &shown);
  else
    told = provider_redact_results(invocation->provider, values);
  invocation->plan.done(invocation->plan.context, told, error ? &shown : NULL);
  json_decref(told);
  invocation_free(invocation);
}

static void out_of_time(void *context) {
  struct invocation *invocation = context;
  invocation->deadline = NULL;
  struct error error;
  error_set(&error, "timeout", "%s: %s took longer than %g s",
            provider_name(invocation->provider), invocation->plan.function,
            invocation->plan.deadline);
  over(invocation, NULL, &error);
}

static void start(void *context) {
  struct invocation *invocation = context;
  struct ev_loop *loop = provider_loop(invocation->provider);
  json_t *args = invocation->args;
  invocation->start = NULL;
  if (!pace_allows(provider_pace(invocation->provider), loop))
    invocation->start = timer_after(loop, 0, start, invocation);
  if (invocation->start) return;
  invocation->args = NULL;
  task_start(invocation->task, args);
}

struct invocation *invocation_begin(struct provider *provider,
                                    const struct invocation_plan *plan,
                                    struct error *error) {
  struct invocation *invocation = calloc(1, sizeof *invocation);
  json_t *args = json_pack("[s, o, O]", plan->function, plan->subject,
                           edition_settings(provider_newest(provider)));
  if (!invocation || !args) goto memory;
  invocation->provider = provider;
  invocation->edition = provider_enter(provider);
  invocation->plan = *plan;
  invocation->args = args;
  const struct providers_plan *providers = provider_plan(provider);
  struct task_plan task = {
      .kinds = providers->op_kinds,
      .parts = providers->parts,
      .owner = invocation,
      .over = over,
  };
  invocation->task =
      script_task(edition_script(invocation->edition), "call", &task, error);
  if (!invocation->task) goto failed;
  struct ev_loop *loop = provider_loop(provider);
  invocation->start = timer_after(loop, 0, start, invocation);
  if (plan->deadline > 0)
    invocation->deadline = timer_after(loop, plan->deadline, out_of_time, invocation);
  if (invocation->start) return invocation;
memory:
  error_set(error, "memory", "out of memory for %s", provider_name(provider));
  if (!invocation) json_decref(args);
failed:
  if (invocation) invocation_free(invocation);
  return NULL;
}

void invocation_cancel(struct invocation *invocation) {
  if (invocation) invocation_free(invocation);
}

struct provider *invocation_provider(const struct invocation *invocation) {
  return invocation->provider;
}

bool invocation_submitted(const struct invocation *invocation) {
  return invocation->submitted;
}

struct park *invocation_park(const struct invocation *invocation) {
  return edition_park(invocation->edition);
}

const struct buffer *invocation_replay(const struct invocation *invocation) {
  return invocation->plan.replay;
}

bool invocation_intent(struct invocation *invocation, const char *body, size_t length,
                       invocation_permit_fn permit, void *context) {
  if (!invocation->plan.intent) return false;
  invocation->permit = permit;
  invocation->permit_context = context;
  invocation->plan.intent(invocation->plan.context, invocation, body, length);
  return true;
}

void invocation_permit(struct invocation *invocation, const struct error *error) {
  invocation_permit_fn permit = invocation->permit;
  invocation->permit = NULL;
  if (!error) invocation->submitted = true;
  if (permit) permit(invocation->permit_context, error);
}
