internal import Glibc

/// Values that a thread waits for and another side gives, in their order.
///
/// `@unchecked Sendable` because the values are guarded by the POSIX mutex beside them: a thread that blocks cannot wait for a task.
final class Handoff<Value: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var values: [Value] = []

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Gives a value.
    func give(_ value: Value) {
        pthread_mutex_lock(mutex)
        values.append(value)
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Waits for the next value, on a thread that may block.
    func take() -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while values.isEmpty { pthread_cond_wait(condition, mutex) }
        return values.removeFirst()
    }
}
