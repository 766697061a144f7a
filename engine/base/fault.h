/* Points at which a build for tests dies or fails, so that specs can show what survives.
 * Nothing at all in other builds.
 *
 * OUTDIAL_FAULT lists what happens, separated by commas: "commit:3" is the third passage
 * of the point "commit", "disk:3-5" the third to the fifth, "disk:3-" all from the third.
 * OUTDIAL_FAULT_LOG is a file to which the name of each point passed is appended. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdbool.h>

#ifdef OUTDIAL_FAULTS

/* Ends the process as kill -9 does, if it is this point's turn. Any thread. */
void fault_point(const char *name);

/* Whether what follows is to fail. Any thread. */
bool fault_fails(const char *name);

#else

#define fault_point(name) ((void)0)
#define fault_fails(name) false

#endif

#endif
