/* bare.c: to be written */
