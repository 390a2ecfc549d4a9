package import Testing
package import UsherModel

/// What every source must do, whatever its kind: the contract of ``Source``, checked against a real peer.
///
/// Each check has a peer of its own, so that it may change what the peer holds.
package enum SourceConformance: String, CaseIterable, Sendable {
    case listsEachSessionOnce
    case saysWhatItCouldNotRead
    case provesThatASessionIsGone
    case knowsNothingOfWhatItCannotRead
    case namesTheLocationOfAProblem
    case pagesAttendeesWithinTheLimit
    case changesTheTagWithTheAttendees
    case examinesWithoutChangingAnything

    /// A peer that holds ``sessions`` in ``window``, and a way to change it.
    package struct Peer {
        /// Creates a source as a new run has it.
        package var connect: () throws -> any Source
        package var window: Window
        /// Two sessions at least.
        package var sessions: Set<SessionKey>
        /// Gives the event of the first session so many attendees.
        package var register: (Int) throws -> Void
        /// Deletes a session; nothing else changes.
        package var delete: (SessionKey) throws -> Void
        /// Makes the record of a session invalid, and returns a part of its location.
        package var spoil: (SessionKey) throws -> String
        /// Makes a part unreadable, or everything where there is but one part.
        package var breakPart: () throws -> Void
        /// Makes everything unreadable.
        package var breakAll: () throws -> Void
        /// What the peer holds, and what it was told to do other than to be read.
        package var state: () throws -> String

        package init(
            connect: @escaping () throws -> any Source, window: Window, sessions: Set<SessionKey>,
            register: @escaping (Int) throws -> Void, delete: @escaping (SessionKey) throws -> Void,
            spoil: @escaping (SessionKey) throws -> String, breakPart: @escaping () throws -> Void,
            breakAll: @escaping () throws -> Void, state: @escaping () throws -> String
        ) {
            (self.connect, self.window, self.sessions) = (connect, window, sessions)
            (self.register, self.delete, self.spoil) = (register, delete, spoil)
            (self.breakPart, self.breakAll, self.state) = (breakPart, breakAll, state)
        }

        var first: SessionKey {
            sessions.min() ?? SessionKey(event: EventID(rawValue: ""), session: SessionID(rawValue: ""))
        }
        var others: Set<SessionKey> { sessions.subtracting([first]) }
    }

    /// Runs one check.
    package func run(_ peer: Peer, at location: SourceLocation = #_sourceLocation) async throws {
        let check = SourceCheck(peer: peer, location: location)
        switch self {
        case .listsEachSessionOnce: try await check.listsEachSessionOnce()
        case .saysWhatItCouldNotRead: try await check.saysWhatItCouldNotRead()
        case .provesThatASessionIsGone: try await check.provesThatASessionIsGone()
        case .knowsNothingOfWhatItCannotRead: try await check.knowsNothingOfWhatItCannotRead()
        case .namesTheLocationOfAProblem: try await check.namesTheLocationOfAProblem()
        case .pagesAttendeesWithinTheLimit: try await check.pagesAttendeesWithinTheLimit()
        case .changesTheTagWithTheAttendees: try await check.changesTheTagWithTheAttendees()
        case .examinesWithoutChangingAnything: try await check.examinesWithoutChangingAnything()
        }
    }
}

private struct SourceCheck {
    let peer: SourceConformance.Peer
    let location: SourceLocation

    private func expect(_ condition: Bool, _ comment: Comment) {
        #expect(condition, comment, sourceLocation: location)
    }

    private func listing(_ source: any Source) async throws -> Listing {
        try await source.listing(in: peer.window, known: [])
    }

    func listsEachSessionOnce() async throws {
        let source = try peer.connect()
        for _ in 0..<2 {
            let listing = try await listing(source)
            expect(listing.isComplete && listing.failures.isEmpty, "\(listing.failures)")
            expect(listing.sessions.count == peer.sessions.count, "\(listing.sessions.map(\.key))")
            expect(Set(listing.sessions.map(\.key)) == peer.sessions, "\(listing.sessions.map(\.key))")
            expect(listing.problems.isEmpty, "\(listing.problems)")
        }
    }

    /// A part that cannot be read makes the listing incomplete, or there is none: silence would look like a cancellation.
    func saysWhatItCouldNotRead() async throws {
        try peer.breakPart()
        let source = try peer.connect()
        do throws(SourceError) {
            let listing = try await source.listing(in: peer.window, known: [])
            expect(!listing.isComplete && !listing.failures.isEmpty, "a part is missing and nothing is said")
            for failure in listing.failures { expect(!failure.location.isEmpty && !failure.next.isEmpty, "\(failure)") }
        } catch {
            expect(!error.location.isEmpty && !error.next.isEmpty, "\(error)")
        }
    }

    func provesThatASessionIsGone() async throws {
        let source = try peer.connect()
        _ = try await listing(source)
        try peer.delete(peer.first)
        let answer = await source.probe(peer.first)
        expect(answer == .gone, "\(answer)")
        for other in peer.others {
            if case .present(let session) = await source.probe(other), session.key == other { continue }
            expect(false, "\(other) is not found")
        }
        let listing = try await listing(try peer.connect())
        expect(Set(listing.sessions.map(\.key)) == peer.others && listing.isComplete, "\(listing.sessions.map(\.key))")
    }

    func knowsNothingOfWhatItCannotRead() async throws {
        let source = try peer.connect()
        _ = try await listing(source)
        try peer.breakAll()
        for session in peer.sessions {
            let answer = await source.probe(session)
            guard case .unknown = answer else { return expect(false, "\(answer)") }
        }
        let error = await #expect(throws: SourceError.self, sourceLocation: location) {
            try await listing(try peer.connect())
        }
        expect(error?.location.isEmpty == false, "\(String(describing: error))")
    }

    /// One bad record is refused, named, and never taken for a session that is gone; the others are listed.
    func namesTheLocationOfAProblem() async throws {
        let part = try peer.spoil(peer.first)
        let source = try peer.connect()
        let listing = try await listing(source)
        expect(Set(listing.sessions.map(\.key)) == peer.others, "\(listing.sessions.map(\.key))")
        let refused = listing.problems.filter { $0.effect == .refused }
        expect(
            refused.count == 1 && refused.allSatisfy { $0.location.contains(part) }, "\(listing.problems), no \(part)")
        let answer = await source.probe(peer.first)
        guard case .unknown = answer else { return expect(false, "\(answer)") }
    }

    private func attendees() async throws -> [Attendee] {
        let source = try peer.connect()
        _ = try await listing(source)
        let pages = try await source.attendees(of: peer.first.event)
        var attendees: [Attendee] = []
        while let page = try await pages.next() {
            expect(page.attendees.count <= Limits.pageAttendees, "a page of \(page.attendees.count)")
            expect(page.problems.isEmpty, "\(page.problems)")
            attendees += page.attendees
        }
        expect(try await pages.next() == nil, "pages after the last")
        return attendees
    }

    func pagesAttendeesWithinTheLimit() async throws {
        let count = Limits.pageAttendees * 2 + 1
        try peer.register(count)
        let attendees = try await attendees()
        expect(attendees.count == count, "\(attendees.count) of \(count)")
        expect(Set(attendees.map(\.registration)).count == count, "registrations that are not distinct")
        expect(attendees.allSatisfy { $0.event == peer.first.event }, "attendees of another event")
    }

    /// A source without a cheap way to tell has no tag; a tag that stayed the same would hide new attendees for good.
    func changesTheTagWithTheAttendees() async throws {
        func tag() async throws -> String? {
            let source = try peer.connect()
            _ = try await listing(source)
            return await source.attendeesTag(of: peer.first.event)
        }
        try peer.register(2)
        let (before, again) = (try await tag(), try await tag())
        expect(before == again, "a tag that changes by itself")
        try peer.register(3)
        let after = try await tag()
        expect(before == nil || before != after, "new attendees under the old tag")
    }

    func examinesWithoutChangingAnything() async throws {
        let before = try peer.state()
        let steps = await (try peer.connect()).examine(for: SourceUse(attendance: true, mailsAttendees: true))
        expect(!steps.isEmpty && steps.allSatisfy { $0.error == nil && !$0.step.isEmpty }, "\(steps)")
        expect(try peer.state() == before, "an examination changed something")
        try peer.breakAll()
        let broken = await (try peer.connect()).examine(for: SourceUse(attendance: true, mailsAttendees: true))
        expect(broken.contains { $0.error != nil }, "\(broken)")
    }
}
