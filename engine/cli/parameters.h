/* A flow's parameters as they are typed: name=text and name:=JSON. */
#ifndef CLI_PARAMETERS_H
#define CLI_PARAMETERS_H

#include "outdial.h"

#include <jansson.h>

enum { PARAMETERS_MOST = 200 };

/* Makes one JSON object of them; name=text becomes a string. NULL with *error "usage",
 * which names the argument and, for bad JSON, the position in it. The caller decrefs. */
json_t *parameters_read(char *const *arguments, size_t count, struct od_error *error);

#endif
