/* How the engine is: for monitors. */
#include "base/buffer.h"
#include "control/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void control_health(const struct demand *demand) {
  control_answer(
      demand->exchange, 200,
      json_pack("{ss, ss}", "status", "ok", "version", demand->control->plan.version));
}

void control_ready(const struct demand *demand) {
  struct store_figures figures;
  const struct runs *runs = demand->control->plan.runs;
  store_measure(demand->control->plan.store, &figures);
  if (runs_are_stopped(runs))
    control_refuse(demand->exchange, 503, "stopping",
                   "the engine is stopping and takes no new work");
  else if (figures.failing)
    control_refuse(demand->exchange, 503, "store",
                   "the store cannot be written; the log says why");
  else if (!runs_are_recovered(runs))
    control_refuse(demand->exchange, 503, "recovering",
                   "the runs that an earlier engine left are being taken up");
  else
    control_answer(demand->exchange, 200, json_pack("{ss}", "status", "ready"));
}

/* --- metrics, as Prometheus reads them --- */

static void put(struct buffer *out, const char *name, const char *type, const char *help,
                uint64_t value) {
  buffer_printf(out,
                "# HELP outdial_%s %s\n# TYPE outdial_%s %s\noutdial_%s %" PRIu64 "\n",
                name, help, name, type, name, value);
}

static void put_runs(struct buffer *out, const struct runs *runs) {
  struct runs_figures figures;
  runs_measure(runs, &figures);
  put(out, "runs_started_total", "counter", "Runs begun since the engine started.",
      figures.started);
  put(out, "runs_in_memory", "gauge", "Runs in memory; the others wait in the store.",
      figures.in_memory);
  buffer_text(out,
              "# HELP outdial_runs_ended_total Runs by what they came to.\n"
              "# TYPE outdial_runs_ended_total counter\n");
  for (size_t i = 0; i < RUNS_ENDS; i++)
    buffer_printf(out, "outdial_runs_ended_total{state=\"%s\"} %" PRIu64 "\n",
                  figures.ended[i].state, figures.ended[i].count);
}

static void put_store(struct buffer *out, const struct store *store) {
  struct store_figures figures;
  store_measure(store, &figures);
  put(out, "store_rows_total", "counter", "Rows written.", figures.rows);
  put(out, "store_commits_total", "counter", "Transactions, each of them synced.",
      figures.commits);
  put(out, "store_rows_waiting", "gauge", "Rows not on disk yet.", figures.waiting);
  put(out, "store_failing", "gauge", "1 while the store cannot be written.",
      figures.failing);
}

static void put_scripts(struct buffer *out, const struct releases *releases) {
  uint64_t broken = 0;
  const struct standing *standing = releases_first(releases);
  for (; standing; standing = standing->next)
    broken += standing->state == STANDING_BROKEN;
  put(out, "scripts_broken", "gauge", "Scripts whose file will not do.", broken);
}

static void put_memory(struct buffer *out) {
  FILE *file = fopen("/proc/self/statm", "r");
  unsigned long pages = 0;
  if (file && fscanf(file, "%*u %lu", &pages) == 1)
    buffer_printf(out,
                  "# HELP process_resident_memory_bytes Memory in use.\n"
                  "# TYPE process_resident_memory_bytes gauge\n"
                  "process_resident_memory_bytes %lu\n",
                  pages * (unsigned long)sysconf(_SC_PAGESIZE));
  if (file) fclose(file);
}

void control_metrics(const struct demand *demand) {
  static const struct http_head head = {
      .status = 200, .type = "text/plain; version=0.0.4; charset=utf-8"};
  const struct control_plan *plan = &demand->control->plan;
  struct buffer text = {0};
  buffer_printf(&text,
                "# HELP outdial_build_info The engine's version.\n"
                "# TYPE outdial_build_info gauge\n"
                "outdial_build_info{version=\"%s\"} 1\n",
                plan->version);
  put_runs(&text, plan->runs);
  put_store(&text, plan->store);
  put_scripts(&text, plan->releases);
  put_memory(&text);
  http_answer_give(demand->exchange, &head, buffer_string(&text), text.length);
  buffer_free(&text);
}
