/* map.c: to be written */
