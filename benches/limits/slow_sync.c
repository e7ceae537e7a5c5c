/* Adds to each sync of a file, for who is started with it in LD_PRELOAD, SYNC_MICROSECONDS: a disk that is honest, and slow. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int later(const char *name, int file) {
    int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    const char *more = getenv("SYNC_MICROSECONDS");
    int done = sync(file);
    usleep(more ? (useconds_t)atoi(more) : 0);
    return done;
}

int fsync(int file) { return later("fsync", file); }
int fdatasync(int file) { return later("fdatasync", file); }
