/* survive.c: a crash or an endless loop becomes a status. */
#define _GNU_SOURCE
#include "survive.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE 20 /* seconds of the processor: a machine with other work to do hangs nobody */

static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGPROF};
enum { SIGNALS = sizeof signals / sizeof *signals };

static sigjmp_buf back;
static volatile sig_atomic_t running;

static void on_signal(int number)
{
    if (!running) { /* the test's own: as if nobody had asked */
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    siglongjmp(back, number);
}

/* Handlers on a stack of their own, for programs that use up the other. */
static void install(void)
{
    static char memory[65536];
    stack_t stack;
    struct sigaction action;
    memset(&stack, 0, sizeof stack);
    stack.ss_sp = memory;
    stack.ss_size = sizeof memory;
    sigaltstack(&stack, NULL);
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_ONSTACK;
    for (int i = 0; i < SIGNALS; i++) sigaction(signals[i], &action, NULL);
}

/* SIGPROF after so many seconds of this process's own; 0: never. */
static void limit(int seconds)
{
    struct itimerval timer;
    memset(&timer, 0, sizeof timer);
    timer.it_value.tv_sec = seconds;
    setitimer(ITIMER_PROF, &timer, NULL);
}

static int died(difference *d, int number)
{
    memset(&d->got, 0, sizeof d->got);
    d->got.status = number == SIGPROF ? SURVIVE_HUNG : SURVIVE_CRASHED;
    return COMPARE_DIFFERENT;
}

int compare_here(const comparer *c, const trial *t, difference *d)
{
    static int installed;
    int number, result;
    if (!installed) install();
    installed = 1;
    number = sigsetjmp(back, 1);
    if (number) {
        running = 0;
        limit(0);
        return died(d, number);
    }
    running = 1;
    limit(PATIENCE);
    result = compare(c, t, d);
    limit(0);
    running = 0;
    return result;
}

int compare_apart(const comparer *c, const trial *t, difference *d)
{
    static struct shared {
        difference d;
        int result;
    } * shared;
    int status = 0;
    pid_t child;
    if (!shared) {
        void *memory = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return compare_here(c, t, d);
        shared = (struct shared *)memory;
    }
    memset(shared, 0, sizeof *shared);
    child = fork();
    if (child < 0) return compare_here(c, t, d);
    if (!child) {
        for (int i = 0; i < SIGNALS; i++) signal(signals[i], SIG_DFL);
        limit(PATIENCE / 4);
        shared->result = compare(c, t, &shared->d);
        _exit(0);
    }
    while (waitpid(child, &status, 0) < 0) {
    }
    *d = shared->d;
    return WIFSIGNALED(status) ? died(d, WTERMSIG(status)) : shared->result;
}
