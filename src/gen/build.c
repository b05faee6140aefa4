/* build.c: to be written */
