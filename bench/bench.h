/* bench.h: what the in-process benchmarks share. */
#ifndef BENCH_H
#define BENCH_H

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define MYBPF_IMPLEMENTATION
#include "mybpf.h"
#include "mybpf_aot.h"
#include "mybpf_jit.h"

/* Seconds of CPU time this thread has used: what other processes do counts less than on a wall clock. */
static double cpu_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Ends the benchmark when a call failed. */
static void must(int status, const mybpf_error *error, const char *what)
{
    if (status == MYBPF_OK) return;
    fprintf(stderr, "%s: %s: %s\n", what, mybpf_status_name(status), error->message);
    exit(1);
}

#endif
