/* base.c: to be written */
