/* structure.c: to be written */
