/* image.h: to be written */
