import Testing
import UsherModel
import UsherPlan

@Suite("keys that earlier versions made")
struct SpellingTests {
    @Test func areFoundUnderTheirSpelling() throws {
        let person = Recipient.person(try Address("jana@example.com"))
        let earlier = try #require(Recipient.person(try Address("Jana@example.com")).earlierID)
        let memory = SessionMemory(
            session: try session(), revision: 0, revisedAt: at("01T00:00"), firstSeenAt: at("01T00:00"))
        let rule = Rule(when: .registered, audience: .attendees, channel: mail, template: "t")
        let table = RuleTable(job: "test", rules: [rule])
        let id = RegistrationID(rawValue: "address:new")
        let attendee = Attendee(
            registration: id, event: memory.session.key.event, address: try Address("jana@example.com"))
        var candidate = Candidate(
            recipient: person,
            registrations: [.init(attendee: attendee, firstSeenAt: memory.firstSeenAt, isListed: true)],
            isSuppressed: false)
        let planner = SessionPlanner(table: table, memory: memory, now: at("01T00:00"))
        func planned(_ registration: RegistrationID, as recipient: RecipientID) -> Int {
            let key = DedupeKey([
                "test", rule.id.rawValue, memory.session.key.event.rawValue, memory.session.key.session.rawValue,
                recipient.rawValue, Moment.registered(registration).keyPart, "",
            ])
            let told = RememberedDelivery(
                key: key, rule: rule.id, channel: rule.channel, kind: .registered, registration: registration,
                isOwnCancellation: false, dueAt: memory.firstSeenAt, enrolledAt: memory.firstSeenAt,
                notBefore: memory.firstSeenAt, finishedAt: memory.firstSeenAt, state: .sent, reason: nil,
                toldRevision: memory.revision, toldOrder: 1)
            return planner.plan(candidate, rules: [rule], list: nil, remembered: [told]).deliveries.count
        }
        #expect(planned(id, as: earlier) == 1, "without the earlier id it is another person's key")
        candidate.earlierIDs = [earlier]
        #expect(planned(id, as: earlier) == 0)
        #expect(planned(RegistrationID(rawValue: "address:old"), as: earlier) == 0, "the id of the registration, too")
        #expect(
            planned(RegistrationID(rawValue: "r7"), as: person.id) == 1,
            "an id that the source gives is another registration")
    }
}
