/* A Routee that accepts every call, on a thread of its own that knows no end. */
#ifndef BENCH_ROUTEE_H
#define BENCH_ROUTEE_H

enum { ROUTEE_ID_SIZE = 37 /* of its id of a call, with the NUL */ };

/* On Routee's thread, for each call before it is accepted: the address (of so many bytes)
 * where the dial plan wants the digits, and Routee's id of the call. */
typedef void (*routee_called_fn)(const char *url, int length, const char *tracking);

/* Its port. Ends the program when it cannot start or a plan has no COLLECT. */
unsigned short routee_start(routee_called_fn called);

#endif
