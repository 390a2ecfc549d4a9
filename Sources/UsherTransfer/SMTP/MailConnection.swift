internal import CCurl
internal import Glibc

/// A thread with one libcurl handle, and so with one connection that is used again and again.
final class MailConnection: Sendable {
    private let orders = Handoff<Order>()

    private enum Order: Sendable {
        case carry(MailJob)
        /// Ends the connection; whoever waits is told.
        case end(CheckedContinuation<Void, Never>?)
    }

    /// Starts the thread; nil where this machine has none left.
    init?(_ options: MailTransferOptions) {
        guard Self.libraryStart == CURLE_OK else { return nil }
        let orders = orders
        let box = Box {
            Self.blockSignals()
            let end = Self.serve(orders, MailDialogue(options))
            end?.resume()
        }
        let context = Unmanaged.passRetained(box).toOpaque()
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().work() }
                return nil
            }, context)
        guard status == 0 else {
            Unmanaged<Box>.fromOpaque(context).release()
            return nil
        }
        pthread_detach(thread)
    }

    /// Hands over one message; the job reports.
    func start(_ job: MailJob) { orders.give(.carry(job)) }

    /// Ends the connection with QUIT, and the thread.
    func stop() async {
        await withCheckedContinuation { orders.give(.end($0)) }
    }

    /// The same, without waiting for it.
    func abandon() { orders.give(.end(nil)) }

    private static func serve(
        _ orders: Handoff<Order>, _ dialogue: MailDialogue
    ) -> CheckedContinuation<Void, Never>? {
        while true {
            switch orders.take() {
            case .carry(let job): dialogue.carry(job)
            case .end(let waiting):
                dialogue.leave()
                return waiting
            }
        }
    }

    private static let libraryStart = usher_curl_global_init()

    /// libcurl under CURLOPT_NOSIGNAL leaves SIGPIPE to us; the program's own signals are for other threads.
    private static func blockSignals() {
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
    }

    private final class Box: Sendable {
        let work: @Sendable () -> Void

        init(_ work: @escaping @Sendable () -> Void) { self.work = work }
    }
}
