/* Tells the service manager how the service is (sd_notify(3)'s protocol). */
#ifndef CLI_NOTIFY_H
#define CLI_NOTIFY_H

/* Sends "READY=1", "STOPPING=1" … to the socket that NOTIFY_SOCKET names; does nothing
 * where there is none. */
void notify(const char *state);

#endif
