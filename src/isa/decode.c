/* decode.c: to be written */
