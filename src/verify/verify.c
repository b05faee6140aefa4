/* verify.c: to be written */
