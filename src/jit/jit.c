/* jit.c: to be written */
