/* Settings, group by group ("veratad", "engine"): from the command or host first, then
 * the environment, then the configuration file. */
#ifndef SCRIPT_SETTINGS_H
#define SCRIPT_SETTINGS_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

struct settings;

/* given: "group.key=value" texts, NULL-ended, or NULL; the first of a key wins.
 * config_file: a Lua file that returns {group = {key = value}}, or NULL. NULL with *error
 * ("settings"). */
struct settings *settings_new(const char *const *given, const char *config_file,
                              struct error *error);
void settings_free(struct settings *settings);

/* Sets *value to the setting's text (malloc'd) or to NULL where it is nowhere set. The
 * environment has it as OUTDIAL_GROUP_KEY, or as a file named by OUTDIAL_GROUP_KEY_FILE,
 * whose last line end is dropped. False with *error when such a file cannot be read. */
bool settings_read(const struct settings *settings, const char *group, const char *key,
                   char **value, struct error *error);

/* Refuses a key of the group, given or in the file, that known (an object) does not have.
 */
bool settings_known(const struct settings *settings, const char *group,
                    const json_t *known, struct error *error);

/* "a, b, c": the keys of an object, for messages. Owned by the caller. */
char *settings_names(const json_t *known);

#endif
