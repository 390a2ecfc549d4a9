import ArgumentParser
import UsherEngine
import UsherModel

extension LedgerCommand {
    /// `ledger rotate-secret`.
    struct RotateSecret: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate-secret",
            abstract: "Make a new secret for message ids and for tokens to unsubscribe.",
            discussion: """
                Messages that were sent keep their ids, and their tokens stay valid. Add --revoke if someone may have read the \
                ledger: reports and tokens that rest on the earlier secrets are no longer believed then. Personal calendars \
                without a secret of their own in the job file get new names: their subscribers need the new URL.
                """)

        @Flag(help: "Believe nothing any more that rests on the earlier secrets.") var revoke = false
        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var output: OutputOptions

        mutating func run() async throws {
            let terminal = Terminal(output)
            let revoke = revoke
            try await LedgerOptions.writing(try ledger.path(terminal), terminal) { ledger async throws(LedgerError) in
                try await ledger.rotateSecret(revoking: revoke)
                terminal.say("a new secret\(revoke ? "; the earlier ones are revoked" : "")")
            }
        }
    }
}
