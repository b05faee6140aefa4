/* spf.c: to be written */
