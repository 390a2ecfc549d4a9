/* A clock that runs at another speed, preloaded with LD_PRELOAD by scripts/chaos beside chaos.c.
 *
 * CHAOS_CLOCK names a file of five 64-bit integers that scripts/chaos_clock.py keeps: a sequence number (odd while it is being written),
 * a real time and the time of the world at that moment, both in nanoseconds, the speed in thousandths, and the longest real time that may
 * pass before the file must be written again. Time in all processes that share the file is
 *     world = file.world + min(now - file.real, file.longest) * file.speed
 * so that all agree, also after a kill, and no time passes while the harness itself does not run. CHAOS_CLOCK_OFFSET (seconds) sets the
 * wall clock of one process ahead. Monotonic clocks have the same speed, and no offset.
 *
 * Everything that waits is translated: waits are done in short real steps, until the time of the world has come. Timer descriptors, which
 * libdispatch uses for Task.sleep, are set by a thread of their own. usleep stays real: SQLite counts its sleeps and reads no clock.
 * Without CHAOS_CLOCK nothing changes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ({ static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name); real; })
#define SECOND 1000000000ll
#define STEP 1000000ll /* the longest real wait before the clock is read again */
/* The monotonic clock of every world starts at this moment, 2026-11-01T00:00:00Z. */
#define EPOCH (1793491200ll * SECOND)

struct clock {
    _Atomic int64_t sequence, real, world, speed, longest;
};

static struct clock *shared = 0;
static int64_t offset = 0;

/* Reading the environment at the first use: other libraries' constructors may run before ours. */
static int is_on(void) {
    static _Atomic int state = 0; /* 0: not looked yet, 1: off, 2: on */
    int known = atomic_load(&state);
    if (known) return known == 2;
    const char *path = getenv("CHAOS_CLOCK"), *ahead = getenv("CHAOS_CLOCK_OFFSET");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        void *memory = mmap(0, sizeof *shared, PROT_READ, MAP_SHARED, file, 0);
        close(file);
        if (memory != MAP_FAILED) shared = memory;
    }
    if (ahead) offset = atoll(ahead) * SECOND;
    atomic_store(&state, shared ? 2 : 1);
    return shared != 0;
}

static int64_t real_now(void) {
    struct timespec now;
    REAL(clock_gettime)(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND + now.tv_nsec;
}

static int64_t world_now(void) {
    for (int tries = 0;; tries++) {
        int64_t before = atomic_load(&shared->sequence);
        int64_t real = atomic_load(&shared->real), world = atomic_load(&shared->world);
        int64_t speed = atomic_load(&shared->speed), longest = atomic_load(&shared->longest);
        if ((before & 1 || before != atomic_load(&shared->sequence)) && tries < 10000000) {
            /* The writer may have lost its processor in the middle; what it had written by then is nonsense. */
            if (tries % 64 == 63) sched_yield();
            continue;
        }
        int64_t passed = real_now() - real;
        if (passed < 0) passed = 0;
        if (passed > longest) passed = longest;
        return world + passed / 1000 * speed;
    }
}

enum meaning { WALL, MONOTONIC, OTHER };

static enum meaning meaning_of(clockid_t id) {
    switch (id) {
    case CLOCK_REALTIME: case CLOCK_REALTIME_COARSE: case CLOCK_TAI: return WALL;
    case CLOCK_MONOTONIC: case CLOCK_MONOTONIC_RAW: case CLOCK_MONOTONIC_COARSE: case CLOCK_BOOTTIME: return MONOTONIC;
    default: return OTHER; /* CPU times */
    }
}

static int64_t reading(enum meaning meaning) { return meaning == WALL ? world_now() + offset : world_now() - EPOCH; }
static int64_t ns(const struct timespec *time) { return time->tv_sec * SECOND + time->tv_nsec; }
static struct timespec spec(int64_t ns) { return (struct timespec){.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND}; }

/* Times since 1970 are far larger than those of a monotonic clock. */
static int64_t world_time(int64_t deadline) { return deadline > EPOCH / 2 ? deadline - offset : deadline + EPOCH; }

/* ---- Reading ---- */

int clock_gettime(clockid_t id, struct timespec *time) {
    enum meaning meaning = meaning_of(id);
    if (meaning == OTHER || !is_on()) return REAL(clock_gettime)(id, time);
    *time = spec(reading(meaning));
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    if (!is_on()) return REAL(gettimeofday)(time, zone);
    int64_t now = reading(WALL);
    *time = (struct timeval){.tv_sec = now / SECOND, .tv_usec = now % SECOND / 1000};
    return 0;
}

time_t time(time_t *result) {
    if (!is_on()) return REAL(time)(result);
    time_t now = reading(WALL) / SECOND;
    if (result) *result = now;
    return now;
}

/* ---- Sleeping ---- */

static int sleep_until(int64_t world, struct timespec *rest) {
    int64_t left;
    while ((left = world - world_now()) > 0) {
        struct timespec step = spec(STEP);
        if (REAL(nanosleep)(&step, 0) != 0) {
            if (rest) *rest = spec(left);
            return -1;
        }
    }
    return 0;
}

int nanosleep(const struct timespec *time, struct timespec *rest) {
    return is_on() ? sleep_until(world_now() + ns(time), rest) : REAL(nanosleep)(time, rest);
}

int clock_nanosleep(clockid_t id, int flags, const struct timespec *time, struct timespec *rest) {
    if (meaning_of(id) == OTHER || !is_on()) return REAL(clock_nanosleep)(id, flags, time, rest);
    int64_t end = flags & TIMER_ABSTIME ? world_time(ns(time)) : world_now() + ns(time);
    return sleep_until(end, flags & TIMER_ABSTIME ? 0 : rest) == 0 ? 0 : errno;
}

unsigned sleep(unsigned seconds) {
    if (!is_on()) return REAL(sleep)(seconds);
    struct timespec rest = {0};
    return sleep_until(world_now() + seconds * SECOND, &rest) == 0 ? 0 : (unsigned)rest.tv_sec;
}

/* ---- Waiting for descriptors ---- */

/* Repeats a call that waits no longer than `step` until it returns something, or until the time of the world has come. */
#define WAIT(duration, call)                                                     \
    do {                                                                         \
        int64_t end = world_now() + (duration);                                  \
        while (1) {                                                              \
            int64_t left = end - world_now();                                    \
            int step = left > 0; /* milliseconds */                              \
            int result = call;                                                   \
            if (result != 0 || left <= 0) return result;                         \
        }                                                                        \
    } while (0)

int poll(struct pollfd *files, nfds_t number, int timeout) {
    if (timeout <= 0 || !is_on()) return REAL(poll)(files, number, timeout);
    WAIT(timeout * 1000000ll, REAL(poll)(files, number, step));
}

int ppoll(struct pollfd *files, nfds_t number, const struct timespec *timeout, const sigset_t *mask) {
    if (!timeout || ns(timeout) == 0 || !is_on()) return REAL(ppoll)(files, number, timeout, mask);
    WAIT(ns(timeout), ({ struct timespec real = spec(step * STEP); REAL(ppoll)(files, number, &real, mask); }));
}

int epoll_wait(int file, struct epoll_event *events, int number, int timeout) {
    if (timeout <= 0 || !is_on()) return REAL(epoll_wait)(file, events, number, timeout);
    WAIT(timeout * 1000000ll, REAL(epoll_wait)(file, events, number, step));
}

int epoll_pwait(int file, struct epoll_event *events, int number, int timeout, const sigset_t *mask) {
    if (timeout <= 0 || !is_on()) return REAL(epoll_pwait)(file, events, number, timeout, mask);
    WAIT(timeout * 1000000ll, REAL(epoll_pwait)(file, events, number, step, mask));
}

int select(int number, fd_set *reads, fd_set *writes, fd_set *errors, struct timeval *timeout) {
    if (!timeout || (timeout->tv_sec == 0 && timeout->tv_usec == 0) || !is_on())
        return REAL(select)(number, reads, writes, errors, timeout);
    fd_set first[3];
    fd_set *sets[3] = {reads, writes, errors};
    for (int i = 0; i < 3; i++) if (sets[i]) first[i] = *sets[i];
    WAIT(timeout->tv_sec * SECOND + timeout->tv_usec * 1000ll, ({
        for (int i = 0; i < 3; i++) if (sets[i]) *sets[i] = first[i];
        struct timeval real = {.tv_sec = 0, .tv_usec = step * 1000};
        REAL(select)(number, reads, writes, errors, &real);
    }));
}

/* ---- Waiting for threads ---- */

static struct timespec real_step(void) { return spec(real_now() + STEP); }

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *time) {
    if (!is_on()) return REAL(pthread_cond_timedwait)(condition, mutex, time);
    int64_t end = world_time(ns(time));
    while (1) {
        struct timespec step = real_step();
        int result = REAL(pthread_cond_clockwait)(condition, mutex, CLOCK_MONOTONIC, &step);
        if (result != ETIMEDOUT || world_now() >= end) return result;
    }
}

int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t id, const struct timespec *time) {
    if (!is_on()) return REAL(pthread_cond_clockwait)(condition, mutex, id, time);
    return pthread_cond_timedwait(condition, mutex, time);
}

int sem_timedwait(sem_t *semaphore, const struct timespec *time) {
    if (!is_on()) return REAL(sem_timedwait)(semaphore, time);
    int64_t end = world_time(ns(time));
    while (1) {
        struct timespec step = spec(real_now() + 10 * STEP); /* Idle threads of libdispatch: how exactly they end does not matter. */
        int result = REAL(sem_clockwait)(semaphore, CLOCK_MONOTONIC, &step);
        if (result == 0 || errno != ETIMEDOUT || world_now() >= end) return result;
    }
}

int sem_clockwait(sem_t *semaphore, clockid_t id, const struct timespec *time) {
    return is_on() ? sem_timedwait(semaphore, time) : REAL(sem_clockwait)(semaphore, id, time);
}

/* ---- Timer descriptors ---- */

enum { TIMERS = 256 };
static struct { int file; enum meaning meaning; int64_t end; } timers[TIMERS]; /* `end` 0: not set */
static int timer_count = 0;
static pthread_mutex_t timer_lock = PTHREAD_MUTEX_INITIALIZER;

static void *ring(void *unused) {
    (void)unused;
    while (1) {
        struct timespec step = spec(STEP);
        REAL(nanosleep)(&step, 0);
        int64_t now = world_now();
        pthread_mutex_lock(&timer_lock);
        for (int i = 0; i < timer_count; i++) {
            if (!timers[i].end || timers[i].end > now) continue;
            timers[i].end = 0;
            struct itimerspec soon = {.it_value = {.tv_nsec = 1}};
            REAL(timerfd_settime)(timers[i].file, 0, &soon, 0);
        }
        pthread_mutex_unlock(&timer_lock);
    }
    return 0;
}

static int timer_of(int file) {
    for (int i = 0; i < timer_count; i++) if (timers[i].file == file) return i;
    return -1;
}

int timerfd_create(clockid_t id, int flags) {
    int file = REAL(timerfd_create)(id, flags);
    if (file < 0 || !is_on()) return file;
    pthread_mutex_lock(&timer_lock);
    if (timer_count == 0) {
        pthread_t thread;
        sigset_t all, old;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &old);
        pthread_create(&thread, 0, ring, 0);
        pthread_sigmask(SIG_SETMASK, &old, 0);
    }
    int index = timer_of(file);
    if (index < 0 && timer_count < TIMERS) index = timer_count++;
    if (index >= 0) {
        timers[index].file = file;
        timers[index].meaning = meaning_of(id);
        timers[index].end = 0;
    }
    pthread_mutex_unlock(&timer_lock);
    return file;
}

int timerfd_settime(int file, int flags, const struct itimerspec *time, struct itimerspec *old) {
    if (!is_on()) return REAL(timerfd_settime)(file, flags, time, old);
    pthread_mutex_lock(&timer_lock);
    int index = timer_of(file), result;
    if (index < 0) {
        result = REAL(timerfd_settime)(file, flags, time, old);
    } else {
        struct itimerspec never = {0};
        int64_t value = ns(&time->it_value);
        result = REAL(timerfd_settime)(file, 0, &never, old);
        int is_wall = timers[index].meaning == WALL;
        timers[index].end = value == 0 ? 0
            : !(flags & TFD_TIMER_ABSTIME) ? world_now() + value
            : is_wall ? value - offset : value + EPOCH;
    }
    pthread_mutex_unlock(&timer_lock);
    return result;
}
