internal import UsherJob
internal import UsherModel
internal import UsherPlan
internal import UsherSources

extension ConfiguredJob {
    /// The rules of the job, grouped by their recipients in sessions of an event.
    func audiences(of event: EventID) -> [AudienceGroup] { AudienceGroup.groups(of: table.rules, event: event) }

    /// A tag that changes whenever the recipients of an event's sessions may have changed.
    ///
    /// - Returns: The tag; nil where a list could change without its tag changing, so that it must be read each time.
    func attendeesTag(of event: EventID) async -> String? {
        var parts: [String] = []
        for group in audiences(of: event) {
            let tag: String? =
                switch group.members {
                case .registered(let event): await source.attendeesTag(of: event)
                case .csv(let path):
                    AttendeeTable.tag(of: path, lists[path] ?? CSVFormat(), readAt: environment.clock.now())
                case .channel, .addresses: "constant"
                }
            guard let tag else { return nil }
            parts.append(tag)
        }
        return Digest.hex(of: parts)
    }

    /// Opens the list of a group's recipients.
    ///
    /// - Throws: ``SourceError``.
    func pages(
        of list: RosterID, _ group: AudienceGroup, known: AttendeeMemory
    ) async throws(SourceError) -> any AttendeePages {
        switch group.members {
        case .registered(let event): try await source.attendees(of: event, known: known)
        case .csv(let path): try AttendeeTable(list: path, lists[path] ?? CSVFormat(), as: list, zones: zones)
        case .addresses(let addresses): ListedAddresses(addresses, list: list)
        case .channel: ListedAddresses([], list: list)
        }
    }
}

/// The addresses that a rule lists, in pages.
private final class ListedAddresses: AttendeePages {
    private var rest: ArraySlice<Address>
    /// The addresses belong to no event: the ledger stores their list in its place.
    private let event: EventID

    init(_ addresses: [Address], list: RosterID) {
        (rest, event) = (addresses[...], EventID(rawValue: list.rawValue))
    }

    func next() async throws(SourceError) -> AttendeePage? {
        guard !rest.isEmpty else { return nil }
        let page = rest.prefix(Limits.pageAttendees)
        rest = rest.dropFirst(Limits.pageAttendees)
        let attendees = page.map { address in
            UsherModel.Attendee(
                registration: RegistrationID(rawValue: address.identity), event: event, address: address)
        }
        return AttendeePage(attendees: attendees, problems: [])
    }
}
