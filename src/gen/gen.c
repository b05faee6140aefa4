/* gen.c: to be written */
