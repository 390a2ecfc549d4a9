import Foundation
import Glibc
import Testing
import UsherTesting

/// A mail host for one test on loopback ports: Dovecot with mailboxes and, if requested, Postfix in front of it.
///
/// Both are Debian's packages, with configurations in the test's folder and TLS certificates of the test's own
/// authority. They must run as root, and the mailboxes belong to `nobody`.
final class MailHost {
    /// The error output of a server program.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The password of every mailbox.
    static let password = "hush-hush"

    let folder: TemporaryFolder
    let imap: UInt16
    let imaps: UInt16
    let lmtp: UInt16
    let smtp: UInt16
    private let auth: UInt16
    private let tokens: String?
    private var stops: [[String]] = []

    /// Starts Dovecot with mailboxes for these addresses.
    ///
    /// With a URL to verify them, it accepts tokens.
    init(in folder: TemporaryFolder, mailboxes: [String], tokens: String? = nil) async throws {
        (self.folder, self.tokens) = (folder, tokens)
        let ports = try (0..<5).map { _ in try Loopback.deadPort() }
        (imap, imaps, lmtp, smtp, auth) = (ports[0], ports[1], ports[2], ports[3], ports[4])
        try await makeCertificate()
        for name in ["mail", "run", "state"] {
            try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
        }
        try await Self.run(["chown", "nobody:nogroup", folder.path("mail")])
        try folder.write(mailboxes.map { "\($0):{PLAIN}\(Self.password)" }.joined(separator: "\n") + "\n", to: "users")
        try folder.write(dovecot, to: "dovecot.conf")
        try folder.write("tokeninfo_url = \(tokens ?? "")\nusername_attribute = email\n", to: "tokens.conf")
        try await Self.run(["dovecot", "-c", folder.path("dovecot.conf")])
        stops.append(["doveadm", "-c", folder.path("dovecot.conf"), "stop"])
    }

    /// Starts Postfix, which accepts mail from authenticated clients over STARTTLS and delivers mail for `usher.test`
    /// to Dovecot.
    func startPostfix() async throws {
        for name in ["spool", "data", "postfix", "log"] {
            try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
        }
        try await Self.run(["chown", "postfix:postfix", folder.path("data")])
        try folder.write(postfix, to: "postfix/main.cf")
        try folder.write(services, to: "postfix/master.cf")
        try await Self.run(["postfix", "-c", folder.path("postfix"), "start"])
        stops.append(["postfix", "-c", folder.path("postfix"), "stop"])
    }

    /// Stops both servers, the second one even if the first does not stop.
    func stop() async throws {
        var failure: (any Error)?
        for command in stops.reversed() {
            do { try await Self.run(command) } catch { failure = error }
        }
        stops = []
        if let failure { throw failure }
    }

    /// Runs a host while `use` runs.
    static func run<Result>(
        _ mailboxes: [String], postfix: Bool = false, tokens: String? = nil, _ use: (MailHost) async throws -> Result
    ) async throws -> Result {
        let host = try await MailHost(in: TemporaryFolder(), mailboxes: mailboxes, tokens: tokens)
        do {
            if postfix { try await host.startPostfix() }
            let result = try await use(host)
            try await host.stop()
            return result
        } catch {
            try await host.stop()
            throw error
        }
    }

    // MARK: Mailboxes, accessed with Python's imaplib and smtplib

    /// One mail in a mailbox.
    struct Mail: Decodable {
        let uid: Int
        let flags: [String]
        let raw: Data
        /// The parts as Python's `email` parses them: decoded texts, and the calendar's bytes.
        let headers: [String: String]
        let parts: [Part]

        struct Part: Decodable {
            let type: String
            let method: String?
            let filename: String?
            let content: Data
        }
    }

    /// The mails in a mailbox, once there are at least `count`; opens it read-only.
    func mails(of user: String, atLeast count: Int = 0, folder name: String = "INBOX") async throws -> [Mail] {
        let output = try await python([
            "list", "\(imaps)", folder.path("ca.pem"), user, Self.password, name, "\(count)",
        ])
        return try JSONDecoder().decode([Mail].self, from: Data(output.utf8))
    }

    /// Delivers a mail to a mailbox over LMTP.
    func deliver(_ mail: String, to user: String) async throws {
        let name = "message-\(UUID().uuidString).eml"
        try folder.write(mail.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n"), to: name)
        _ = try await python(["deliver", "\(lmtp)", user, folder.path(name)])
    }

    /// Changes the UIDVALIDITY of a mailbox, as restoring it from a backup does.
    func recreate(_ user: String) async throws {
        try await Self.run([
            "doveadm", "-c", folder.path("dovecot.conf"), "mailbox", "update", "-u", user, "--uid-validity",
            "4000000000",
            "INBOX",
        ])
    }

    private func python(_ arguments: [String]) async throws -> String {
        let result = try await Python.run(Self.script, arguments)
        guard result.status == 0 else { throw Failure(description: "\(result.output)\n\(log)") }
        return result.output
    }

    /// The log of the servers.
    var log: String {
        ["dovecot.log", "log/mail.log"].map { (try? folder.read($0)) ?? "" }.joined(separator: "\n")
    }

    // MARK: Programs and configurations

    /// Runs a program to its end through Python, so that a daemon it starts does not inherit a pipe that this process
    /// waits for.
    static func run(_ words: [String]) async throws {
        let result = try await Python.run(script, ["run"] + words)
        guard result.status == 0 else {
            throw Failure(description: "\(words.joined(separator: " ")): \(result.status): \(result.output)")
        }
    }

    static let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "mailbox.py").path

    private func makeCertificate() async throws {
        let (ca, key, cert) = (folder.path("ca.pem"), folder.path("key.pem"), folder.path("cert.pem"))
        try await Self.run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days",
                "2", "-subj", "/CN=Test authority", "-keyout", folder.path("ca.key"), "-out", ca,
            ])
        try await Self.run([
            "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
            "/CN=127.0.0.1", "-keyout", key, "-out", folder.path("request.pem"),
        ])
        try folder.write("subjectAltName=IP:127.0.0.1\n", to: "names")
        try await Self.run([
            "openssl", "x509", "-req", "-in", folder.path("request.pem"), "-CA", ca, "-CAkey", folder.path("ca.key"),
            "-CAcreateserial", "-days", "2", "-extfile", folder.path("names"), "-out", cert,
        ])
    }

    private var dovecot: String {
        """
        base_dir = \(folder.path("run"))
        state_dir = \(folder.path("state"))
        log_path = \(folder.path("dovecot.log"))
        protocols = imap lmtp
        listen = 127.0.0.1
        ssl = required
        ssl_cert = <\(folder.path("cert.pem"))
        ssl_key = <\(folder.path("key.pem"))
        auth_mechanisms = plain login\(tokens == nil ? "" : " xoauth2")
        mail_location = maildir:\(folder.path("mail"))/%u
        first_valid_uid = 1
        \(tokens == nil ? "" : "passdb {\n driver = oauth2\n mechanisms = xoauth2\n args = \(folder.path("tokens.conf"))\n}")
        passdb {
          driver = passwd-file
          args = \(folder.path("users"))
        }
        userdb {
          driver = static
          args = uid=nobody gid=nogroup home=\(folder.path("mail"))/%u
        }
        namespace inbox {
          inbox = yes
          separator = /
        }
        service imap-login {
          inet_listener imap {
            port = \(imap)
          }
          inet_listener imaps {
            port = \(imaps)
            ssl = yes
          }
        }
        service lmtp {
          inet_listener lmtp {
            address = 127.0.0.1
            port = \(lmtp)
          }
        }
        service auth {
          inet_listener {
            address = 127.0.0.1
            port = \(auth)
          }
        }

        """
    }

    private var postfix: String {
        """
        compatibility_level = 3.6
        queue_directory = \(folder.path("spool"))
        data_directory = \(folder.path("data"))
        command_directory = /usr/sbin
        daemon_directory = /usr/lib/postfix/sbin
        mail_owner = postfix
        setgid_group = postdrop
        maillog_file = \(folder.path("log/mail.log"))
        maillog_file_prefixes = \(folder.path)
        myhostname = mail.usher.test
        mydestination =
        inet_interfaces = 127.0.0.1
        inet_protocols = ipv4
        virtual_mailbox_domains = usher.test
        virtual_transport = lmtp:inet:127.0.0.1:\(lmtp)
        smtpd_tls_cert_file = \(folder.path("cert.pem"))
        smtpd_tls_key_file = \(folder.path("key.pem"))
        smtpd_tls_security_level = encrypt
        smtpd_sasl_auth_enable = yes
        smtpd_sasl_type = dovecot
        smtpd_sasl_path = inet:127.0.0.1:\(auth)
        smtpd_relay_restrictions = permit_sasl_authenticated, reject
        smtpd_recipient_restrictions = permit_sasl_authenticated, reject
        smtputf8_enable = yes

        """
    }

    private var services: String {
        """
        127.0.0.1:\(smtp) inet n - n - - smtpd
        pickup unix n - n 60 1 pickup
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        tlsmgr unix - - n 1000? 1 tlsmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        verify unix - - n - 1 verify
        flush unix n - n 1000? 0 flush
        proxymap unix - - n - - proxymap
        smtp unix - - n - - smtp
        showq unix n - n - - showq
        error unix - - n - - error
        retry unix - - n - - error
        discard unix - - n - - discard
        lmtp unix - - n - - lmtp
        anvil unix - - n - 1 anvil
        scache unix - - n - 1 scache
        postlog unix-dgram n - n - 1 postlogd

        """
    }
}
