/* Where coroutines of a provider wait for one of them to come back, so that many calls
 * make one token request. */
#ifndef PROVIDER_PARK_H
#define PROVIDER_PARK_H

#include "script/op.h"

/* park {key}: waits until some wake has the same key; at most a minute. */
extern const struct op_kind provider_park_op;

/* wake {key}: lets them go, in the order they came. */
extern const struct op_kind provider_wake_op;

#endif
