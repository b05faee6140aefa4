/* x86_64.c: to be written */
