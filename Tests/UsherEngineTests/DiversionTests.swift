import Testing
import UsherJob
import UsherModel
import UsherRender
import UsherTesting

@testable import UsherEngine

/// A diverted job reaches no real recipient, whatever kinds of channel it has.
@Suite("divert and what channels reach")
struct DiversionTests {
    /// A channel of a kind that `divert` has never heard of.
    private struct NewChannel: Channel {
        let format: MessageFormat
        let reach: ChannelReach
        let width = 1
        let promises: ChannelPromises = []

        func send(
            _ message: Message, wire: () async throws(WireFailure) -> Void
        ) async throws(WireFailure) -> Attempt { .failed(Refusal(.channel, "a test")) }

        func lookUp(
            _ id: DeliveryID, recipient: Recipient, age: Duration, subject: SubjectDigest?
        ) async -> DoubtAnswer {
            .unknown(Evidence("a test"))
        }
    }

    private func problems(_ channel: NewChannel, divert: String) throws -> [String] {
        let job = try Job(
            Array(
                """
                name: test
                source: {kind: file, path: x}
                channels: {new: {kind: pigeon}}
                rules: [{when: changed, to: channel, via: new, template: webhook}]
                divert: \(divert)
                """.utf8), file: "job.yaml"
        ) { _ in true }
        let problems = JobProblems()
        let configured = ConfiguredChannel(channel, try #require(job.channels.first))
        let parts = JobBuilder.Parts(
            words: WordSet(folder: nil), source: nil, channels: [configured], publications: [], inbox: nil)
        JobChecks(job: job, parts: parts, problems: problems).run()
        return problems.errors.map(\.description)
    }

    private static let both = #"{mail: staging@example.com, webhook: "http://127.0.0.1:9000"}"#

    @Test(arguments: [nil, "https://chat.example.com", ""])
    func anEndpointThatIsNotTheTargetOfDivertIsRefused(_ target: String?) throws {
        let channel = NewChannel(
            format: .payload(mediaType: "text/plain"), reach: .endpoint(divertedTo: target))
        let problems = try problems(channel, divert: Self.both)
        #expect(
            problems.count == 1 && problems[0].contains("a pigeon channel, which cannot be diverted"), "\(problems)")
    }

    @Test func anEndpointNeedsATargetInDivert() throws {
        let channel = NewChannel(format: .payload(mediaType: "text/plain"), reach: .endpoint(divertedTo: nil))
        let problems = try problems(channel, divert: "{mail: staging@example.com}")
        #expect(problems.count == 1 && problems[0].contains("divert names no URL for webhooks"), "\(problems)")
    }

    /// `divert: {mail: …}` replaces the addresses of mail; a payload to people has none that it could replace.
    @Test func aPayloadToPeopleIsRefused() throws {
        let channel = NewChannel(format: .payload(mediaType: "text/plain"), reach: .people)
        let problems = try problems(channel, divert: Self.both)
        #expect(problems.count == 1 && problems[0].contains("real people would be reached"), "\(problems)")
    }

    @Test func aChannelThatIsDivertedOrStaysOnThisMachineIsNot() throws {
        for reach in [ChannelReach.endpoint(divertedTo: "http://127.0.0.1:9000"), .local] {
            let channel = NewChannel(format: .payload(mediaType: "text/plain"), reach: reach)
            #expect(try problems(channel, divert: Self.both).isEmpty)
        }
    }
}
