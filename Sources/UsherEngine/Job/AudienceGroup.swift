internal import UsherModel

/// Rules with the same recipients, and where those are listed.
struct AudienceGroup: Hashable, Sendable {
    /// The rules, in the order of the job file.
    let rules: [Rule]
    let members: Members

    /// The recipients of a group.
    enum Members: Hashable, Sendable {
        /// Everyone registered for an event.
        case registered(EventID)
        /// The channel itself.
        case channel(ChannelName)
        /// These addresses.
        case addresses([Address])
        /// The addresses in a CSV file.
        case csv(String)
    }

    /// The list under which the ledger keeps the recipients; nil for a channel.
    var list: RosterID? {
        switch members {
        case .registered(let event): RosterID(event)
        case .channel: nil
        case .addresses(let addresses): RosterID(addresses: addresses)
        case .csv(let path): RosterID(csv: path)
        }
    }

    /// Whether a rule depends on who attended.
    var needsAttendance: Bool {
        rules.contains { rule in
            switch rule.audience {
            case .attended, .absent: true
            case .attendees, .channel, .addresses, .csv: false
            }
        }
    }

    /// The channel as the only recipient; empty for groups of people.
    var channelCandidate: [Candidate] {
        guard case .channel(let name) = members else { return [] }
        return [Candidate(recipient: .channel(name), registrations: [], isSuppressed: false)]
    }

    /// Groups the rules of a job by their recipients in sessions of an event, in the order of the job file.
    static func groups(of rules: [Rule], event: EventID) -> [AudienceGroup] {
        var order: [Members] = []
        var byMembers: [Members: [Rule]] = [:]
        for rule in rules {
            let members: Members =
                switch rule.audience {
                case .attendees, .attended, .absent: .registered(event)
                case .channel: .channel(rule.channel)
                case .addresses(let addresses): .addresses(addresses)
                case .csv(let path): .csv(path)
                }
            if byMembers[members] == nil { order.append(members) }
            byMembers[members, default: []].append(rule)
        }
        return order.map { AudienceGroup(rules: byMembers[$0] ?? [], members: $0) }
    }
}
