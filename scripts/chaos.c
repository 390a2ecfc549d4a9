/* Kills the process, simulates a power failure, or makes calls fail at a chosen system call; preloaded with LD_PRELOAD by scripts/chaos.
 *
 * It counts the calls that change files under one folder (the ledger's) and those that transfer bytes over TCP. At call number CHAOS_AT it
 * acts as CHAOS_MODE says:
 *   kill    SIGKILL before the call, after it, or after half of its bytes (CHAOS_WHEN: before, after, half)
 *   power   the same, after restoring everything under the folder that was not flushed: bytes, sizes, names. If CHAOS_KEEP is not 0, a
 *           seeded selection of those writes is kept, complete or torn at a sector, as by the cache of a disk.
 *   full    no kill: from that call on, every write to the folder fails with ENOSPC
 *   locked  no kill: files under the folder can only be opened for reading
 *   once    no kill: only that call fails with EIO, if it writes to the folder
 * With CHAOS_LYING a flush keeps nothing, as on a disk that acknowledges flushes without performing them.
 * With CHAOS_COUNT the number of calls is written to that file at exit. All counted calls take one lock, so that no other call runs between
 * the decision and the kill. Shared memory files (-shm) are not counted and not kept: they do not survive a power failure, and SQLite
 * rebuilds them.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum mode { COUNT, KILL, POWER, FULL, ONCE, READ_ONLY };
enum when { BEFORE, AFTER, HALF };
enum kind { NONE, FILE_UNDER, SOCKET };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum mode mode = COUNT;
static enum when when = BEFORE;
static long at = 0, count = 0;
static uint64_t keep = 0;
static char folder[PATH_MAX];
static size_t folder_length = 0;
static pid_t owner = 0;
static int is_full = 0, is_lying = 0;

/* ---- Changes that are not flushed yet ---- */

enum change { WRITTEN, RESIZED, CREATED, REMOVED, RENAMED };

struct record {
    enum change change;
    char path[512], other[512];
    off_t offset, old_size;
    size_t length, old_length; /* of the bytes written, and of those they replaced */
    char *bytes, *old;
    struct record *before, *after;
};

static struct record *oldest, *newest;

static struct record *note(enum change change, const char *path) {
    struct record *record = calloc(1, sizeof *record);
    if (!record) _exit(99);
    record->change = change;
    snprintf(record->path, sizeof record->path, "%.500s", path);
    record->before = newest;
    if (newest) newest->after = record; else oldest = record;
    newest = record;
    return record;
}

static void drop(struct record *record) {
    if (record->before) record->before->after = record->after; else oldest = record->after;
    if (record->after) record->after->before = record->before; else newest = record->before;
    if (record->change == REMOVED) syscall(SYS_unlink, record->other);
    free(record->bytes);
    free(record->old);
    free(record);
}

/* Flushing a file makes its bytes and size durable; flushing the folder makes its names durable. */
static void flushed(const char *path) {
    int is_folder = strcmp(path, folder) == 0;
    for (struct record *record = oldest, *next; record; record = next) {
        next = record->after;
        int is_name = record->change >= CREATED;
        if (is_folder ? is_name : (!is_name && strcmp(record->path, path) == 0)) drop(record);
    }
}

/* Writes to a renamed file are undone under its new name. */
static void renamed(const char *from, const char *to) {
    for (struct record *record = oldest; record; record = record->after)
        if (record->change < CREATED && strcmp(record->path, from) == 0)
            snprintf(record->path, sizeof record->path, "%.500s", to);
}

static int reopen(const char *path, int flags) { return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600); }

static void note_write(const char *path, const void *bytes, size_t length, off_t offset) {
    struct record *record = note(WRITTEN, path);
    struct stat status;
    int file = reopen(path, O_RDONLY);
    record->old_size = fstat(file, &status) == 0 ? status.st_size : 0;
    record->offset = offset;
    record->length = length;
    record->bytes = malloc(length ? length : 1);
    record->old = malloc(length ? length : 1);
    if (!record->bytes || !record->old) _exit(99);
    memcpy(record->bytes, bytes, length);
    ssize_t got = syscall(SYS_pread64, file, record->old, length, offset);
    record->old_length = got > 0 ? (size_t)got : 0;
    syscall(SYS_close, file);
}

static void note_resize(const char *path, off_t size) {
    struct record *record = note(RESIZED, path);
    struct stat status;
    int file = reopen(path, O_RDONLY);
    record->old_size = fstat(file, &status) == 0 ? status.st_size : 0;
    record->offset = size;
    if (record->old_size > size) {
        record->old_length = (size_t)(record->old_size - size);
        record->old = malloc(record->old_length);
        if (!record->old) _exit(99);
        syscall(SYS_pread64, file, record->old, record->old_length, size);
    }
    syscall(SYS_close, file);
}

static uint64_t draw(void) { /* xorshift64* (Vigna 2016) */
    keep ^= keep >> 12; keep ^= keep << 25; keep ^= keep >> 27;
    return (keep * 2685821657736338717ull) >> 33;
}

static void undo(struct record *record) {
    int file;
    switch (record->change) {
    case WRITTEN:
    case RESIZED:
        if ((file = reopen(record->path, O_WRONLY)) < 0) return;
        if (record->old_length) syscall(SYS_pwrite64, file, record->old, record->old_length, record->offset);
        syscall(SYS_ftruncate, file, record->old_size);
        syscall(SYS_close, file);
        return;
    case CREATED: syscall(SYS_unlink, record->path); return;
    case REMOVED: syscall(SYS_rename, record->other, record->path); return;
    case RENAMED:
        syscall(SYS_rename, record->other, record->path);
        renamed(record->other, record->path);
        return;
    }
}

static void redo(struct record *record) {
    int file;
    if (record->change > RESIZED || draw() % 2 == 0) return;
    if ((file = reopen(record->path, O_WRONLY)) < 0) return;
    if (record->change == RESIZED) {
        syscall(SYS_ftruncate, file, record->offset);
    } else {
        size_t length = draw() % 8 == 0 ? (size_t)(draw() % (record->length / 512 + 1)) * 512 : record->length;
        syscall(SYS_pwrite64, file, record->bytes, length, record->offset);
    }
    syscall(SYS_close, file);
}

static void lose_power(void) {
    for (struct record *record = newest; record; record = record->before) undo(record);
    if (keep) for (struct record *record = oldest; record; record = record->after) redo(record);
}

static void die(void) {
    if (mode == POWER) lose_power();
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

/* ---- Which calls count ---- */

static int is_under(const char *path) {
    size_t length = strlen(path);
    if (!folder_length || strncmp(path, folder, folder_length) != 0) return 0;
    if (path[folder_length] != '/' && path[folder_length] != 0) return 0;
    return !(length > 4 && strcmp(path + length - 4, "-shm") == 0);
}

static enum kind kind_of(int descriptor, char *path) {
    char name[64];
    struct stat status;
    if (owner != getpid() || fstat(descriptor, &status) != 0) return NONE;
    if (S_ISSOCK(status.st_mode)) {
        struct sockaddr_storage address;
        socklen_t length = sizeof address;
        if (getsockname(descriptor, (struct sockaddr *)&address, &length) != 0) return NONE;
        return address.ss_family == AF_INET || address.ss_family == AF_INET6 ? SOCKET : NONE;
    }
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return NONE;
    snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(name, path, PATH_MAX - 1);
    if (length < 0) return NONE;
    path[length] = 0;
    return is_under(path) ? FILE_UNDER : NONE;
}

/* Whether a path, which may be relative, is under the folder; then `whole` is its absolute path. */
static int resolve(const char *path, char *whole) {
    char copy[PATH_MAX], parent[PATH_MAX];
    if (!folder_length || owner != getpid() || strlen(path) >= PATH_MAX) return 0;
    strcpy(copy, path);
    char *slash = strrchr(copy, '/');
    const char *last = slash ? slash + 1 : copy;
    if (slash) *slash = 0;
    if (!realpath(slash ? (copy[0] ? copy : "/") : ".", parent)) return 0;
    if (strlen(parent) + strlen(last) + 2 > PATH_MAX) return 0;
    strcpy(whole, parent);
    strcat(whole, "/");
    strcat(whole, last);
    return is_under(whole);
}

/* What to do with the current call. */
enum action { GO, GO_AND_DIE, HALF_AND_DIE, REFUSE };

/* Counts a call; the caller holds the lock. */
static enum action next_call(int is_file, int has_bytes) {
    count++;
    if (mode == FULL && at > 0 && count >= at) is_full = 1;
    if (is_full && is_file && has_bytes) { errno = ENOSPC; return REFUSE; }
    if (count != at) return GO;
    switch (mode) {
    case COUNT: case FULL: case READ_ONLY: return GO;
    case ONCE:
        if (!is_file) return GO;
        errno = EIO;
        return REFUSE;
    case KILL: case POWER:
        if (when == AFTER) return GO_AND_DIE;
        if (when == HALF && has_bytes) return HALF_AND_DIE;
        die();
    }
    return GO;
}

#define REAL(name) ({ static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name); real; })

/* Runs a call under the lock: `half` transfers half of its bytes, `note_it` records the change. */
#define COUNTED(is_file, has_bytes, note_it, whole, half)                        \
    do {                                                                         \
        pthread_mutex_lock(&lock);                                               \
        enum action action = next_call(is_file, has_bytes);                      \
        __typeof__(whole) result = -1;                                           \
        if (action != REFUSE) {                                                  \
            int half_way = action == HALF_AND_DIE;                               \
            if (mode == POWER) { note_it; }                                      \
            if (half_way) { half; } else result = whole;                         \
            int saved = errno;                                                   \
            if (action != GO) die();                                             \
            errno = saved;                                                       \
        }                                                                        \
        int saved = errno;                                                       \
        pthread_mutex_unlock(&lock);                                             \
        errno = saved;                                                           \
        return result;                                                           \
    } while (0)

__attribute__((constructor)) static void start(void) {
    const char *text = getenv("CHAOS_DIR");
    if (text && realpath(text, folder)) folder_length = strlen(folder);
    owner = getpid();
    if ((text = getenv("CHAOS_AT"))) at = atol(text);
    if ((text = getenv("CHAOS_KEEP"))) keep = strtoull(text, 0, 10);
    is_lying = getenv("CHAOS_LYING") != 0;
    text = getenv("CHAOS_MODE");
    if (text) mode = !strcmp(text, "kill") ? KILL : !strcmp(text, "power") ? POWER : !strcmp(text, "full") ? FULL
        : !strcmp(text, "once") ? ONCE : !strcmp(text, "locked") ? READ_ONLY : COUNT;
    text = getenv("CHAOS_WHEN");
    if (text) when = !strcmp(text, "after") ? AFTER : !strcmp(text, "half") ? HALF : BEFORE;
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("CHAOS_COUNT");
    if (owner == getpid()) while (oldest) drop(oldest);
    if (!path || owner != getpid()) return;
    FILE *file = fopen(path, "w");
    if (file) { fprintf(file, "%ld\n", count); fclose(file); }
}

/* ---- Files ---- */

static int opened(const char *path, int flags, mode_t bits, int (*real)(const char *, int, ...)) {
    char whole[PATH_MAX];
    if (mode == READ_ONLY && (flags & (O_CREAT | O_ACCMODE)) != O_RDONLY && resolve(path, whole)) {
        errno = EACCES;
        return -1;
    }
    if (!(flags & (O_CREAT | O_TRUNC)) || !resolve(path, whole)) return real(path, flags, bits);
    int is_new = access(whole, F_OK) != 0;
    if (!is_new && !(flags & O_TRUNC)) return real(path, flags, bits);
    COUNTED(1, 0, if (is_new) note(CREATED, whole); else note_resize(whole, 0), real(path, flags, bits), (void)0);
}

#define OPEN(name)                                                               \
    int name(const char *path, int flags, ...) {                                 \
        va_list list;                                                            \
        va_start(list, flags);                                                   \
        mode_t bits = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;  \
        va_end(list);                                                            \
        return opened(path, flags, bits, REAL(name));                            \
    }
OPEN(open)
OPEN(open64)

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset) {
    char path[PATH_MAX];
    if (kind_of(file, path) != FILE_UNDER) return REAL(pwrite64)(file, bytes, length, offset);
    COUNTED(1, 1, note_write(path, bytes, half_way ? length / 2 : length, offset),
        REAL(pwrite64)(file, bytes, length, offset), REAL(pwrite64)(file, bytes, length / 2, offset));
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) { return pwrite64(file, bytes, length, offset); }

ssize_t write(int file, const void *bytes, size_t length) {
    char path[PATH_MAX];
    switch (kind_of(file, path)) {
    case NONE: break;
    case SOCKET: COUNTED(0, 1, (void)0, REAL(write)(file, bytes, length), (void)!REAL(write)(file, bytes, length / 2));
    case FILE_UNDER:
        COUNTED(1, 1, note_write(path, bytes, half_way ? length / 2 : length, lseek(file, 0, SEEK_CUR)),
            REAL(write)(file, bytes, length), (void)!REAL(write)(file, bytes, length / 2));
    }
    return REAL(write)(file, bytes, length);
}

ssize_t writev(int file, const struct iovec *parts, int number) {
    char path[PATH_MAX];
    /* SQLite and Foundation do not use it for files under the folder, so only sockets are counted. */
    if (kind_of(file, path) != SOCKET) return REAL(writev)(file, parts, number);
    COUNTED(0, 1, (void)0, REAL(writev)(file, parts, number), (void)!REAL(writev)(file, parts, number / 2));
}

static int resized(int file, off_t size, int (*real)(int, off_t)) {
    char path[PATH_MAX];
    if (kind_of(file, path) != FILE_UNDER) return real(file, size);
    COUNTED(1, 0, note_resize(path, size), real(file, size), (void)0);
}

int ftruncate(int file, off_t size) { return resized(file, size, REAL(ftruncate)); }
int ftruncate64(int file, off64_t size) { return resized(file, size, REAL(ftruncate64)); }

/* The power failure is simulated, so nothing has to reach the real disk. */
static int flush(int file, int (*real)(int)) {
    char path[PATH_MAX];
    if (kind_of(file, path) != FILE_UNDER) return real(file);
    pthread_mutex_lock(&lock);
    enum action action = next_call(1, 0);
    int result = -1;
    if (action != REFUSE) {
        result = 0;
        if (mode == POWER && !is_lying) flushed(path);
        if (action != GO) die();
    }
    int saved = errno;
    pthread_mutex_unlock(&lock);
    errno = saved;
    return result;
}

int fsync(int file) { return flush(file, REAL(fsync)); }
int fdatasync(int file) { return flush(file, REAL(fdatasync)); }

/* An unlinked file is kept outside the folder until the folder is flushed. */
static void note_removal(const char *path) {
    static int number = 0;
    struct record *record = note(REMOVED, path);
    snprintf(record->other, sizeof record->other, "%.200s/../.removed-%d-%d", folder, (int)getpid(), number++);
    syscall(SYS_link, path, record->other);
}

int unlink(const char *path) {
    char whole[PATH_MAX];
    if (!resolve(path, whole) || access(whole, F_OK) != 0) return REAL(unlink)(path);
    COUNTED(1, 0, note_removal(whole), REAL(unlink)(path), (void)0);
}

int rename(const char *from, const char *to) {
    char first[PATH_MAX], second[PATH_MAX];
    if (!resolve(from, first) || !resolve(to, second)) return REAL(rename)(from, to);
    COUNTED(1, 0,
        if (access(second, F_OK) == 0) note_removal(second);
        struct record *record = note(RENAMED, first);
        snprintf(record->other, sizeof record->other, "%.500s", second);
        renamed(first, second),
        REAL(rename)(from, to), (void)0);
}

/* ---- Sockets ---- */

int connect(int file, const struct sockaddr *address, socklen_t length) {
    char path[PATH_MAX];
    if (kind_of(file, path) != SOCKET) return REAL(connect)(file, address, length);
    COUNTED(0, 0, (void)0, REAL(connect)(file, address, length), (void)0);
}

ssize_t send(int file, const void *bytes, size_t length, int flags) {
    char path[PATH_MAX];
    if (kind_of(file, path) != SOCKET) return REAL(send)(file, bytes, length, flags);
    COUNTED(0, 1, (void)0, REAL(send)(file, bytes, length, flags), (void)!REAL(send)(file, bytes, length / 2, flags));
}

ssize_t sendto(int file, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t size) {
    char path[PATH_MAX];
    if (kind_of(file, path) != SOCKET) return REAL(sendto)(file, bytes, length, flags, to, size);
    COUNTED(0, 1, (void)0, REAL(sendto)(file, bytes, length, flags, to, size),
        (void)!REAL(sendto)(file, bytes, length / 2, flags, to, size));
}

ssize_t sendmsg(int file, const struct msghdr *message, int flags) {
    char path[PATH_MAX];
    if (kind_of(file, path) != SOCKET) return REAL(sendmsg)(file, message, flags);
    COUNTED(0, 0, (void)0, REAL(sendmsg)(file, message, flags), (void)0);
}

/* Only calls that return bytes are counted, not peeks, so that call numbers do not depend on when the peer answers.
   Waiting for bytes, on a blocking socket, happens outside the lock. */
ssize_t recv(int file, void *bytes, size_t length, int flags) {
    char path[PATH_MAX];
    ssize_t result = REAL(recv)(file, bytes, length, flags);
    int saved = errno;
    if (result > 0 && !(flags & MSG_PEEK) && kind_of(file, path) == SOCKET) {
        pthread_mutex_lock(&lock);
        enum action action = next_call(0, 0);
        if (action != GO) die();
        pthread_mutex_unlock(&lock);
    }
    errno = saved;
    return result;
}
