/* prog_array.c: to be written */
