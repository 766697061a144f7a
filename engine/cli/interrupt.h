/* Ctrl-C and SIGTERM let the engine put its things away. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include "outdial.h"

/* From now until interrupt_release the first signal stops the engine; a second one ends
 * the process at once. One engine at a time. */
void interrupt_catch(struct od_engine *engine);

/* To be called before the engine is freed. */
void interrupt_release(void);

#endif
