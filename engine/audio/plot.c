/* The waveform as a drawing, with what was found marked on it. */
#include "audio/audio.h"
#include "audio/mixdown.h"
#include "audio/svg.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
  COLUMNS = 1000, /* of the waveform */
  LEFT = 50,
  TOP = 70,
  HALF = 100, /* pixels of full scale */
  LINE = 18,  /* pixels of a line of text */
  TICKS_MOST = 10,
};

static const char style[] =
    "<style>svg{background:#fff;font:13px sans-serif}text{fill:#333}"
    ".title{font-weight:bold;font-size:15px}.axis{fill:#888;font-size:11px}"
    ".wave{fill:#2a6fb0}.rule{stroke:#ccc}"
    ".band{fill:#999;fill-opacity:.25}.band.clipped,.band.dropout{fill:#d22;"
    "fill-opacity:.35}.refused{fill:#c11}.warning{fill:#a60}.good{fill:#171}"
    "@media(prefers-color-scheme:dark){svg{background:#181a1b}text{fill:#ddd}"
    ".wave{fill:#6fb1ee}.rule{stroke:#444}.warning{fill:#fb4}.good{fill:#6d6}}</style>\n";

struct plot {
  const struct audio_report *report;
  struct buffer svg;
  uint64_t position;
  float low[COLUMNS], high[COLUMNS];
};

static bool take(void *context, const float *mono, size_t count) {
  struct plot *plot = context;
  for (size_t i = 0; i < count; i++, plot->position++) {
    uint64_t column = plot->position * COLUMNS / plot->report->frames;
    if (column >= COLUMNS) column = COLUMNS - 1;
    plot->low[column] = fminf(plot->low[column], mono[i]);
    plot->high[column] = fmaxf(plot->high[column], mono[i]);
  }
  return true;
}

static double across(const struct plot *plot, double seconds) {
  return LEFT + seconds / plot->report->duration * COLUMNS;
}

static double down(float sample) {
  return TOP + HALF - fmax(-1, fmin(1, (double)sample)) * HALF;
}

static void draw_head(struct plot *plot, const char *name) {
  const struct audio_report *report = plot->report;
  char line[200];
  double height = TOP + 2 * HALF + 40 + LINE * (double)(report->warning_count + 1);
  buffer_printf(&plot->svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\">\n",
                COLUMNS + 2 * LEFT, height);
  buffer_text(&plot->svg, style);
  svg_label(&plot->svg, LEFT, 24, "title", name);
  snprintf(line, sizeof line,
           "%s, %s, %d Hz, %d channel%s, %.2f s, %.1f LUFS, peak %.1f dB",
           report->container, report->codec, report->rate, report->channels,
           report->channels == 1 ? "" : "s", report->duration, report->measures.level,
           report->measures.peak);
  svg_label(&plot->svg, LEFT, 46, "axis", line);
}

static void draw_band(struct plot *plot, const char *kind, double start, double end) {
  double left = across(plot, start), width = across(plot, end) - left;
  buffer_printf(&plot->svg,
                "<rect class=\"band %s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" "
                "height=\"%d\"><title>%s, %.2f s to %.2f s</title></rect>\n",
                kind, left, TOP, fmax(width, 2), 2 * HALF, kind, start, end);
}

/* Every place that is known of a mark; of the rest, the place the warning names. */
static void draw_bands(struct plot *plot) {
  const struct audio_measures *heard = &plot->report->measures;
  for (size_t i = 0; i < heard->mark_count; i++)
    draw_band(plot, heard->marks[i].code, heard->marks[i].start, heard->marks[i].end);
  for (size_t i = 0; i < plot->report->warning_count; i++) {
    const struct audio_finding *found = &plot->report->warnings[i];
    bool marked = !strcmp(found->code, "clipped") || !strcmp(found->code, "dropout");
    if (found->end > 0 && !marked) draw_band(plot, found->code, found->start, found->end);
  }
}

static void draw_wave(struct plot *plot) {
  struct buffer *svg = &plot->svg;
  for (int level = -1; level <= 1; level++)
    buffer_printf(svg, "<path class=\"rule\" d=\"M%d %d h%d\"/>\n", LEFT,
                  TOP + HALF - level * HALF, COLUMNS);
  buffer_text(svg, "<path class=\"wave\" d=\"M");
  for (int i = 0; i < COLUMNS; i++)
    buffer_printf(svg, "%d %.1f ", LEFT + i, down(plot->high[i]) - 0.4);
  for (int i = COLUMNS; i-- > 0;)
    buffer_printf(svg, "%d %.1f ", LEFT + i, down(plot->low[i]) + 0.4);
  buffer_text(svg, "Z\"/>\n");
}

/* 1, 2 or 5 times a power of ten, so that few enough fit. */
static double tick_step(double duration) {
  static const double factors[] = {1, 2, 5};
  double power = pow(10, floor(log10(duration / TICKS_MOST)));
  for (int i = 0; i < 3; i++)
    if (duration / (factors[i] * power) <= TICKS_MOST) return factors[i] * power;
  return 10 * power;
}

static void draw_axis(struct plot *plot) {
  double duration = plot->report->duration, step = tick_step(duration);
  char label[32];
  for (int i = 0; i <= TICKS_MOST && i * step <= duration; i++) {
    snprintf(label, sizeof label, "%g s", i * step);
    svg_label(&plot->svg, across(plot, i * step), TOP + 2 * HALF + 16, "axis", label);
  }
}

static void draw_findings(struct plot *plot) {
  const struct audio_report *report = plot->report;
  double y = TOP + 2 * HALF + 44;
  if (report->warning_count == 0)
    svg_label(&plot->svg, LEFT, y, "good", "nothing to complain about");
  for (size_t i = 0; i < report->warning_count; i++, y += LINE) {
    char line[300];
    snprintf(line, sizeof line, "%s: %s", report->warnings[i].code,
             report->warnings[i].message);
    svg_label(&plot->svg, LEFT, y, "warning", line);
  }
  buffer_text(&plot->svg, "</svg>\n");
}

static bool write_out(const struct buffer *svg, const char *out, struct error *error) {
  FILE *file = fopen(out, "wbe");
  bool good = file && fwrite(svg->data, 1, svg->length, file) == svg->length;
  if (file && fclose(file) != 0) good = false;
  if (good) return true;
  int cause = errno;
  if (file) unlink(out);
  return error_set(error, "unwritable", "%s can't be written: %s", out, strerror(cause));
}

static bool draw(struct recording *recording, struct audio_report *report,
                 const char *name, const char *out, struct error *error) {
  struct plot plot = {.report = report};
  bool good = mixdown(recording, take, &plot, report);
  if (!good) return error_set(error, report->reason, "%s", report->message);
  draw_head(&plot, name);
  draw_bands(&plot);
  draw_wave(&plot);
  draw_axis(&plot);
  draw_findings(&plot);
  good = plot.svg.failed ? error_set(error, "memory", "out of memory; try again later")
                         : write_out(&plot.svg, out, error);
  buffer_free(&plot.svg);
  return good;
}

bool audio_plot(const char *in, const char *out, const struct audio_options *options,
                struct error *error) {
  struct recording recording;
  struct audio_report report;
  if (!mixdown_open(&recording, in, out, options, &report, error)) return false;
  const char *slash = strrchr(in, '/');
  bool good = draw(&recording, &report, slash ? slash + 1 : in, out, error);
  recording_close(&recording);
  return good;
}
