#include "audio/svg.h"

static void add_character(struct buffer *svg, char character) {
  switch (character) {
  case '<':
    buffer_text(svg, "&lt;");
    break;
  case '>':
    buffer_text(svg, "&gt;");
    break;
  case '&':
    buffer_text(svg, "&amp;");
    break;
  case '"':
    buffer_text(svg, "&quot;");
    break;
  default:
    if ((unsigned char)character < 0x20 || character == 0x7f) character = ' ';
    buffer_append(svg, &character, 1);
  }
}

void svg_text(struct buffer *svg, const char *text) {
  for (; *text; text++) add_character(svg, *text);
}

void svg_label(struct buffer *svg, double x, double y, const char *class_name,
               const char *text) {
  buffer_printf(svg, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class_name);
  svg_text(svg, text);
  buffer_text(svg, "</text>\n");
}
