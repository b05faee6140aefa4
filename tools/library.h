/* library.h: a library that few commands need is loaded when one does. Linked, libpcap brings ten others
 * along, and mybpfc took longer to start than to run a program. */
#ifndef LIBRARY_H
#define LIBRARY_H

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* A table X(function) as pointers to these functions, and as their names. */
#define LIBRARY_POINTER(function) __typeof__(function) *function;
#define LIBRARY_NAME(function)    #function,

/* Fills `pointers`, a struct of LIBRARY_POINTER, with the functions of `names`, which NULL ends, from the
 * first library of `files` that is there. 0; -1: there is none of them, or a function is not in it. It stays
 * loaded. */
static int load_library(const char *const *files, const char *const *names, void *pointers)
{
    void *library = NULL;
    for (; *files && !library; files++) library = dlopen(*files, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; library && names[i]; i++) {
        void *function = dlsym(library, names[i]);
        if (!function) return -1;
        memcpy((char *)pointers + i * sizeof function, &function, sizeof function);
    }
    return library ? 0 : -1;
}

#endif
