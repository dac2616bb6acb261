/* Preloaded before the C library: counts the calls that change files below a folder, and kills or fails one of them.

   faults_arm(folder, at, error): the at-th call from now on (from 1) returns error, or, if error is 0, is the last.
   faults_count(): how many calls there were.  */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static char place[PATH_MAX];
static int at, error;
static atomic_int count;

void faults_arm(const char *folder, int which, int how) {
    count = 0;
    at = which;
    error = how;
    snprintf(place, sizeof place, "%s", folder);
}

int faults_count(void) { return count; }

static int below(int dir, const char *path) { /* a path counts if it, or the folder it is relative to, is below */
    char link[64], full[PATH_MAX] = "";
    if (!place[0]) return 0;
    if (path && path[0] == '/') return !strncmp(path, place, strlen(place));
    if (dir != AT_FDCWD) snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
    else snprintf(link, sizeof link, "/proc/self/cwd");
    ssize_t n = readlink(link, full, sizeof full - 1);
    return n > 0 && !strncmp(full, place, strlen(place));
}

static int struck(int dir, const char *path) {
    if (!below(dir, path) || atomic_fetch_add(&count, 1) + 1 != at) return 0;
    if (!error) _exit(9);
    errno = error;
    return 1;
}

#define NEXT(name) static __typeof__(name) *next; if (!next) next = dlsym(RTLD_NEXT, #name)
#define ON_PATH(type, name, params, args, dir, path) \
    type name params { NEXT(name); if (struck(dir, path)) return -1; return next args; }

ON_PATH(int, rename, (const char *a, const char *b), (a, b), AT_FDCWD, b)
ON_PATH(int, renameat, (int d, const char *a, int e, const char *b), (d, a, e, b), e, b)
ON_PATH(int, renameat2, (int d, const char *a, int e, const char *b, unsigned f), (d, a, e, b, f), e, b)
ON_PATH(int, unlink, (const char *a), (a), AT_FDCWD, a)
ON_PATH(int, unlinkat, (int d, const char *a, int f), (d, a, f), d, a)
ON_PATH(int, rmdir, (const char *a), (a), AT_FDCWD, a)
ON_PATH(int, mkdir, (const char *a, mode_t m), (a, m), AT_FDCWD, a)
ON_PATH(int, mkdirat, (int d, const char *a, mode_t m), (d, a, m), d, a)
ON_PATH(ssize_t, write, (int d, const void *b, size_t n), (d, b, n), d, NULL)
ON_PATH(ssize_t, pwrite, (int d, const void *b, size_t n, off_t o), (d, b, n, o), d, NULL)
ON_PATH(int, fsync, (int d), (d), d, NULL)
ON_PATH(int, fdatasync, (int d), (d), d, NULL)
ON_PATH(int, ftruncate, (int d, off_t n), (d, n), d, NULL)

#define MADE(name, params, args, dir, path) \
    int name params { \
        mode_t mode = 0; \
        if (flags & O_CREAT) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); } \
        NEXT(name); \
        if ((flags & O_CREAT) && struck(dir, path)) return -1; \
        return next args; }

MADE(open, (const char *a, int flags, ...), (a, flags, mode), AT_FDCWD, a)
MADE(open64, (const char *a, int flags, ...), (a, flags, mode), AT_FDCWD, a)
MADE(openat, (int d, const char *a, int flags, ...), (d, a, flags, mode), d, a)
MADE(openat64, (int d, const char *a, int flags, ...), (d, a, flags, mode), d, a)
