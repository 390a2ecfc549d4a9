import Testing
import UsherModel
import UsherPlan

@Suite("what was skipped is proposed again when the reason is gone")
struct RenewalTests {
    private let ada = "ada@example.com"

    @Test func whoeverRegistersAgainBeforeAnythingWentIsInvitedOnce() throws {
        var world = World("registered", "canceled", "changed")
        #expect(try world.run("01T00:00", [session()], [person("ada")], down: true) == ["ada: registered pending"])
        for hour in ["01", "03", "05"] {
            let next = "0\((Int(hour) ?? 0) + 1)"
            #expect(
                try world.run("01T\(hour):00", [session()], [person("ada", .canceled)], down: true)
                    == ["ada: registered skipped: canceled"])
            #expect(
                try world.run("01T\(next):00", [session()], [person("ada")], down: true) == ["ada: registered pending"])
            #expect(try world.run("01T\(next):30", [session()], [person("ada")], down: true) == [])
        }
        #expect(try world.run("02T00:00", [session()], [person("ada")]) == ["ada: registered sent"])
        #expect(try world.run("02T01:00", [session()], [person("ada")]) == [])
    }

    @Test func whoeverIsBackOnTheListIsInvitedOnce() throws {
        var world = World("registered")
        _ = try world.run("01T00:00", [session()], [person("ada"), person("bob")], down: true)
        #expect(
            try world.run("01T01:00", [session()], [person("bob")], down: true)
                == ["ada: registered skipped: canceled"])
        let both = [try person("ada"), try person("bob")]
        #expect(try world.run("01T02:00", [session()], both) == ["ada: registered sent", "bob: registered sent"])
        #expect(try world.run("01T03:00", [session()], both) == [])
    }

    @Test func aSessionCanceledAndRestoredSeveralTimesIsAnnouncedOnce() throws {
        var world = World("registered", "changed", "canceled", "24h before start", "announced | channel")
        _ = try world.run("01T00:00", [session()], [person("ada")], down: true)
        for hour in ["01", "03", "05"] {
            let next = "0\((Int(hour) ?? 0) + 1)"
            #expect(
                try world.run("01T\(hour):00", [session(status: .canceled)], [person("ada")], down: true)
                    == ["[mail]: announced skipped: canceled", "ada: registered skipped: canceled"])
            #expect(
                try world.run("01T\(next):00", [session()], [person("ada")], down: true)
                    == ["[mail]: announced pending", "ada: registered pending"])
        }
        #expect(
            try world.run("02T00:00", [session()], [person("ada")]) == [
                "[mail]: announced sent", "ada: registered sent",
            ])
        #expect(try world.run("02T01:00", [session()], [person("ada")]) == [])
        #expect(try world.run("09T15:00", [session()], [person("ada")]) == ["ada: 24h before start sent"])
    }

    @Test func aRenewalOfAnEarlierVersionIsNotRepeated() throws {
        var world = World("registered", "canceled")
        _ = try world.run("01T00:00", [session()], [person("ada")], down: true)
        _ = try world.run("01T01:00", [session(status: .canceled)], [person("ada")], down: true)
        world.rows = Dictionary(
            uniqueKeysWithValues: try world.rows.values.flatMap { row in
                let first = row.delivery
                let key = DedupeKey([
                    "test", first.rule.rawValue, "e1", "s1",
                    try #require(world.roster.keys.first.map(Recipient.person)).id.rawValue,
                    first.moment.keyPart, " restored 2",
                ])
                var again = row
                again.delivery = Delivery(
                    key: key, rule: world.rules[0], session: first.session, recipient: first.recipient,
                    list: first.list,
                    registration: first.registration, moment: first.moment, dueAt: first.dueAt,
                    expiresAt: first.expiresAt)
                (again.state, again.reason, again.toldRevision, again.toldOrder) = (.sent, nil, 2, 1)
                return [(first.key, row), (key, again)]
            })
        #expect(try world.run("01T02:00", [session()], [person("ada")]) == [])
    }

    // MARK: Suppression

    @Test func whoeverIsNoLongerSuppressedGetsWhatIsStillOfUse() throws {
        var world = World("registered", "changed", "24h before start", "1h before start")
        world.suppressed = [try Address(ada)]
        _ = try world.run("01T00:00", [session()], [person("ada")])
        #expect(try world.run("01T01:00", [session()], [person("ada")]) == [])
        world.suppressed = []
        #expect(try world.run("02T00:00", [session()], [person("ada")]) == ["ada: registered sent"])
        world.suppressed = [try Address(ada)]
        #expect(
            try world.run("09T15:00", [session()], [person("ada")]) == ["ada: 24h before start skipped: suppressed"])
        #expect(
            try world.run("10T14:00", [session()], [person("ada")]) == ["ada: 1h before start skipped: suppressed"])
        world.suppressed = []
        #expect(try world.run("10T14:30", [session()], [person("ada")]) == ["ada: 1h before start sent"])
        #expect(try world.run("10T14:40", [session()], [person("ada")]) == [])
    }

    @Test func whoeverIsNoLongerSuppressedLearnsWhatHasChangedAndThatItIsOff() throws {
        var world = World("registered", "changed", "canceled")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        world.suppressed = [try Address(ada)]
        #expect(
            try world.run("02T00:00", [session("11T15:00")], [person("ada")]) == ["ada: changed skipped: suppressed"])
        world.suppressed = []
        #expect(try world.run("03T00:00", [session("11T15:00")], [person("ada")]) == ["ada: changed sent"])
        world.suppressed = [try Address(ada)]
        let off = try session("11T15:00", status: .canceled)
        #expect(try world.run("04T00:00", [off], [person("ada")]) == ["ada: canceled skipped: suppressed"])
        world.suppressed = []
        #expect(try world.run("05T00:00", [off], [person("ada")]) == ["ada: canceled sent"])
        #expect(try world.run("06T00:00", [off], [person("ada")]) == [])
    }

    // MARK: Cancellations of a seat

    @Test func whoeverCancelsRegistersAndCancelsAgainIsToldOnceThatTheyAreCanceled() throws {
        var world = World("registered", "changed", "canceled")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        for hour in ["01", "03", "05"] {
            let next = "0\((Int(hour) ?? 0) + 1)"
            #expect(
                try world.run("02T\(hour):00", [session()], [person("ada", .canceled)], down: true)
                    == ["ada: canceled pending"])
            #expect(
                try world.run("02T\(next):00", [session()], [person("ada")], down: true)
                    == ["ada: canceled skipped: superseded"])
        }
        #expect(try world.run("03T00:00", [session()], [person("ada", .canceled)]) == ["ada: canceled sent"])
        #expect(try world.run("03T01:00", [session()], [person("ada", .canceled)]) == [])
        #expect(try world.run("04T00:00", [session()], [person("ada")]) == ["ada: registered sent"])
        #expect(try world.run("05T00:00", [session()], [person("ada", .canceled)]) == ["ada: canceled sent"])
    }

    @Test func aChangeThatWaitedIsToldToWhoeverIsBack() throws {
        var world = World("registered", "changed", "canceled")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        let moved = try session("11T15:00")
        #expect(try world.run("02T00:00", [moved], [person("ada")], down: true) == ["ada: changed pending"])
        #expect(
            try world.run("02T01:00", [moved], [person("ada", .canceled)], down: true)
                == ["ada: canceled pending", "ada: changed skipped: canceled"])
        #expect(
            try world.run("02T02:00", [moved], [person("ada")]) == [
                "ada: canceled skipped: superseded", "ada: changed sent",
            ])
        #expect(try world.run("02T03:00", [moved], [person("ada")]) == [])
    }

    @Test func theFirstCancellationThatFailedDoesNotStandForTheSecond() throws {
        var world = World("registered", "canceled")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        _ = try world.run("02T00:00", [session()], [person("ada", .canceled)], down: true)
        world.end(try #require(world.newest("canceled")), as: .failed, isTold: false, now: at("02T01:00"))
        #expect(try world.run("02T02:00", [session()], [person("ada", .canceled)]) == [], "a person decides")
        #expect(try world.run("03T00:00", [session()], [person("ada", id: "r-2")]) == ["ada: registered sent"])
        let off = [try person("ada", .canceled, id: "r-2"), try person("ada", .canceled)]
        #expect(try world.run("04T00:00", [session()], off) == ["ada: canceled sent"])
    }

    // MARK: New registrations, over two channels

    private let hook = ChannelName(rawValue: "hook")

    /// A job that tells registrations and cancellations over two channels.
    private func twoChannels() -> World {
        var world = World()
        world.rules = [mail, hook].flatMap { channel in
            [When.registered, .canceled].map { Rule(when: $0, audience: .attendees, channel: channel, template: "t") }
        }
        return world
    }

    private func pending(_ rule: String, _ world: World) throws -> DedupeKey {
        try #require(world.rows.first { $0.value.delivery.rule.rawValue == rule && $0.value.state == .pending }?.key)
    }

    @Test func aCancellationThatOnlyOneChannelToldIsFollowedByANewInvitationEachTime() throws {
        var world = twoChannels()
        _ = try world.run("01T00:00", [session()], [person("ada")])
        for (day, told) in [(2, "mail"), (4, "hook"), (6, "hook"), (8, "mail")] {
            #expect(
                try world.run("0\(day)T00:00", [session()], [person("ada", .canceled)], down: true)
                    == ["ada: canceled pending", "ada: canceled pending"])
            let key = try pending("canceled/attendees/\(told)", world)
            world.end(key, as: .inDoubt, isTold: true, now: at("0\(day)T00:00"))
            #expect(
                try world.run("0\(day + 1)T00:00", [session()], [person("ada")])
                    == ["ada: canceled skipped: superseded", "ada: registered sent", "ada: registered sent"],
                "day \(day)")
            #expect(try world.run("0\(day + 1)T01:00", [session()], [person("ada")]) == [])
        }
    }

    @Test func anInvitationThatFailedDoesNotStandForTheNextRegistration() throws {
        var world = twoChannels()
        for day in [1, 3, 5] {
            _ = try world.run("0\(day)T00:00", [session()], [person("ada")], down: true)
            let invitation = try pending("registered/attendees/hook", world)
            world.end(invitation, as: .failed, isTold: false, now: at("0\(day)T00:00"))
            #expect(try world.run("0\(day)T01:00", [session()], [person("ada")]) == ["ada: registered sent"], "by mail")
            #expect(try world.run("0\(day)T02:00", [session()], [person("ada")]) == [])
            let off = try world.run("0\(day + 1)T00:00", [session()], [person("ada", .canceled)])
            #expect(off == ["ada: canceled sent"])
        }
    }

    /// An earlier version counted the cancellations of the rule that had told most of them.
    @Test func theNewInvitationOfAnEarlierVersionIsNotRepeated() throws {
        var world = World("registered", "canceled")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        _ = try world.run("02T00:00", [session()], [person("ada", .canceled)])
        _ = try world.run("03T00:00", [session()], [person("ada")])
        let again = try #require(world.newest("registered"))
        var row = try #require(world.rows[again])
        world.rows[again] = nil
        let first = row.delivery
        let key = DedupeKey([
            "test", first.rule.rawValue, "e1", "s1", first.recipient.id.rawValue, first.moment.keyPart, "again 2",
        ])
        row.delivery = Delivery(
            key: key, rule: world.rules[0], session: first.session, recipient: first.recipient, list: first.list,
            registration: first.registration, moment: first.moment, dueAt: first.dueAt, expiresAt: first.expiresAt)
        world.rows[key] = row
        #expect(try world.run("03T01:00", [session()], [person("ada")]) == [])
        world.end(key, as: .pending, isTold: false, now: at("03T01:00"))
        world.rows[key]?.toldRevision = nil
        #expect(try world.run("03T02:00", [session()], [person("ada")]) == ["ada: registered sent"])
        _ = try world.run("04T00:00", [session()], [person("ada", .canceled)])
        #expect(try world.run("05T00:00", [session()], [person("ada")]) == ["ada: registered sent"])
        #expect(try world.run("05T01:00", [session()], [person("ada")]) == [])
    }

    // MARK: Changes that were undone

    @Test(arguments: [["11T15:00"], ["11T15:00", "12T15:00"], ["11T15:00", "10T15:00", "11T15:00"]])
    func aChangeThatWasUndoneBeforeItWasToldIsSilence(_ moves: [String]) throws {
        var world = World("registered", "changed", "24h before start")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        for (hour, start) in moves.enumerated() {
            _ = try world.run("02T0\(hour):00", [session(start)], [person("ada")], down: true)
        }
        let lines = try world.run("03T00:00", [session()], [person("ada")])
        #expect(lines.allSatisfy { $0.contains("skipped: superseded") }, "\(lines)")
        #expect(try world.run("04T00:00", [session()], [person("ada")]) == [])
        #expect(try world.run("09T15:00", [session()], [person("ada")]) == ["ada: 24h before start sent"])
        #expect(try world.run("09T16:00", [session("11T15:00")], [person("ada")]) == ["ada: changed sent"])
    }

    @Test func aChangeThatSomeWereToldIsUndoneForThemOnly() throws {
        var world = World("registered", "changed")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        let moved = try session("11T15:00")
        _ = try world.run("02T00:00", [moved], [person("ada")], down: true)
        world.end(try #require(world.newest("changed")), as: .sent, isTold: true, now: at("02T00:00"))
        _ = try world.run("02T01:00", [moved], [person("ada"), person("bob")])
        #expect(
            try world.run("03T00:00", [session()], [person("ada"), person("bob")])
                == ["ada: changed sent", "bob: changed sent"])
    }

    @Test func aDraftInBetweenIsNoChange() throws {
        var world = World("registered", "changed")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        #expect(try world.run("02T00:00", [session(status: .draft)], [person("ada")]) == [])
        #expect(try world.run("03T00:00", [session()], [person("ada")]) == [])
    }

    @Test func aReminderThatAnUndoneChangeSupersededGoes() throws {
        var world = World("registered", "changed", "24h before start")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        #expect(
            try world.run("09T15:00", [session(subject: "Chairs")], [person("ada")], down: true)
                == ["ada: 24h before start skipped: superseded", "ada: changed pending"])
        #expect(
            try world.run("09T16:00", [session()], [person("ada")])
                == ["ada: 24h before start sent", "ada: changed skipped: superseded"])
        #expect(try world.run("09T17:00", [session()], [person("ada")]) == [])
    }

    // MARK: Replacements that never went

    @Test func whatWasSupersededByADeliveryThatFailedGoes() throws {
        var world = World("registered", "24h before start")
        #expect(
            try world.run("09T16:00", [session()], [person("ada")], down: true)
                == ["ada: 24h before start skipped: superseded", "ada: registered pending"])
        #expect(try world.run("09T16:05", [session()], [person("ada")], down: true) == [])
        world.end(try #require(world.newest("registered")), as: .failed, isTold: false, now: at("09T16:10"))
        #expect(try world.run("09T16:15", [session()], [person("ada")]) == ["ada: 24h before start sent"])
        #expect(try world.run("09T16:20", [session()], [person("ada")]) == [])
    }

    @Test func whatExpiredGoesWhenTheSessionIsHeldLater() throws {
        var world = World("registered", "canceled", "changed")
        _ = try world.run("01T00:00", [session()], [person("ada")], down: true)
        #expect(try world.run("10T16:00", [session()], [person("ada")]) == ["ada: registered skipped: expired"])
        #expect(try world.run("10T16:05", [session("12T15:00")], [person("ada")]) == ["ada: registered sent"])
        #expect(try world.run("10T16:10", [session("12T15:00")], [person("ada")]) == [])
    }

    @Test func whatExpiredBecauseALaterReminderWentStaysSo() throws {
        var world = World("24h before start", "1h before start")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        #expect(
            try world.run("10T14:00", [session()], [person("ada")])
                == ["ada: 1h before start sent", "ada: 24h before start skipped: expired"])
        world.rules.removeLast()
        #expect(try world.run("10T14:10", [session()], [person("ada")]) == [])
    }

    @Test func whatCameTooLateOrWasAdoptedStaysSkipped() throws {
        var world = World("24h before start | attendees | late: skip")
        _ = try world.run("09T16:00", [session()], [])
        #expect(
            try world.run("09T16:00", [session()], [person("ada")]) == ["ada: 24h before start skipped: late"])
        #expect(try world.run("09T17:00", [session()], [person("ada")]) == [])
        var adopted = World("registered")
        _ = try adopted.run("01T00:00", [session()], [person("ada")], down: true)
        adopted.end(
            try #require(adopted.newest("registered")), as: .skipped, .adopted, isTold: true, now: at("01T00:00"))
        #expect(try adopted.run("02T00:00", [session()], [person("ada")]) == [])
    }

    @Test func aReminderThatAFailedChangeWasToTellGoes() throws {
        var world = World("registered", "24h before start", "changed")
        _ = try world.run("01T00:00", [session()], [person("ada")])
        _ = try world.run("09T15:00", [session()], [person("ada")])
        let earlier = try session("10T12:00")
        #expect(
            try world.run("09T16:00", [earlier], [person("ada")], down: true)
                == ["ada: 24h before start skipped: told by change", "ada: changed pending"])
        #expect(try world.run("09T16:05", [earlier], [person("ada")], down: true) == [])
        world.end(try #require(world.newest("changed")), as: .failed, isTold: false, now: at("09T16:10"))
        #expect(try world.run("09T16:15", [earlier], [person("ada")]) == ["ada: 24h before start sent"])
        #expect(try world.run("09T16:20", [earlier], [person("ada")]) == [])
    }
}
