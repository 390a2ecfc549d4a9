internal import Dispatch
internal import Foundation
internal import Synchronization
internal import UsherLedger
internal import UsherModel

/// What every test that makes a ledger asks of it at its end: that `usher ledger verify` finds nothing.
enum SoundLedgers {
    /// What is wrong with the ledgers in a folder and the folders in it.
    static func problems(in folder: String) -> [String] {
        guard let items = FileManager.default.enumerator(atPath: folder) else { return [] }
        var paths: [String] = []
        while let name = items.nextObject() as? String {
            let isFile = items.fileAttributes?[.type] as? FileAttributeType == .typeRegular
            if isFile, name.hasSuffix(".sqlite") { paths.append(folder + "/" + name) }
        }
        return paths.sorted().flatMap { problems(of: $0) }
    }

    /// Waits: a folder is removed in a `deinit`, which cannot be asynchronous.
    private static func problems(of path: String) -> [String] {
        let problems = Mutex<[String]>([])
        let end = DispatchSemaphore(value: 0)
        Task.detached(executorPreference: OwnQueue()) {
            let found = await verify(path)
            problems.withLock { $0 = found }
            end.signal()
        }
        end.wait()
        return problems.withLock { $0 }
    }

    private static func verify(_ path: String) async -> [String] {
        do throws(LedgerError) {
            guard let ledger = try await SQLiteLedger.openReadOnly(path: path) else { return [] }
            let verification = try await ledger.verify(clock: .distantPast)
            await ledger.close()
            return verification.problems.map { "\(path): \($0)" }
        } catch {
            return ["\(error)"]
        }
    }
}

/// A thread of its own, so that waiting for the task takes none of the few that tests share.
private final class OwnQueue: TaskExecutor {
    private let queue = DispatchQueue(label: "usher.sound-ledgers")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
