/* What the files beside engine.c share. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/error.h"
#include "outdial.h"
#include "script/settings.h"

/* The group "engine" of the settings, read. */
struct engine_settings {
  char *public_url, *hooks, *store, *scripts; /* the last two always set */
};

/* False with *error ("settings"). Free it either way. */
bool engine_settings_read(const struct settings *settings, struct engine_settings *own,
                          struct error *error);
void engine_settings_free(struct engine_settings *own);

/* Copies an error to a host's; out may be NULL. */
void engine_error(struct od_error *out, const struct error *error);

#endif
