/* link.c: to be written */
