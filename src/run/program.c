/* program.c: to be written */
