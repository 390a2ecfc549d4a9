internal import CCurl
internal import Glibc

/// The thread that owns libcurl's handles: it runs at most `width` transfers at once, and ends each exactly once.
final class TransferThread {
    private struct Running {
        let id: UInt64
        let transfer: any Transfer
        let easy: EasyHandle
    }

    private let multi: MultiHandle
    private let width: Int
    private let loop: TransferLoop
    private var waiting: [Order] = []
    private var running: [UnsafeMutableRawPointer: Running] = [:]
    private let sockets = SocketLog()

    /// The longest wait, in milliseconds.
    ///
    /// libcurl's timers and the queue end it earlier; this limit is for what neither would notice.
    private static let longestWait: Int32 = 60_000

    init(multi: MultiHandle, width: Int, loop: TransferLoop) {
        self.multi = multi
        self.width = width
        self.loop = loop
    }

    func run() {
        OwnThread.blockSignals()
        while readRequests() {
            begin()
            guard multi.perform() else { break }
            // An ended transfer makes room for one that waits.
            if endFinished() { continue }
            guard multi.wait(milliseconds: Self.longestWait) else { break }
        }
        end()
    }

    /// Reads what was submitted; `false` when it is time to end.
    private func readRequests() -> Bool {
        let requests = loop.nextRequests()
        waiting += requests.orders
        for id in requests.cancellations { cancel(id) }
        guard requests.isClosing else { return true }
        abandonWaiting(.closed)
        return !running.isEmpty
    }

    private func begin() {
        let free = min(width - running.count, waiting.count)
        guard free > 0 else { return }
        for order in waiting.prefix(free) { begin(order) }
        waiting.removeFirst(free)
    }

    private func begin(_ order: Order) {
        let transfer = order.begin()
        guard let easy = EasyHandle() else { return transfer.abandon(.exhausted) }
        transfer.prepare(easy, sockets)
        guard easy.firstFailure == CURLE_OK else { return transfer.end(easy.firstFailure, on: easy) }
        guard multi.add(easy) else { return transfer.abandon(.exhausted) }
        running[easy.pointer] = Running(id: order.id, transfer: transfer, easy: easy)
    }

    /// Ends the transfers that libcurl has finished; `false` where there were none.
    private func endFinished() -> Bool {
        var hasEnded = false
        while let (pointer, result) = multi.nextEnded() {
            guard let ended = running.removeValue(forKey: pointer) else { continue }
            multi.remove(ended.easy)
            ended.transfer.end(result, on: ended.easy)
            hasEnded = true
        }
        return hasEnded
    }

    private func cancel(_ id: UInt64) {
        if let index = waiting.firstIndex(where: { $0.id == id }) {
            waiting.remove(at: index).begin().abandon(.canceled)
        } else if let pointer = running.first(where: { $0.value.id == id })?.key {
            abandonRunning(pointer, .canceled)
        }
    }

    private func abandonRunning(_ pointer: UnsafeMutableRawPointer, _ reason: Abandonment) {
        guard let abandoned = running.removeValue(forKey: pointer) else { return }
        multi.remove(abandoned.easy)
        abandoned.transfer.abandon(reason)
    }

    private func abandonWaiting(_ reason: Abandonment) {
        for order in waiting { order.begin().abandon(reason) }
        waiting = []
    }

    /// Reached with no transfer under way, or after libcurl's multi handle failed.
    private func end() {
        waiting += loop.end().orders
        for pointer in Array(running.keys) { abandonRunning(pointer, .exhausted) }
        abandonWaiting(.closed)
        multi.close()
        loop.resumeClosers()
    }
}
