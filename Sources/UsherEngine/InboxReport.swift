/// What one run of `usher inbox` read, and what it recorded.
package struct InboxReport: Hashable, Sendable {
    /// The messages that were read, by what they led to.
    package struct Tally: Hashable, Sendable {
        /// All messages read.
        package var read = 0
        /// Addresses suppressed because mail to them bounced.
        package var bounced = 0
        /// Addresses suppressed because their owner asked for it.
        package var unsubscribed = 0
        /// Bounced or delayed mails whose address still exists; the report is kept with the delivery.
        package var noted = 0
        /// Invitations accepted.
        package var accepted = 0
        /// Invitations declined.
        package var declined = 0
        /// Invitations accepted tentatively.
        package var tentative = 0
        /// Messages that told nothing new.
        package var known = 0
        /// Messages that were not believed, such as an answer from someone else.
        package var refused = 0
        /// Messages that do not concern mail of this job.
        package var others = 0

        package init() {}
    }

    /// The job's name.
    package let job: String
    package internal(set) var tally = Tally()
    /// The problems, which decide the exit code; at most ``Limits/problemsShown`` about messages.
    package internal(set) var problems: [RunProblem] = []
    /// Remarks for a person: one line for each suppressed address and each bounced mail.
    package internal(set) var notes: [String] = []

    init(job: String, failure: RunProblem? = nil) {
        self.job = job
        if let failure { problems = [failure] }
    }
}
