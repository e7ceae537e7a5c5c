/* How far apart two processors are: prints the nanoseconds in which a number that one counts up has gone to the other, which counts
 * it up once more, and come back. `apart FIRST SECOND`, which are numbers of processors; it takes twenty milliseconds. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static _Alignas(128) atomic_long number;
static atomic_bool over;

static void *answer(void *unused) {
    while (!atomic_load(&over)) {
        long seen = atomic_load(&number);
        if (seen & 1) atomic_store(&number, seen + 1);
    }
    return unused;
}

static int stay_on(pthread_t thread, const char *processor) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(atoi(processor), &one);
    return pthread_setaffinity_np(thread, sizeof one, &one);
}

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

int main(int count, char **arguments) {
    pthread_t other;
    if (count != 3 || pthread_create(&other, NULL, answer, NULL)) return 2;
    if (stay_on(pthread_self(), arguments[1]) || stay_on(other, arguments[2])) return 1;
    double begun = now(), elapsed = 0;
    long ways = 0;
    for (; elapsed < 20e6; elapsed = now() - begun)
        for (int some = 0; some < 100; some++, ways++) {
            long next = atomic_load(&number) + 1;
            atomic_store(&number, next);
            while (atomic_load(&number) == next) {}
        }
    atomic_store(&over, true);
    pthread_join(other, NULL);
    printf("%.0f\n", elapsed / (double)ways);
    return 0;
}
