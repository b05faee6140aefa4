/* sys.c: to be written */
