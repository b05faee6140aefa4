/* lower.c: to be written */
