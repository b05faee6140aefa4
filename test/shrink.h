/* shrink.h: makes a failing trial small. */
#ifndef SHRINK_H
#define SHRINK_H

#include "compare.h"

/* Drops and simplifies whatever the difference `d` does not need; `d` is the smaller program's in the end.
 * Only programs that mean something are tried: valid, ending, and independent of addresses and of old memory.
 */
void shrink(const comparer *c, trial *t, difference *d);

#endif
