/* data_run.h: runs the .data files of a folder (data_file.h) on every engine. */
#ifndef DATA_RUN_H
#define DATA_RUN_H

/* The files in `folder` and the folders in it, sorted. Prints a line for each that fails or is left out, what
 * each engine did, and the total. An exit code: 0, 1: something failed, 2: there is nothing to run. */
int data_run(const char *folder);

#endif
