internal import FoundationEssentials
internal import UsherCredentials
package import UsherJob
internal import UsherModel
internal import UsherTransfer

/// Calls the URLs that a job names for start, success and failure, so that a monitoring service notices when cron stops running it.
package struct Pings: Sendable {
    private let ping: JobPing
    private let secrets: SecretStore
    private let clock: WallClock
    private let isStopping: @Sendable () -> Bool

    /// Reads the URLs of a job file in which anything else may be wrong: the monitor must hear of that, too.
    ///
    /// - Parameters:
    ///   - file: The job file.
    ///   - environment: Where secrets are, and the clock.
    ///   - isStopping: Whether a person asked to stop; calls then end soon.
    package init(
        job file: String, _ environment: RuntimeEnvironment, isStopping: @escaping @Sendable () -> Bool = { false }
    ) {
        let bytes = FileManager.default.contents(atPath: file).map { Array($0) } ?? []
        ping = JobPing(in: bytes, file: file)
        secrets = SecretStore(
            environment: environment.variables, folder: Job.folder(of: file), clock: environment.clock)
        (clock, self.isStopping) = (environment.clock, isStopping)
    }

    /// Decides which URL to call at the end of a run.
    ///
    /// - Parameter codes: The kinds of problems that it had.
    /// - Returns: `success` or `failure`.
    package func ending(_ codes: some Sequence<RunProblem.Code>) -> JobPing.Moment {
        let kinds = Set(codes)
        if kinds.isEmpty { return .success }
        guard kinds == [.retrying] else { return .failure }
        return switch ping.retrying {
        case .success: .success
        case .failure: .failure
        }
    }

    /// Calls the URL of a moment, if the job names one; ends after ``Limits/pingPatience``, or soon after the run was asked to stop.
    ///
    /// - Returns: What went wrong, for a person; nil on success. A failed ping never stops a run.
    package func call(_ moment: JobPing.Moment) async -> String? {
        guard let reference = ping.urls[moment] else { return nil }
        return await withTaskGroup(of: Ending.self) { group in
            group.addTask { .called(await call(reference, moment)) }
            group.addTask {
                await deadline()
                return .late
            }
            let first = await group.next()
            group.cancelAll()
            // A call that is canceled says so; what it says is not the reason.
            guard case .called(let problem) = first, !Task.isCancelled else {
                return "ping.\(moment.rawValue): gave no answer in time"
            }
            return problem
        }
    }

    private enum Ending: Sendable {
        case called(String?)
        case late
    }

    /// Returns when a call has used up its time.
    private func deadline() async {
        let step = Duration.milliseconds(200)
        var left = Limits.pingPatience
        while left > .zero, !isStopping(), !Task.isCancelled {
            await clock.pause(step)
            left -= step
        }
        guard isStopping(), !Task.isCancelled else { return }
        await clock.pause(min(max(left, step), Limits.lastPingPatience))
    }

    private func call(_ reference: SecretReference, _ moment: JobPing.Moment) async -> String? {
        do throws(SecretError) {
            return await get(try await secrets.secret(reference), moment)
        } catch {
            return "ping.\(moment.rawValue): \(error)"
        }
    }

    /// Calls the URL, which is a secret: messages show only its scheme and host.
    private func get(_ secret: Secret, _ moment: JobPing.Moment) async -> String? {
        do throws(TransferError) {
            let url = try secret.reveal { (text) throws(TransferError) in try HTTPURL(text) }
            var request = HTTPRequest(.get, url)
            request.visibility = .origin
            (request.totalTimeout, request.responseBytes) = (Limits.pingPatience, 64 * 1024)
            let client = try HTTPClient()
            let response = try await client.send(request)
            await client.close()
            return (200..<300).contains(response.status) ? nil : "ping.\(moment.rawValue): answered \(response.status)"
        } catch {
            return "ping.\(moment.rawValue): \(error)"
        }
    }
}
