/* instance.c: to be written */
