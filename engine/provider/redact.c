/* A provider's secrets are ${name} wherever people can read. */
#include "provider/internal.h"

#include <stdio.h>
#include <string.h>

/* Each appearance of one text becomes the other. */
static void swap(struct buffer *text, const char *what, const char *by) {
  size_t size = strlen(what), left = text->length;
  const char *from = buffer_string(text), *found;
  struct buffer swapped = {0};
  if (size == 0 || !memmem(from, left, what, size)) return;
  while ((found = memmem(from, left, what, size))) {
    buffer_append(&swapped, from, (size_t)(found - from));
    buffer_text(&swapped, by);
    left -= (size_t)(found - from) + size;
    from = found + size;
  }
  buffer_append(&swapped, from, left);
  buffer_free(text);
  *text = swapped;
}

/* As it stands in JSON, without the quotes. */
static void escape(struct buffer *escaped, const char *value) {
  struct buffer quoted = {0};
  buffer_json(&quoted, value, strlen(value));
  if (quoted.length > 2) buffer_append(escaped, quoted.data + 1, quoted.length - 2);
  buffer_free(&quoted);
}

static void hide(struct buffer *text, const char *value, const char *escaped,
                 const char *mark) {
  swap(text, value, mark);
  swap(text, escaped, mark);
}

static void show(struct buffer *text, const char *value, const char *escaped,
                 const char *mark) {
  (void)value;
  swap(text, mark, escaped);
}

typedef void (*change_fn)(struct buffer *text, const char *value, const char *escaped,
                          const char *mark);

static void each_of(const struct edition *edition, change_fn change,
                    struct buffer *changed) {
  const char *name;
  json_t *rule;
  json_object_foreach (
      json_object_get(script_description(edition_script(edition)), "settings"), name,
      rule) {
    const char *value =
        json_string_value(json_object_get(edition_settings(edition), name));
    if (!value || !json_is_true(json_object_get(rule, "secret"))) continue;
    struct buffer mark = {0}, escaped = {0};
    buffer_printf(&mark, "${%s}", name);
    escape(&escaped, value);
    change(changed, value, buffer_string(&escaped), buffer_string(&mark));
    buffer_free(&mark);
    buffer_free(&escaped);
  }
}

/* What an older version at work knows is no less secret. */
static void each_secret(const struct provider *provider, change_fn change,
                        const char *text, size_t length, struct buffer *out) {
  struct buffer changed = {0};
  buffer_append(&changed, text, length);
  const struct edition *edition = provider_newest(provider);
  for (; edition; edition = edition_before(edition)) each_of(edition, change, &changed);
  buffer_append(out, buffer_string(&changed), changed.length);
  buffer_free(&changed);
}

void provider_redact(const struct provider *provider, const char *text, size_t length,
                     struct buffer *out) {
  each_secret(provider, hide, text, length, out);
}

/* Values stand in JSON bodies, so that is how they are put back. */
void provider_reveal(const struct provider *provider, const char *text, size_t length,
                     struct buffer *out) {
  each_secret(provider, show, text, length, out);
}

/* --- what scripts give --- */

void provider_redact_error(const struct provider *provider, struct error *error) {
  struct buffer text = {0};
  provider_redact(provider, error->message, strlen(error->message), &text);
  snprintf(error->message, sizeof error->message, "%s", buffer_string(&text));
  buffer_free(&text);
}

static json_t *redact_text(const struct provider *provider, json_t *value) {
  struct buffer text = {0};
  provider_redact(provider, json_string_value(value), json_string_length(value), &text);
  json_t *redacted = json_stringn(buffer_string(&text), text.length);
  buffer_free(&text);
  return redacted;
}

/* A copy of the value with its texts redacted. */
static json_t *redact_value(const struct provider *provider, json_t *value) {
  size_t i;
  const char *key;
  json_t *part, *copy = NULL;
  if (json_is_string(value)) return redact_text(provider, value);
  if (json_is_array(value)) {
    copy = json_array();
    json_array_foreach (value, i, part)
      json_array_append_new(copy, redact_value(provider, part));
  } else if (json_is_object(value)) {
    copy = json_object();
    json_object_foreach (value, key, part)
      json_object_set_new(copy, key, redact_value(provider, part));
  }
  return copy ? copy : json_incref(value);
}

/* What the engine goes on working with, reference and cursor, stays as it is. */
json_t *provider_redact_results(const struct provider *provider, json_t *results) {
  static const char *const told[] = {"message", "detail"};
  json_t *copies = json_array();
  size_t i;
  json_t *result;
  json_array_foreach (results, i, result) {
    json_t *copy = json_copy(result);
    for (size_t j = 0; j < sizeof told / sizeof *told; j++) {
      json_t *value = json_object_get(copy, told[j]);
      if (value) json_object_set_new(copy, told[j], redact_value(provider, value));
    }
    json_array_append_new(copies, copy);
  }
  return copies ? copies : json_incref(results);
}
