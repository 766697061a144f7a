/* Pieces of a drawing. */
#ifndef AUDIO_SVG_H
#define AUDIO_SVG_H

#include "base/buffer.h"

/* Appends text with the characters escaped that XML reserves; control characters, which
 * it does not know, become spaces. */
void svg_text(struct buffer *svg, const char *text);

/* A line of text at a place, of a class of the drawing's style. */
void svg_label(struct buffer *svg, double x, double y, const char *class_name,
               const char *text);

#endif
