import Testing
import UsherModel
import UsherPlan

/// Random stories of one session and two people, told through a channel that is away at times.
///
/// What a person must have been told is worked out from what they were told before, not from how the planner decides.
@Suite("random stories")
struct StoryTests {
    /// The xorshift generator: the same story for the same seed.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    private struct Story {
        var world = World("registered", "changed", "canceled", "48h before start", "24h before start")
        var generator: Generator
        var now = at("01T00:00")
        var start = "10T15:00"
        var subject = "Seats"
        var status = SessionStatus.published
        var people: [String: AttendeeStatus?] = ["ada": .registered, "bob": nil]
        var log: [String] = []
        /// What each was told, or may have been, in this order.
        var words: [String: [Word]] = [:]

        /// What a delivery told: the kind, and the fingerprint of the session then.
        struct Word {
            let key: DedupeKey
            let kind: MomentKind
            let isOwn: Bool
            let facts: String
        }

        /// What each may have been told last, the latest first, then nil where that may be nothing: what was in doubt and then withdrawn
        /// may have arrived or not.
        func lastWords(_ name: String) -> [Word?] {
            var last: [Word?] = []
            for word in (words[name] ?? []).reversed() {
                last.append(word)
                let row = world.rows[word.key]
                let isWithdrawn = row?.reason == .superseded || row?.reason == .canceled
                guard isWithdrawn else { return last }
            }
            return last + [nil]
        }

        init(seed: UInt64) { generator = Generator(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1) }

        mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

        mutating func step() throws -> String? {
            if chance(25) { start = ["10T15:00", "11T15:00", "09T12:00"].randomElement(using: &generator) ?? start }
            if chance(10) { subject = subject == "Seats" ? "Chairs" : "Seats" }
            if chance(25) { status = status == .canceled ? .published : .canceled }
            for name in ["ada", "bob"] where chance(30) {
                people[name] = .some(
                    [.registered, .registered, .canceled, nil].randomElement(using: &generator) ?? nil)
            }
            if chance(10) {
                let ada = try Address("ada@example.com")
                if world.suppressed.remove(ada) == nil { world.suppressed.insert(ada) }
            }
            return try run(down: chance(60))
        }

        /// - Returns: What was wrong; nil where nothing was.
        mutating func run(down: Bool) throws -> String? {
            now = now + .seconds(Int64.random(in: 60...36_000, using: &generator))
            let before = world.rows
            let session = try session(start, subject: subject, status: status)
            let listed = try people.sorted { $0.key < $1.key }.compactMap { name, status in
                try status.map { try person(name, $0) }
            }
            var retry: Instant?
            if down, chance(50) { retry = now + .seconds(Int64.random(in: 60...200_000, using: &generator)) }
            let lines = world.run(at: now, [session], listed, down: down, retry: retry)
            log.append("\(now) \(start) \(subject) \(status) \(people) \(down ? "down" : "up"): \(lines)")
            if down { doubt() }
            for (key, row) in world.rows.sorted(by: { $0.value.toldOrder < $1.value.toldOrder })
            where row.toldOrder != before[key]?.toldOrder ?? 0 {
                if let wrong = told(row, session, isRepeated: before[key]?.toldRevision != nil) { return wrong }
            }
            let planned = world.rows
            world.plan(now: now)
            world.plan(now: now)
            let added = world.rows.filter { planned[$0.key]?.state != $0.value.state }
            // What failed or was put off since the plan may be replaced once, and then nothing is left to plan.
            let again = world.rows
            world.plan(now: now)
            if world.rows.count != again.count {
                return "planning again with the same facts adds \(added.count) deliveries"
            }
            return nil
        }

        /// Something that waits may have arrived after all, and ends in any way, or is to be sent again.
        private mutating func doubt() {
            let waiting = world.rows.filter { $0.value.state == .pending && $0.value.toldRevision == nil }.keys.sorted()
            guard chance(20), let key = waiting.randomElement(using: &generator) else { return }
            let ends: [(DeliveryState, SkipReason?)] = [
                (.pending, nil), (.inDoubt, nil), (.wire, nil), (.failed, nil), (.skipped, .expired),
                (.skipped, .suppressed),
            ]
            guard let end = ends.randomElement(using: &generator) else { return }
            world.end(key, as: end.0, end.1, isTold: true, now: now)
            log.append("  may have arrived, and is \(end.0): \(world.rows[key]?.delivery.rule.rawValue ?? "")")
        }

        private mutating func told(_ row: World.Row, _ session: Session, isRepeated: Bool) -> String? {
            let name = String(row.delivery.recipient.label.prefix { $0 != "@" })
            var isOwn = false
            if case .registrationCanceled = row.delivery.moment { isOwn = true }
            let kind = row.delivery.moment.kind
            let wrong = isRepeated ? [nil] : lastWords(name).map { self.wrong(name, kind, session, after: $0) }
            words[name, default: []]
                .append(Word(key: row.delivery.key, kind: kind, isOwn: isOwn, facts: session.fingerprint))
            // What is right after one of them is not wrong.
            return wrong.contains(nil) ? nil : wrong[0]
        }

        private func wrong(_ name: String, _ kind: MomentKind, _ session: Session, after last: Word?) -> String? {
            switch kind {
            case .canceled where last == nil: "\(name) hears that something is off of which they were never told"
            case .canceled where last?.kind == .canceled: "\(name) is told twice that it is off"
            case .registered where last != nil && last?.isOwn == false: "\(name) is invited twice"
            case .changed where last?.facts == session.fingerprint: "\(name) hears of a change that is none"
            case .changed where last == nil: "\(name) hears of a change of what they were never told"
            case .offset where last?.kind == .canceled: "\(name) is reminded of what was canceled"
            case .canceled, .registered, .announced, .changed, .offset: nil
            }
        }

        /// The channel is well at last: whatever is owed must have been told after that.
        mutating func end() throws -> String? {
            world.suppressed = []
            for _ in 1...3 { if let wrong = try run(down: false) { return wrong } }
            now = now + .seconds(250_000)
            for _ in 1...2 { if let wrong = try run(down: false) { return wrong } }
            let facts = try session(start, subject: subject, status: status).fingerprint
            guard now < (try session(start)).end else { return nil }
            for (name, state) in people {
                let last = lastWords(name)
                switch (status, state) {
                case (.published, .registered?):
                    guard let word = last[0], word.kind != .canceled, word.facts == facts else {
                        return "\(name) is registered and was not told the present facts: \(last)"
                    }
                case (.canceled, _), (_, .canceled?):
                    for case let word? in last where word.kind != .canceled {
                        return "\(name) was not told that it is off: \(last)"
                    }
                default: break
                }
            }
            return nil
        }
    }

    @Test func whateverHappensEveryoneIsToldWhatHoldsAndNothingTwice() throws {
        var failures: [String] = []
        for seed in UInt64(1)...250 where failures.isEmpty {
            var story = Story(seed: seed)
            var wrong: String?
            let steps = Int.random(in: 2...12, using: &story.generator)
            for _ in 1...steps where wrong == nil { wrong = try story.step() }
            if wrong == nil { wrong = try story.end() }
            if let wrong { failures.append("seed \(seed): \(wrong)\n\(story.log.joined(separator: "\n"))") }
        }
        #expect(failures.isEmpty, "\(failures.joined())")
    }
}
