package import UsherModel

/// Sends one message to a person of one's own, to find out what a service keeps of it.
extension JobInspection {
    /// A message to a person of one's own.
    package struct TrialMessage: Sendable {
        /// The recipient.
        package let address: Address
        /// A text that no other message ever has; the name of the channel is added.
        package let id: String

        package init(to address: Address, id: String) { (self.address, self.id) = (address, id) }
    }

    /// Sends the message through each channel that keeps copies, as ``TestMessage`` does, and reads it back.
    ///
    /// - Returns: One result for each step, in order.
    package func send(_ trial: TrialMessage) async -> [Examination] {
        let channels = job.channels.filter(\.keepsCopies)
        guard !channels.isEmpty else {
            return [
                Examination(
                    "send a test message to \(trial.address)", result: "not tried",
                    warning: "not tried: no channel is of kind graph-mail. usher send-test sends through the others")
            ]
        }
        var steps: [Examination] = []
        for channel in channels {
            for step in await send(trial, through: channel) {
                steps.append(
                    Examination(
                        "channel \(channel.name): \(step.step)", result: step.result, error: step.error,
                        warning: step.warning))
            }
        }
        return steps
    }

    private func send(_ trial: TrialMessage, through channel: ConfiguredChannel) async -> [Examination] {
        let step = "send a test message to \(trial.address)"
        let order = TestMessage.Order(
            address: trial.address, template: nil, language: nil, channel: channel.name.rawValue)
        let result = await TestMessage(job, order, now: now).send(id: "\(trial.id) \(channel.name)")
        guard let attempt = result.attempt, let message = result.message else {
            return [
                Examination(step, result: "not tried", warning: "not tried: \(result.problem ?? "nothing was sent")")
            ]
        }
        func failure(_ code: ExaminationError.Code, _ problem: String, _ next: String) -> [Examination] {
            let error = ExaminationError(code, location: result.summary, problem: problem, next: next)
            return [Examination(step, result: "", error: error)]
        }
        switch attempt {
        case .sent(let evidence):
            return [Examination(step, result: evidence.description)] + (await channel.examine(copyOf: message))
        case .failed(let refusal), .retry(let refusal, after: _):
            let code: ExaminationError.Code = refusal.scope == .credentials ? .refusedCredentials : .unreachable
            return failure(code, refusal.description, "Nothing was sent")
        case .inDoubt(let evidence):
            return failure(.unreachable, evidence.description, "Look whether it arrived, and check again")
        }
    }
}
