/// Every limit, with its unit and its reason: no buffer, queue, response or wait is unbounded.
public enum Limits {
    /// Octets of one message.
    ///
    /// Common servers accept 25 MB; a mail with a join link never needs that much.
    public static let messageBytes = 10 * 1024 * 1024
    /// Characters of evidence or a refusal kept in the ledger: an SMTP reply or the head of an HTTP body.
    public static let evidenceBytes = 1000
    /// Octets of a subject: RFC 5322 §2.1.1 allows 998 in a line.
    public static let subjectBytes = 900
    /// Octets of a person's first or last name; a longer one is refused, because it cannot be a name.
    public static let nameBytes = 256
    /// Octets of an event's description; mail clients clip a message near 100 kB (Gmail at about 102 kB).
    public static let detailsBytes = 64 * 1024
    /// Octets of an id from a source; Graph's have 73.
    public static let idBytes = 512
    /// Attendees in one page.
    public static let pageAttendees = 500
    /// Rows of the ledger in one page, where people read all of them: a plan, a list of suppressed addresses.
    public static let pageRows = 5000
    /// Octets of one record (an event without its sessions and registrations, a session, a registration, a CSV row).
    public static let recordBytes = 1024 * 1024
    /// The earliest year in which an event that recurs may begin.
    ///
    /// The Gregorian calendar is in use since 1582; programs that write the year 1 have no date.
    public static let earliestSeriesYear = 1583
    /// Octets of the descriptions of all sessions of one recurring event in the window.
    ///
    /// An occurrence each day of a year with a description of 40 kB is less.
    public static let seriesBytes = 16 * 1024 * 1024
    /// Invitations of one recurring event to single occurrences, where they are not the same for all: people times occurrences.
    public static let seriesInvitations = 2_000_000
    /// Sessions of one job: they are held in memory, attendees are not.
    public static let sessions = 100_000
    /// Files in a source folder.
    public static let sourceFiles = 10_000
    /// Octets of a job file.
    public static let jobFileBytes = 1024 * 1024
    /// Octets of one template file.
    public static let templateBytes = 512 * 1024
    /// Deliveries claimed at once.
    public static let claimBatch = 200
    /// Messages of an inbox without any effect that share one commit; at most this many are read again after a crash.
    public static let messagesPerCommit = 100
    /// How long a run that was asked to stop waits for replies to messages on the wire.
    ///
    /// Together with one second until libcurl notices, or a program that prints a secret ends, two for closing connections and one for the
    /// last ping, the run ends within the ten seconds that container runtimes allow.
    public static let stopPatience = Duration.seconds(5)
    /// How long a run waits for a server that asked it to (Retry-After); what would take longer waits for a later run.
    public static let serverWait = Duration.seconds(10)
    /// How often a run waits for one server.
    public static let serverWaits = 6
    /// How long a run waits for its rate: a window of a minute, and a little; where the next delivery may go later than this, a later run sends it.
    public static let rateWait = Duration.seconds(62)
    /// How long the calls of one ping URL may take.
    public static let pingPatience = Duration.seconds(10)
    /// How long the run waits, once it has ended or was asked to stop, for a ping that is under way.
    public static let lastPingPatience = Duration.seconds(1)
    /// How long a program may take to print a secret.
    ///
    /// Password managers that ask a server need a few seconds; one that waits for a person would wait for ever.
    public static let secretPatience = Duration.seconds(30)
    /// Octets of a secret: certificates with their chains have some ten thousand.
    public static let secretBytes = 64 * 1024
    /// Characters of what a program that should print a secret says on standard error.
    public static let secretErrorCharacters = 200
    /// Record problems listed one by one in a run's report; the others are only counted.
    public static let problemsShown = 50
    /// Record problems of a run that are compared with those reported before; what is beyond that is reported each time.
    public static let recordsRemembered = 20_000
    /// Deliveries listed one by one in a plan for people; the others are only counted.
    public static let planRowsShown = 200
}
