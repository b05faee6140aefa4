/* native.c: to be written */
