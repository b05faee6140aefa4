/* object.c: to be written */
