/* array.c: to be written */
