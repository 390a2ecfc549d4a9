internal import GRDB
internal import UsherModel

/// The tables.
///
/// Migrations are append-only and named for what they add.
enum Schema {
    /// The allowed state changes, from and to; triggers refuse every other.
    ///
    /// `in_doubt` ends by a resolution; `failed` becomes `pending` again only when a person asks for it.
    static let transitions: [(DeliveryState, DeliveryState)] = [
        (.pending, .claimed), (.pending, .skipped),
        (.claimed, .pending), (.claimed, .wire), (.claimed, .failed), (.claimed, .skipped),
        (.wire, .sent), (.wire, .failed), (.wire, .inDoubt), (.wire, .pending),
        (.inDoubt, .sent), (.inDoubt, .pending), (.inDoubt, .failed),
        (.failed, .pending),
    ]

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("sessions, rosters and deliveries") { db in
            try db.execute(sql: sessions)
            try db.execute(sql: rosters)
            try db.execute(sql: deliveries)
            try db.execute(sql: guards)
            try db.execute(sql: upkeep)
            for (from, to) in transitions {
                try db.execute(
                    sql: "INSERT INTO transition (from_state, to_state) VALUES (?, ?)",
                    arguments: [from.rawValue, to.rawValue])
            }
        }
        migrator.registerMigration("attendance") { db in try db.execute(sql: attendance) }
        migrator.registerMigration("inbox") { db in try db.execute(sql: inbox) }
        migrator.registerMigration("publications") { db in try db.execute(sql: publications) }
        migrator.registerMigration("names of columns") { db in try db.execute(sql: columnNames) }
        migrator.registerMigration("fences, doubts and budgets") { db in try db.execute(sql: fences) }
        migrator.registerMigration("first readings of registrations") { db in try db.execute(sql: firstReadings) }
        migrator.registerMigration("scans that are out of date") { db in try db.execute(sql: outdatedScans) }
        migrator.registerMigration("what refusals are about") { db in try db.execute(sql: refusals) }
        migrator.registerMigration("complete listings") { db in try db.execute(sql: listings) }
        migrator.registerMigration("spellings of addresses") { db in
            try db.execute(sql: spellings)
            try Spellings.unifyAll(db)
        }
        migrator.registerMigration("earlier names") { db in try db.execute(sql: renamings) }
        migrator.registerMigration("problems already reported") { db in try db.execute(sql: reportedProblems) }
        migrator.registerMigration("sessions that wait for a person") { db in try db.execute(sql: heldSessions) }
        migrator.registerMigration("changes of any kind") { db in try db.execute(sql: anyChanges) }
        migrator.registerMigration("secrets") { db in
            try db.execute(sql: secrets)
            try addSecret(db)
        }
        return migrator
    }

    /// `delivery.secret` is the number of the secret that its id was made with; NULL until it is first claimed, and where a version without
    /// secrets sent it.
    private static let secrets = """
        CREATE TABLE secret (
            number INTEGER PRIMARY KEY CHECK (number > 0),
            value TEXT NOT NULL CHECK (length(value) = 64),
            is_trusted INTEGER NOT NULL DEFAULT 1 CHECK (is_trusted IN (0, 1))
        ) STRICT;
        ALTER TABLE delivery ADD COLUMN secret INTEGER;
        """

    /// Adds a secret, which is the newest then.
    static func addSecret(_ db: Database) throws {
        try LedgerSecrets.random().reveal { value in
            try db.execute(
                sql: "INSERT INTO secret (number, value) SELECT coalesce(max(number), 0) + 1, ? FROM secret",
                arguments: [value])
        }
    }

    /// When anything of a session last changed; NULL for those from before, of which the last revision is known.
    private static let anyChanges = "ALTER TABLE session ADD COLUMN changed_at INTEGER;"

    /// A guard waits for a person because of a session that is held.
    private static let heldSessions = """
        ALTER TABLE session ADD COLUMN is_held INTEGER NOT NULL DEFAULT 0 CHECK (is_held IN (0, 1));
        """

    /// `doubted_revision` and `doubted_order` keep what a delivery may have told that was in doubt and is sent again; `rendered_at` and
    /// `content_digest` are what it takes to send the same content under the same id.
    private static let fences = """
        ALTER TABLE planning_lease ADD COLUMN token INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE session_revision ADD COLUMN fingerprint TEXT;
        ALTER TABLE delivery ADD COLUMN doubted_revision INTEGER;
        ALTER TABLE delivery ADD COLUMN doubted_order INTEGER CHECK ((doubted_order IS NULL) = (doubted_revision IS NULL));
        ALTER TABLE delivery ADD COLUMN rendered_at INTEGER;
        ALTER TABLE delivery ADD COLUMN content_digest TEXT;
        CREATE INDEX delivery_expiring ON delivery (job, channel, expires_at) WHERE state = 'pending';
        INSERT OR IGNORE INTO transition (from_state, to_state) VALUES ('claimed', 'skipped');
        CREATE TABLE channel_trouble (
            job TEXT NOT NULL,
            channel TEXT NOT NULL,
            since INTEGER NOT NULL,
            at INTEGER NOT NULL,
            count INTEGER NOT NULL CHECK (count > 0),
            not_before INTEGER NOT NULL,
            reason TEXT NOT NULL,
            PRIMARY KEY (job, channel)
        ) STRICT, WITHOUT ROWID;
        DROP TABLE bucket;
        CREATE TABLE budget (
            job TEXT NOT NULL,
            channel TEXT NOT NULL,
            at INTEGER NOT NULL,
            used INTEGER NOT NULL CHECK (used > 0),
            PRIMARY KEY (job, channel, at)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE budget_wait (
            job TEXT NOT NULL,
            channel TEXT NOT NULL,
            owner TEXT NOT NULL,
            until INTEGER NOT NULL,
            PRIMARY KEY (job, channel)
        ) STRICT, WITHOUT ROWID;
        """

    /// A session must be gone through again when a delivery fails that another was skipped for, or is put off beyond that one's expiry.
    ///
    /// What was skipped may then be due. A migration that rebuilds the table `delivery` must create these again.
    private static let outdatedScans = """
        CREATE TRIGGER delivery_failed AFTER UPDATE OF state ON delivery
            WHEN NEW.state = 'failed' AND OLD.state <> 'failed' AND EXISTS (
                SELECT 1 FROM delivery s WHERE s.job = NEW.job AND s.event = NEW.event AND s.session = NEW.session
                    AND s.recipient = NEW.recipient AND s.channel = NEW.channel
                    AND s.reason IN ('superseded', 'told by change') AND s.expires_at > NEW.finished_at)
            BEGIN DELETE FROM scan WHERE job = NEW.job AND event = NEW.event AND session = NEW.session; END;
        CREATE TRIGGER delivery_put_off AFTER UPDATE OF not_before ON delivery
            WHEN NEW.state = 'pending' AND NEW.not_before > OLD.not_before AND EXISTS (
                SELECT 1 FROM delivery s WHERE s.job = NEW.job AND s.event = NEW.event AND s.session = NEW.session
                    AND s.recipient = NEW.recipient AND s.channel = NEW.channel AND s.reason = 'superseded'
                    AND s.expires_at > OLD.not_before AND s.expires_at <= NEW.not_before)
            BEGIN DELETE FROM scan WHERE job = NEW.job AND event = NEW.event AND session = NEW.session; END;
        """

    /// What a person renamed: keys were made with the earlier names.
    private static let renamings = """
        CREATE TABLE renaming (
            id INTEGER PRIMARY KEY,
            job TEXT NOT NULL,
            what TEXT NOT NULL CHECK (what IN ('job', 'rule')),
            earlier TEXT NOT NULL,
            name TEXT NOT NULL
        ) STRICT;
        """

    /// What has the id of an earlier spelling may be given the one that all spellings share.
    private static let spellings = """
        CREATE TABLE recipient_spelling (
            earlier TEXT NOT NULL PRIMARY KEY,
            recipient TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX recipient_spelling_of ON recipient_spelling (recipient);
        DROP TRIGGER delivery_identity;
        CREATE TRIGGER delivery_identity
            BEFORE UPDATE OF key, job, rule, channel, event, session, recipient, kind ON delivery
            WHEN OLD.key <> NEW.key OR OLD.job <> NEW.job OR OLD.rule <> NEW.rule OR OLD.channel <> NEW.channel
                OR OLD.event <> NEW.event OR OLD.session <> NEW.session OR OLD.kind <> NEW.kind
                OR NOT EXISTS (SELECT 1 FROM recipient_spelling
                    WHERE earlier = OLD.recipient AND recipient = NEW.recipient)
            BEGIN SELECT RAISE(ABORT, 'what a delivery is never changes'); END;
        """

    /// Jobs from before have published files of which nothing is remembered: `replaces_files`.
    private static let listings = """
        CREATE TABLE listing (
            job TEXT NOT NULL PRIMARY KEY,
            at INTEGER NOT NULL,
            replaces_files INTEGER NOT NULL CHECK (replaces_files IN (0, 1))
        ) STRICT, WITHOUT ROWID;
        INSERT INTO listing (job, at, replaces_files) SELECT job, min(first_seen_at), 1 FROM session GROUP BY job;
        """

    /// `refused` is what the last refusal of a delivery was about; the table `refusal` holds what failed since its channel last delivered.
    private static let refusals = """
        ALTER TABLE channel_trouble ADD COLUMN scope TEXT NOT NULL DEFAULT 'channel';
        ALTER TABLE delivery ADD COLUMN refused TEXT;
        CREATE TABLE refusal (
            job TEXT NOT NULL,
            channel TEXT NOT NULL,
            kind TEXT NOT NULL,
            key TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (job, channel, kind, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX delivery_failures ON delivery (job, finished_at) WHERE state = 'failed';
        """

    /// The reading in which a registration was first seen, so that what a doubtful list adds can be taken back; 0 for those from before.
    private static let firstReadings = """
        ALTER TABLE registration ADD COLUMN first_seen_in INTEGER NOT NULL DEFAULT 0;
        """

    private static let columnNames = """
        ALTER TABLE delivery RENAME COLUMN settled_at TO finished_at;
        ALTER TABLE publication RENAME COLUMN place TO location;
        """

    private static let publications = """
        CREATE TABLE publication (
            job TEXT NOT NULL,
            place TEXT NOT NULL CHECK (length(place) = 64),
            entity_tag TEXT,
            digest TEXT NOT NULL CHECK (length(digest) = 64),
            at INTEGER NOT NULL,
            PRIMARY KEY (job, place)
        ) STRICT, WITHOUT ROWID;
        """

    private static let attendance = """
        CREATE TABLE attendance_reading (
            job TEXT NOT NULL,
            event TEXT NOT NULL,
            session TEXT NOT NULL,
            started INTEGER NOT NULL,
            completed INTEGER NOT NULL CHECK (completed <= started),
            PRIMARY KEY (job, event, session)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE attendance (
            job TEXT NOT NULL,
            event TEXT NOT NULL,
            session TEXT NOT NULL,
            reading INTEGER NOT NULL,
            who TEXT NOT NULL,
            seconds INTEGER NOT NULL CHECK (seconds >= 0),
            PRIMARY KEY (job, event, session, reading, who)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX attendance_of ON attendance (who);
        """

    private static let inbox = """
        CREATE TABLE inbox_position (
            job TEXT NOT NULL,
            mailbox TEXT NOT NULL,
            validity INTEGER NOT NULL CHECK (validity > 0),
            last_uid INTEGER NOT NULL CHECK (last_uid >= 0),
            at INTEGER NOT NULL,
            PRIMARY KEY (job, mailbox)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE calendar_reply (
            job TEXT NOT NULL,
            event TEXT NOT NULL,
            session TEXT NOT NULL,
            recipient TEXT NOT NULL,
            answer TEXT NOT NULL CHECK (answer IN ('accepted', 'declined', 'tentative')),
            sequence INTEGER NOT NULL CHECK (sequence >= 0),
            stamp INTEGER NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (job, event, session, recipient)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX calendar_reply_of ON calendar_reply (recipient);
        """

    private static let sessions = """
        CREATE TABLE session (
            job TEXT NOT NULL,
            event TEXT NOT NULL,
            id TEXT NOT NULL,
            revision INTEGER NOT NULL CHECK (revision >= 0),
            revised_at INTEGER NOT NULL,
            first_seen_at INTEGER NOT NULL,
            restored_revision INTEGER CHECK (restored_revision <= revision),
            missing_runs INTEGER NOT NULL CHECK (missing_runs >= 0),
            missing_at INTEGER,
            ends_at INTEGER NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('draft', 'published', 'canceled')),
            snapshot TEXT NOT NULL,
            PRIMARY KEY (job, event, id),
            CHECK ((missing_runs = 0) = (missing_at IS NULL))
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX session_by_end ON session (job, ends_at);
        CREATE TABLE session_revision (
            job TEXT NOT NULL,
            event TEXT NOT NULL,
            id TEXT NOT NULL,
            revision INTEGER NOT NULL,
            seen_at INTEGER NOT NULL,
            snapshot TEXT NOT NULL,
            PRIMARY KEY (job, event, id, revision)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE scan (
            job TEXT NOT NULL,
            event TEXT NOT NULL,
            session TEXT NOT NULL,
            rules TEXT NOT NULL,
            attendees_tag TEXT,
            revision INTEGER NOT NULL,
            at INTEGER NOT NULL,
            next_due_at INTEGER,
            PRIMARY KEY (job, event, session)
        ) STRICT, WITHOUT ROWID;
        """

    private static let rosters = """
        CREATE TABLE roster (
            job TEXT NOT NULL,
            list TEXT NOT NULL,
            started INTEGER NOT NULL,
            completed INTEGER NOT NULL CHECK (completed <= started),
            PRIMARY KEY (job, list)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE registration (
            job TEXT NOT NULL,
            list TEXT NOT NULL,
            id TEXT NOT NULL,
            recipient TEXT NOT NULL,
            first_seen_at INTEGER NOT NULL,
            seen_in INTEGER NOT NULL,
            attendee TEXT NOT NULL,
            PRIMARY KEY (job, list, id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX registration_by_recipient ON registration (job, list, recipient);
        CREATE INDEX registration_of_recipient ON registration (recipient);
        CREATE TABLE suppression (
            recipient TEXT NOT NULL PRIMARY KEY,
            address TEXT,
            reason TEXT NOT NULL,
            at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    private static let deliveries = """
        CREATE TABLE delivery (
            key TEXT NOT NULL PRIMARY KEY CHECK (length(key) = 64),
            job TEXT NOT NULL,
            rule TEXT NOT NULL,
            channel TEXT NOT NULL,
            template TEXT NOT NULL,
            event TEXT NOT NULL,
            session TEXT NOT NULL,
            recipient TEXT NOT NULL,
            address TEXT,
            list TEXT,
            registration TEXT,
            kind TEXT NOT NULL CHECK (kind IN ('canceled', 'changed', 'registered', 'announced', 'offset')),
            is_own INTEGER NOT NULL CHECK (is_own IN (0, 1)),
            due_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            enrolled_at INTEGER NOT NULL,
            state TEXT NOT NULL
                CHECK (state IN ('pending', 'claimed', 'wire', 'sent', 'failed', 'skipped', 'in_doubt')),
            reason TEXT CHECK (reason IN
                ('superseded', 'expired', 'told by change', 'canceled', 'suppressed', 'late', 'adopted')),
            owner TEXT,
            lease_until INTEGER,
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            not_before INTEGER NOT NULL,
            told_revision INTEGER,
            told_order INTEGER UNIQUE,
            wired_at INTEGER,
            settled_at INTEGER,
            evidence TEXT,
            CHECK ((state IN ('claimed', 'wire')) = (owner IS NOT NULL)),
            CHECK ((owner IS NULL) = (lease_until IS NULL)),
            CHECK ((state = 'skipped') = (reason IS NOT NULL)),
            CHECK ((state IN ('sent', 'failed', 'skipped', 'in_doubt')) = (settled_at IS NOT NULL)),
            CHECK ((told_revision IS NULL) = (told_order IS NULL)),
            CHECK ((state IN ('wire', 'sent', 'in_doubt') OR coalesce(reason, '') = 'adopted')
                = (told_revision IS NOT NULL))
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX delivery_due ON delivery (job, channel, due_at) WHERE state = 'pending';
        CREATE INDEX delivery_held ON delivery (job, owner) WHERE state IN ('claimed', 'wire');
        CREATE INDEX delivery_doubtful ON delivery (job, channel) WHERE state = 'in_doubt';
        CREATE INDEX delivery_of_recipient ON delivery (job, event, session, recipient);
        CREATE INDEX delivery_by_person ON delivery (recipient);
        CREATE TABLE attempt (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL REFERENCES delivery (key),
            at INTEGER NOT NULL,
            outcome TEXT NOT NULL,
            text TEXT
        ) STRICT;
        CREATE INDEX attempt_of_delivery ON attempt (key);
        """

    private static let guards = """
        CREATE TABLE transition (
            from_state TEXT NOT NULL,
            to_state TEXT NOT NULL,
            PRIMARY KEY (from_state, to_state)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER delivery_transition BEFORE UPDATE OF state ON delivery
            WHEN OLD.state <> NEW.state AND NOT EXISTS (
                SELECT 1 FROM transition WHERE from_state = OLD.state AND to_state = NEW.state)
            BEGIN SELECT RAISE(ABORT, 'a delivery may not change its state like this'); END;
        CREATE TRIGGER delivery_begin BEFORE INSERT ON delivery
            WHEN NEW.state NOT IN ('pending', 'skipped')
            BEGIN SELECT RAISE(ABORT, 'a delivery begins pending or skipped'); END;
        CREATE TRIGGER delivery_identity
            BEFORE UPDATE OF key, job, rule, channel, event, session, recipient, kind ON delivery
            BEGIN SELECT RAISE(ABORT, 'what a delivery is never changes'); END;
        CREATE TRIGGER delivery_told BEFORE UPDATE OF told_revision, told_order ON delivery
            WHEN OLD.state = NEW.state AND (OLD.told_revision IS NOT NEW.told_revision
                OR OLD.told_order IS NOT NEW.told_order)
            BEGIN SELECT RAISE(ABORT, 'what a delivery told changes only with its state'); END;
        CREATE TRIGGER delivery_forever BEFORE DELETE ON delivery
            BEGIN SELECT RAISE(ABORT, 'a delivery is never deleted: its key keeps it from being sent again'); END;
        """

    /// `digest` stands for a problem of a record whose text is not kept, since it may name a person.
    private static let reportedProblems = """
        CREATE TABLE reported_problem (
            job TEXT NOT NULL,
            digest TEXT NOT NULL,
            first_seen_at INTEGER NOT NULL,
            last_seen_at INTEGER NOT NULL CHECK (last_seen_at >= first_seen_at),
            PRIMARY KEY (job, digest)
        ) STRICT, WITHOUT ROWID;
        """

    private static let upkeep = """
        CREATE TABLE setting (
            name TEXT NOT NULL PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE counter (
            name TEXT NOT NULL PRIMARY KEY,
            value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO counter (name, value) VALUES ('told', 0);
        CREATE TABLE planning_lease (
            job TEXT NOT NULL PRIMARY KEY,
            owner TEXT NOT NULL,
            until INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE bucket (
            job TEXT NOT NULL,
            channel TEXT NOT NULL,
            tokens REAL NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (job, channel)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE run (
            id INTEGER PRIMARY KEY,
            job TEXT NOT NULL,
            owner TEXT NOT NULL,
            started_at INTEGER NOT NULL,
            ended_at INTEGER,
            outcome TEXT
        ) STRICT;
        CREATE INDEX run_of_job ON run (job, id);
        """
}
