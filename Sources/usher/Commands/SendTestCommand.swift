import ArgumentParser
import Foundation
import UsherEngine
import UsherJob
import UsherModel
import UsherText

/// `usher send-test JOB`: sends one message with sample data to a person of one's own.
struct SendTestCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "send-test",
        abstract: "Send one message with sample data, to see what recipients will see.",
        discussion: """
            The subject of a mail begins with [Test]; a webhook gets the header Usher-Test: true, and [Test] in the title. The session \
            does not exist, and no recipient of the job is reached. The ledger is neither read nor written: the message counts as no \
            delivery, and runs send what is due as if there had been no test.
            """)

    @Argument(help: ArgumentHelp("The job file (YAML).", valueName: "job"))
    var job: String

    @Option(help: ArgumentHelp("Who gets it; needed for mail.", valueName: "address"))
    var to: String?

    @Option(help: ArgumentHelp("The template; otherwise that of the first rule that fits.", valueName: "name"))
    var template: String?

    @Option(help: ArgumentHelp("The recipient's language; otherwise the job's.", valueName: "tag"))
    var lang: String?

    @Option(help: ArgumentHelp("The channel; otherwise that of the first rule that fits.", valueName: "name"))
    var channel: String?

    @OptionGroup var time: TimeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var logging: LogOptions

    func validate() throws { _ = try order() }

    mutating func run() async throws {
        StopSignal.watch()
        let terminal = Terminal(output)
        guard let job = CommandContext.configure(job, terminal) else { throw Exit.badJob.error }
        let test = TestMessage(job, try order(), now: time.instant)
        let id = CommandContext.environment.makeID()
        let result = await StopSignal.canceling { await test.send(id: id) }
        await job.close()
        guard let attempt = result.attempt else {
            terminal.warn(result.problem ?? "nothing was sent")
            throw Exit.badJob.error
        }
        let (word, text) = Self.words(attempt)
        if attempt.problemCode == nil {
            terminal.say("sent: \(result.summary): \(text)")
        } else {
            terminal.warn("\(word): \(result.summary): \(text)")
        }
        terminal.emit([
            "job": .string(job.name), "outcome": .string(word), "message": .string(result.summary),
            "evidence": .string(text),
        ])
        if let code = attempt.problemCode { throw Exit(code).error }
    }

    private static func words(_ attempt: Attempt) -> (String, String) {
        switch attempt {
        case .sent(let evidence): ("sent", evidence.description)
        case .inDoubt(let evidence): ("in doubt", evidence.description)
        case .failed(let refusal), .retry(let refusal, after: _): ("not sent", refusal.description)
        }
    }

    private func order() throws -> TestMessage.Order {
        var address: Address?
        if let to {
            do throws(Address.Problem) {
                address = try Address(to)
            } catch {
                throw ValidationError("--to: \(error)")
            }
        }
        var language: LanguageTag?
        if let lang {
            guard let tag = LanguageTag(lang) else {
                throw ValidationError("--lang: \"\(lang)\" is not a language tag such as de or fr-CA.")
            }
            language = tag
        }
        return TestMessage.Order(address: address, template: template, language: language, channel: channel)
    }
}
