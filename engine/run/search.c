/* Finds calls, in memory or in the store. */
#include "run/call.h"
#include "run/due.h"
#include "run/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct search {
  struct errand errand;
  char call[ID_UUID_SIZE];
  char *token;                /* what is looked for, to compare it in constant time */
  char *provider, *reference; /* what is looked for next; may be NULL */
  runs_found_fn found;
  void *context;
};

static void search_free(struct search *search) {
  free(search->token);
  free(search->provider);
  free(search->reference);
  free(search);
}

static void end(struct search *search, struct call *call, const struct error *error) {
  search->found(search->context, call, error);
  search_free(search);
}

static void brought(void *context, struct run *run, const struct error *error) {
  struct search *search = context;
  struct call *call = NULL;
  for (int i = 1; run && !call && i <= run_call_count(run); i++)
    if (strcmp(call_id(run_call(run, i)), search->call) == 0) call = run_call(run, i);
  if (call && search->token && !id_equal(call_token(call), search->token)) call = NULL;
  end(search, call, error);
}

static void read_call(void *context, const char *json, const struct error *error);

static bool ask(struct search *search, struct runs *runs, enum store_question question,
                const char *first, const char *second) {
  const char *values[] = {first, second, NULL};
  errand_begin(&search->errand, runs);
  if (store_ask(runs_plan_of(runs)->store, question, values, read_call, search))
    return true;
  errand_end(&search->errand);
  return false;
}

static void read_call(void *context, const char *json, const struct error *error) {
  struct search *search = context;
  struct runs *runs = errand_end(&search->errand);
  json_t *row = json ? json_loads(json, JSON_ALLOW_NUL, NULL) : NULL;
  const char *run = json_string_value(json_object_get(row, "run"));
  const char *call = json_string_value(json_object_get(row, "call"));
  snprintf(search->call, sizeof search->call, "%s", call ? call : "");
  char *reference = search->reference;
  search->reference = NULL;
  struct error stopped = {.code = "stopped", .message = "the engine has stopped"};
  if (!runs)
    end(search, NULL, &stopped);
  else if (run)
    due_bring(runs_due(runs), run, brought, search);
  else if (error || !reference ||
           !ask(search, runs, STORE_REFERENCE, reference, search->provider))
    end(search, NULL, error);
  free(reference);
  json_decref(row);
}

static struct search *search_new(runs_found_fn found, void *context) {
  struct search *search = calloc(1, sizeof *search);
  if (!search) return NULL;
  search->found = found;
  search->context = context;
  return search;
}

static void out_of_memory(struct search *search, runs_found_fn found, void *context) {
  struct error error;
  error_set(&error, "memory", "out of memory to look for a call");
  if (search) search_free(search);
  found(context, NULL, &error);
}

void runs_find_token(struct runs *runs, const char *token, runs_found_fn found,
                     void *context) {
  struct call *call = directory_of_token(runs_directory(runs), token);
  if (call) {
    found(context, call, NULL);
    return;
  }
  struct search *search = search_new(found, context);
  if (search) search->token = strdup(token);
  if (!search || !search->token || !ask(search, runs, STORE_TOKEN, token, NULL))
    out_of_memory(search, found, context);
}

void runs_find_call(struct runs *runs, const char *provider, const char *id,
                    const char *reference, runs_found_fn found, void *context) {
  const struct directory *directory = runs_directory(runs);
  struct call *call = id ? directory_of_id(directory, provider, id) : NULL;
  if (!call && reference) call = directory_of_reference(directory, provider, reference);
  if (call || (!id && !reference)) {
    found(context, call, NULL);
    return;
  }
  struct search *search = search_new(found, context);
  bool whole = search && (search->provider = strdup(provider));
  if (whole && id && reference) whole = (search->reference = strdup(reference)) != NULL;
  if (!whole || !ask(search, runs, id ? STORE_CALL : STORE_REFERENCE, id ? id : reference,
                     provider))
    out_of_memory(search, found, context);
}
