#include "provider/invocation.h"

#include "provider/internal.h"
#include "provider/park.h"
#include "timer/timer.h"

#include <stdlib.h>

struct invocation {
  struct provider *provider;
  struct edition *edition; /* NULL until its turn comes, as the task */
  struct task *task;
  struct queued turn;
  struct timer *deadline;
  struct invocation_plan plan; /* subject: NULL once the function has it */
  invocation_permit_fn permit; /* who waits for the intent to be on disk */
  void *permit_context;
  bool submitted;
};

static struct queue *queue_of(const struct invocation *invocation) {
  return provider_queue(invocation->provider, invocation->plan.intent != NULL);
}

static void invocation_free(struct invocation *invocation) {
  timer_cancel(invocation->deadline);
  json_decref(invocation->plan.subject);
  task_free(invocation->task);
  queue_leave(queue_of(invocation), &invocation->turn);
  if (invocation->edition) {
    park_leave(edition_park(invocation->edition), NULL, invocation); /* it was given up */
    provider_leave(invocation->provider, invocation->edition);
  }
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

/* The newest edition's coroutine for it; *args is what that gets. */
static bool enter(struct invocation *invocation, json_t **args, struct error *error) {
  const struct providers_plan *providers = provider_plan(invocation->provider);
  struct task_plan task = {
      .kinds = providers->op_kinds,
      .parts = providers->parts,
      .owner = invocation,
      .over = over,
  };
  invocation->edition = provider_enter(invocation->provider);
  *args = json_pack("[s, O, O]", invocation->plan.function, invocation->plan.subject,
                    edition_settings(invocation->edition));
  json_decref(invocation->plan.subject);
  invocation->plan.subject = NULL;
  if (!*args)
    return error_set(error, "memory", "out of memory for %s",
                     provider_name(invocation->provider));
  invocation->task =
      script_task(edition_script(invocation->edition), "call", &task, error);
  return invocation->task != NULL;
}

static void begin(void *context) {
  struct invocation *invocation = context;
  struct error error;
  json_t *args;
  if (enter(invocation, &args, &error)) {
    task_start(invocation->task, args);
    return;
  }
  json_decref(args);
  over(invocation, NULL, &error);
}

struct invocation *invocation_begin(struct provider *provider,
                                    const struct invocation_plan *plan,
                                    struct error *error) {
  struct invocation *invocation = calloc(1, sizeof *invocation);
  bool timed = plan->deadline > 0;
  if (!invocation || !plan->subject) goto memory;
  if (timed)
    invocation->deadline =
        timer_after(provider_loop(provider), plan->deadline, out_of_time, invocation);
  if (timed && !invocation->deadline) goto memory;
  invocation->provider = provider;
  invocation->plan = *plan;
  invocation->turn = (struct queued){.begin = begin, .context = invocation};
  queue_enter(queue_of(invocation), &invocation->turn);
  return invocation;
memory:
  error_set(error, "memory", "out of memory for %s", provider_name(provider));
  json_decref(plan->subject);
  free(invocation);
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
