/* aot.c: to be written */
