/// What one reading of a job's inbox found and did.
package struct InboxReport: Hashable, Sendable {
    /// Letters, and what they came to.
    package struct Tally: Hashable, Sendable {
        /// Letters read.
        package var read = 0
        /// Addresses suppressed because mail to them came back.
        package var bounced = 0
        /// Addresses suppressed because their owner asked for it.
        package var unsubscribed = 0
        /// Mails that came back or are late, where the address is not why: kept with the delivery.
        package var noted = 0
        /// Invitations accepted.
        package var accepted = 0
        /// Invitations declined.
        package var declined = 0
        /// Invitations answered with perhaps.
        package var tentative = 0
        /// What was known already.
        package var known = 0
        /// What was not believed.
        package var refused = 0
        /// Letters that are no concern of ours.
        package var others = 0

        /// Nothing yet.
        package init() {}
    }

    /// The job's name.
    package let job: String
    /// Letters, and what they came to.
    package internal(set) var tally = Tally()
    /// What decides the exit code; of a kind that comes in thousands only the first few.
    package internal(set) var problems: [RunProblem] = []
    /// What a person may want to know: one line for each address that was suppressed, and each mail that came back.
    package internal(set) var notes: [String] = []

    init(job: String, failure: RunProblem? = nil) {
        self.job = job
        if let failure { problems = [failure] }
    }
}
