/* GET /openapi.json: openapi.json of this folder, compressed when the library was built.
 */
#include "control/internal.h"

#include <string.h>

__asm__(".section .rodata\nopenapi_start:\n.incbin \"" OPENAPI
        "\"\nopenapi_end:\n.previous\n");
extern const char openapi_start[], openapi_end[];

/* RFC 9110, 12.5.3: who says nothing takes anything. */
static bool takes_gzip(const struct demand *demand) {
  const char *accepted = http_incoming_header(demand->exchange, "Accept-Encoding");
  return !accepted || strstr(accepted, "gzip") || strchr(accepted, '*');
}

void control_describe(const struct demand *demand) {
  static const struct http_head head = {
      .status = 200, .name = "Content-Encoding", .value = "gzip"};
  if (takes_gzip(demand))
    http_answer_give(demand->exchange, &head, openapi_start,
                     (size_t)(openapi_end - openapi_start));
  else
    control_refuse(demand->exchange, 406, "encoding", "this is only to be had as gzip");
}
