/* services.c: to be written */
