/* load_bpfeb.c: the same for big-endian ones. */
#include "load_bpfel.c"
