/* survive.h: comparing, even when an engine crashes or does not come back. */
#ifndef SURVIVE_H
#define SURVIVE_H

#include "compare.h"

/* Statuses beside those of the library, for `got` of a difference. */
enum { SURVIVE_CRASHED = -1001, SURVIVE_HUNG = -1002 };

/* As compare(). Here: quick, but what a crash left behind stays. */
int compare_here(const comparer *c, const trial *t, difference *d);
/* In a process of its own. */
int compare_apart(const comparer *c, const trial *t, difference *d);

#endif
