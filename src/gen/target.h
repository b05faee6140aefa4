/* target.h: to be written */
