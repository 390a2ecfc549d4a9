// Tells ThreadSanitizer of contended Mutexes; scripts/test preloads it into the tests.
//
// The fast paths of Swift's Mutex are atomics, which the sanitizer knows. Where two threads contend, the library lets the kernel pass the
// lock on (FUTEX_LOCK_PI), and the sanitizer would report what the lock protects as a race.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// Programs without the sanitizer, which the tests start too, have neither.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

SWIFT void usher_lock(uint32_t thread, SELF void *mutex) __asm__(LOCK);
SWIFT void usher_unlock(SELF void *mutex) __asm__(UNLOCK);

SWIFT void usher_lock(uint32_t thread, SELF void *mutex) {
    SWIFT void (*lock)(uint32_t, SELF void *) = (SWIFT void (*)(uint32_t, SELF void *))dlsym(RTLD_NEXT, LOCK);
    lock(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void usher_unlock(SELF void *mutex) {
    SWIFT void (*unlock)(SELF void *) = (SWIFT void (*)(SELF void *))dlsym(RTLD_NEXT, UNLOCK);
    if (__tsan_release) __tsan_release(mutex);
    unlock(mutex);
}
