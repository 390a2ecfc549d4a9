internal import Glibc
public import Testing

/// Whether the tests run with AddressSanitizer or ThreadSanitizer, which take much time and memory.
public enum Sanitizer {
    /// Whether `scripts/test --sanitize` runs them.
    public static let isOn = getenv("USHER_SANITIZED") != nil
}

/// Whether the work of reading grows with the input and not with its square.
///
/// The work is the processor time of the thread, the least of several rounds, so that other programs on the machine hardly matter. Four times the input
/// must not cost more than nine times the work: what is linear costs about four times as much, what is quadratic sixteen times.
public enum Growth {
    /// Times less than this are too short to be compared.
    private static let least: UInt64 = 500_000
    private static let largestFactor = 9.0
    private static let rounds = 3
    /// How often a measurement is repeated that seems to show a fault.
    private static let repetitions = 4
    /// No input of a test is larger, in the unit of its size.
    private static let largest = 1 << 22

    /// Expects that work grows about as its input does.
    ///
    /// - Parameters:
    ///   - name: What is read, for the failure.
    ///   - size: The size to begin with; a work too short to be measured begins with a larger one.
    ///   - input: Makes an input of a size.
    ///   - location: The location of the expectation.
    ///   - work: Reads the input.
    /// - Throws: What the work throws.
    public static func expectLinear<Input: Sendable>(
        _ name: String, size: Int = 4096, input: @escaping @Sendable (Int) -> Input,
        at location: SourceLocation = #_sourceLocation, work: @escaping @Sendable (Input) throws -> Void
    ) async throws {
        // With a sanitizer, memory costs more the more of it there is: the input is read without being timed.
        guard !Sanitizer.isOn else { return try await offThread { try work(input(size * 4)) } }
        // On a thread of its own: the few that tests share must not be held up for so long.
        let measured = try await offThread {
            // A page fault or a cold cache can cost as much as the work itself; it does not do so again and again.
            var best = try factor(size, input, work)
            for _ in 0..<repetitions where best.factor > largestFactor {
                let again = try factor(size, input, work)
                if again.factor < best.factor { best = again }
            }
            return best
        }
        #expect(
            measured.factor <= largestFactor,
            "\(name): four times \(measured.size) costs \(measured.factor) times the work", sourceLocation: location)
    }

    /// How many times the work four times the input needs; nothing that is too short is compared.
    private static func factor<Input>(
        _ size: Int, _ input: (Int) -> Input, _ work: (Input) throws -> Void
    ) throws -> (size: Int, factor: Double) {
        var size = size
        var small = try least(of: input(size), work)
        while small < least, size < largest {
            size *= 2
            small = try least(of: input(size), work)
        }
        let large = try least(of: input(size * 4), work)
        return (size, large < least ? 1 : Double(large) / Double(max(1, small)))
    }

    private static func least<Input>(of input: Input, _ work: (Input) throws -> Void) rethrows -> UInt64 {
        var best = UInt64.max
        for _ in 0..<rounds {
            let start = processorTime()
            try work(input)
            best = min(best, processorTime() - start)
            // What takes long is measured well enough by one round.
            if best > least * 100 { break }
        }
        return best
    }

    /// Nanoseconds that this thread has worked.
    private static func processorTime() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
