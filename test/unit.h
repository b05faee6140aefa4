/* unit.h: a generated unit as an image that every engine opens, and as text that a person can replay. */
#ifndef UNIT_H
#define UNIT_H

#include "generate.h"

#define UNIT_IMAGE 20480  /* bytes of the largest image */
#define UNIT_TEXT  262144 /* of the longest text */

/* An SPF image of the bytecode; its size. */
size_t unit_image(const unit *u, uint8_t *image);
/* The instructions as raw code has them, when they need no image: one program, no maps. Else 0. */
size_t unit_raw(const unit *u, mybpf_insn *insns);
/* Name of map `index`. */
void unit_map_name(const unit *u, uint32_t index, char name[16]);

/* Assembly that mybpf_assemble reads; what it has no words for stands in comments, which unit_parse reads.
 * Returns the length. */
size_t unit_print(const unit *u, char *text, size_t size);
/* 0, or -1 with the reason in `error`. */
int unit_parse(unit *u, const char *text, mybpf_error *error);

#endif
