// faults.c - what if the machine gives up in the middle of this very call?
//
// A library that stands between a program and the system (LD_PRELOAD). It counts the calls of one kind; the n-th ends the process as a power cut would,
// before the call or after it, or fails as on a full disk, or, of a write, does half. FAULT is CALL:N:WHAT, for example rename:2:before,
// write:5:half, fsync:1:full. `shared/scripts/campaign` compiles it.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static char call[16], what[16];
static int at;
static atomic_int count;

__attribute__((constructor)) static void begin(void) {
    const char *fault = getenv("FAULT");
    const char *number = fault ? strchr(fault, ':') : NULL, *last = number ? strchr(number + 1, ':') : NULL;
    if (!last || number - fault >= (long) sizeof call) return;
    memcpy(call, fault, number - fault);
    at = atoi(number + 1);
    strncpy(what, last + 1, sizeof what - 1);
    unsetenv("LD_PRELOAD");  // for this process only
}

static void end(void) { kill(getpid(), SIGKILL); }

// Whether this is the call, and what is to come of it.
static const char *chosen(const char *name) {
    if (strcmp(name, call) != 0 || atomic_fetch_add(&count, 1) + 1 != at) return "";
    if (strcmp(what, "before") == 0) end();
    return what;
}

#define FAIL(why) (strcmp(why, "full") == 0 ? (errno = ENOSPC, 1) : 0)
#define AFTER(why) if (strcmp(why, "after") == 0) end()
#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = (type (*)(__VA_ARGS__)) dlsym(RTLD_NEXT, name)

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    const char *why = chosen("rename");
    if (FAIL(why)) return -1;
    int result = real(from, to);
    AFTER(why);
    return result;
}

int fsync(int file) {
    REAL(int, "fsync", int);
    const char *why = chosen("fsync");
    if (FAIL(why)) return -1;
    int result = real(file);
    AFTER(why);
    return result;
}

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    const char *why = chosen("unlink");
    int result = real(path);
    AFTER(why);
    return result;
}

ssize_t write(int file, const void *bytes, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    const char *why = file > 2 ? chosen("write") : "";
    if (FAIL(why)) return -1;
    ssize_t result = real(file, bytes, strcmp(why, "half") == 0 ? size / 2 : size);
    AFTER(why);
    if (strcmp(why, "half") == 0) end();
    return result;
}

// Only of files that may be written: those that are read are many, and nobody's loss.
#define OPEN(name) int name(const char *path, int flags, ...) { \
    REAL(int, #name, const char *, int, ...); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = flags & O_CREAT ? va_arg(rest, int) : 0; \
    va_end(rest); \
    const char *why = flags & O_CREAT ? chosen("open") : ""; \
    if (FAIL(why)) return -1; \
    int result = real(path, flags, mode); \
    AFTER(why); \
    return result; \
}
OPEN(open)
OPEN(open64)
