/// Every ceiling, with its unit and its reason: no buffer, queue, response or wait is unbounded.
public enum Limits {
    /// Octets of one message.
    ///
    /// Common servers take 25 MB; a join-link mail has no business near that.
    public static let messageBytes = 10 * 1024 * 1024
    /// Characters of evidence or a refusal kept in the ledger: an SMTP reply or the head of an HTTP body.
    public static let evidenceBytes = 1000
    /// Octets of a subject: RFC 5322 §2.1.1 gives a line 998.
    public static let subjectBytes = 900
    /// Octets of a person's first or last name; longer ones are refused as no name.
    public static let nameBytes = 256
    /// Octets of an event's description; mail clients clip a message near 100 kB (Gmail at about 102 kB).
    public static let detailsBytes = 64 * 1024
    /// Octets of an id given by a source; Graph's have 73.
    public static let idBytes = 512
    /// Attendees in one page.
    public static let pageAttendees = 500
    /// Octets of one record (an event without its sessions and registrations, a session, a registration, a CSV row).
    public static let recordBytes = 1024 * 1024
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
    /// Letters of an inbox that say nothing and share a commit: so many at most are read again after a crash.
    public static let messagesPerCommit = 100
    /// How long a run that was asked to stop waits for replies to what is on the wire.
    ///
    /// With the second in which libcurl looks up and two for taking leave it ends within ten: what systemd and cron jobs give.
    public static let stopPatience = Duration.seconds(6)
    /// Record problems named one by one in a run's report; the rest is counted.
    public static let problemsShown = 50
    /// Deliveries shown one by one in a plan for people; the rest is counted.
    public static let planRowsShown = 200
}
