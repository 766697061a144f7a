#include "cli/parameters.h"

#include "cli/command.h"

#include <ctype.h>
#include <string.h>

enum { NAME_LIMIT = 64, SHOWN = 60 };

static size_t name_length(const char *argument) {
  size_t length = 0;
  if (!isalpha((unsigned char)*argument) && *argument != '_') return 0;
  while (isalnum((unsigned char)argument[length]) || argument[length] == '_') length++;
  return length <= NAME_LIMIT ? length : 0;
}

static json_t *read_json(const char *argument, const char *text, struct od_error *error) {
  json_error_t found;
  json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &found);
  if (value) return value;
  command_error(error, "\"%.*s\" does not hold JSON: %s, at character %d after \":=\"",
                SHOWN, argument, found.text, found.position);
  return NULL;
}

static json_t *read_text(const char *argument, const char *text, struct od_error *error) {
  json_t *value = json_string(text);
  if (!value) command_error(error, "the value of \"%.*s\" is not UTF-8", SHOWN, argument);
  return value;
}

static bool read_one(json_t *object, const char *argument, struct od_error *error) {
  char name[NAME_LIMIT + 1];
  size_t length = name_length(argument);
  const char *rest = argument + length;
  bool is_json = rest[0] == ':' && rest[1] == '=';
  if (length == 0 || (rest[0] != '=' && !is_json))
    return command_error(
        error,
        "\"%.*s\" is not a parameter: write name=value, or name:=JSON for "
        "a list, a number or true",
        SHOWN, argument);
  memcpy(name, argument, length);
  name[length] = '\0';
  if (json_object_get(object, name))
    return command_error(error, "the parameter \"%s\" is given twice", name);
  json_t *value = is_json ? read_json(argument, rest + 2, error)
                          : read_text(argument, rest + 1, error);
  return value && json_object_set_new(object, name, value) == 0;
}

json_t *parameters_read(char *const *arguments, size_t count, struct od_error *error) {
  if (count > PARAMETERS_MOST) {
    command_error(error, "%zu parameters are more than the %d a flow may have", count,
                  PARAMETERS_MOST);
    return NULL;
  }
  json_t *object = json_object();
  for (size_t i = 0; object && i < count; i++) {
    if (read_one(object, arguments[i], error)) continue;
    json_decref(object);
    return NULL;
  }
  return object;
}
