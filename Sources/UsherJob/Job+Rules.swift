internal import UsherModel

extension Job {
    /// The keys that every kind of channel accepts.
    package static let channelKeys = ["kind", "preset", "connections", "rate", "in-doubt"]

    static func channels(_ map: JobMap) -> [ChannelNode] {
        guard let node = map.required("channels", "a mapping from names to channels") else { return [] }
        guard case .map(let entries) = node.value, !entries.isEmpty else {
            map.problems.error(node, node.shape, expected: "a mapping from names to channels, with at least one")
            return []
        }
        return entries.compactMap { channel($0, map.problems) }
    }

    /// The names of all channels, also of those that are wrong otherwise.
    static func channelNames(_ map: JobMap) -> [String] {
        guard case .map(let entries)? = map["channels"]?.value else { return [] }
        return entries.map(\.key)
    }

    private static func channel(_ entry: JobNode.Entry, _ problems: JobProblems) -> ChannelNode? {
        let name = entry.key
        let isValid = name.utf8.allSatisfy { $0 == 45 || $0 == 95 || (48...57).contains($0) || (97...122).contains($0) }
        if !isValid || !(1...40).contains(name.utf8.count) {
            problems.error(
                entry.value, "the channel name \"\(name.prefix(50))\"",
                expected: "1 to 40 lower-case letters, digits, - or _")
        }
        guard case .map(let options) = entry.value.value else {
            problems.error(entry.value, entry.value.shape, expected: "a mapping with a kind")
            return nil
        }
        guard let kind = options.first(where: { $0.key == "kind" })?.value.text(problems) else {
            problems.error(entry.value, "no kind", expected: "kind: …")
            return nil
        }
        // The kind checks its own keys; only those that all kinds share are read here.
        guard let map = JobMap(entry.value, problems, keys: options.map(\.key)) else { return nil }
        let preset = map.choice("preset", ChannelPreset.Name.self).map { ChannelPreset.of($0) }
        return ChannelNode(
            name: ChannelName(rawValue: name), kind: KindNode(kind: kind, node: entry.value),
            connections: map.integer("connections", 1...256) ?? preset?.connections,
            rate: map.parsed("rate", "a rate such as 600/min, 10/s or 1000/h") { Rate($0) } ?? preset?.rate,
            inDoubt: map.choice("in-doubt", ChannelNode.InDoubt.self) ?? .hold)
    }

    static func rules(_ map: JobMap, channels: [String], folder: String) -> [RuleNode] {
        let items = map["rules"]?.items(map.problems, of: "rules") ?? []
        var placed: [RuleNode] = []
        for item in items {
            guard let rule = rule(item, map.problems, channels, folder) else { continue }
            if !rule.id.rawValue.hasPrefix(incomplete), let first = placed.first(where: { $0.rule.id == rule.id }) {
                map.problems.error(
                    item,
                    "a second rule with the id \"\(rule.id)\" (the first is on line \(first.node.position.line))",
                    expected: "a unique id: {id: …}")
            }
            placed.append(RuleNode(rule: rule, node: item))
        }
        return placed
    }

    /// What the id of a rule begins with of which a part is wrong; a job with one never runs.
    private static let incomplete = "\u{0}"

    /// Reads a rule; a part that is wrong has a problem, and a value in its place, so that the other parts are checked, too.
    private static func rule(
        _ node: JobNode, _ problems: JobProblems, _ channels: [String], _ folder: String
    ) -> Rule? {
        guard
            let map = JobMap(
                node, problems,
                keys: ["id", "when", "to", "via", "template", "late", "attended-for", "wait-for", "per"])
        else {
            return nil
        }
        let when = map.required(
            "when", "registered, changed, canceled, announced or a time such as \"24h before start\""
        )
        .flatMap { Self.when($0, problems) }
        let audience = map.required("to", "attendees, attended, absent, channel, {addresses: […]} or {csv: PATH}")
            .flatMap { Self.audience($0, problems, folder) }
        let channel = map.required("via", "the name of a channel").flatMap { Self.via($0, problems, channels) }
        let template = map.required("template", "the name of a template").flatMap { $0.templateName(problems) }
        let late = map["late"].flatMap { Self.late($0, problems) }
        let id = map.parsed("id", "1 to 200 printable characters") { text in
            Line(cleaning: text).text == text && (1...200).contains(text.count) ? RuleID(rawValue: text) : nil
        }
        let needsRecording = map.choice("wait-for", WaitFor.self) != nil
        let isComplete = when != nil && audience != nil && channel != nil && template != nil
        if let when, let audience { check(when, audience, map) }
        return Rule(
            id: isComplete ? id : RuleID(rawValue: incomplete), when: when ?? .announced,
            audience: audience ?? .attendees, channel: channel ?? ChannelName(rawValue: ""), template: template ?? "",
            late: late?.policy ?? .newest,
            grace: late?.grace ?? Rule.defaultGrace, attendedFor: map.duration("attended-for") ?? .zero,
            needsRecording: needsRecording, scope: map.choice("per", RuleScope.self) ?? .session)
    }

    private static func when(_ node: JobNode, _ problems: JobProblems) -> When? {
        guard let text = node.text(problems) else { return nil }
        if let when = When(text) { return when }
        let words = ["announced", "registered", "changed", "canceled"]
        let meant = When.meant(by: text)?.description ?? Spelling.nearest(to: text, in: words)
        problems.error(
            node, "\"\(text.prefix(80))\"",
            expected:
                "announced, registered, changed, canceled or a time such as \"24h before start\" or \"1h after end\""
                + (meant.map { " (did you mean \"\($0)\"?)" } ?? ""))
        return nil
    }

    private static func check(_ when: When, _ audience: Audience, _ map: JobMap) {
        let to = map["to"] ?? map.node
        if when == .registered, audience != .attendees {
            map.problems.error(to, audience.label, expected: "attendees: only they can register")
        }
        if let node = map["per"], when != .registered, when != .announced {
            map.problems.error(node, "a rule \(when)", expected: "per only on a rule registered or announced")
        }
        let isAfterEnd =
            if case .offset(let offset) = when { offset.side == .after && offset.anchor == .end } else { false }
        if let node = map["wait-for"], !isAfterEnd {
            map.problems.error(
                node, "a rule \(when)",
                expected: "a rule after the end (\"1h after end\"): there is no recording before")
        }
        guard audience == .attended || audience == .absent else {
            if let node = map["attended-for"] {
                map.problems.error(node, "to: \(audience.label)", expected: "to: attended or to: absent")
            }
            return
        }
        guard case .offset(let offset) = when, offset.side == .after, offset.anchor == .end else {
            map.problems.error(
                to, audience.label, expected: "a rule after the end (\"1h after end\"): attendance is not known before")
            return
        }
    }

    private static func late(_ node: JobNode, _ problems: JobProblems) -> (policy: LatePolicy, grace: Duration?)? {
        guard let text = node.text(problems) else { return nil }
        switch text {
        case "newest": return (.newest, nil)
        case "skip": return (.skip, nil)
        default: break
        }
        if let grace = DurationText.parse(text) { return (.newest, grace) }
        problems.error(
            node, "\"\(text.prefix(80))\"",
            expected: "newest, skip or a duration such as 2h\(DurationText.hint(for: text))")
        return nil
    }

    /// What a rule may say about the list that its `to` names; the target that reads lists decodes it.
    private static let listKeys = ["delimiter", "encoding", "columns"]

    private static func audience(_ node: JobNode, _ problems: JobProblems, _ folder: String) -> Audience? {
        let expected = "attendees, attended, absent, channel, {addresses: […]} or {csv: PATH}"
        if case .text(let text) = node.value {
            switch text {
            case "attendees": return .attendees
            case "attended": return .attended
            case "absent": return .absent
            case "channel": return .channel
            default:
                problems.error(node, "\"\(text.prefix(60))\"", expected: expected)
                return nil
            }
        }
        guard let map = JobMap(node, problems, keys: ["addresses", "csv"] + listKeys) else { return nil }
        if let list = map["addresses"] {
            let addresses = list.items(problems, of: "addresses").compactMap { $0.address(problems) }
            if addresses.isEmpty { problems.error(list, "no address", expected: "at least one") }
            return .addresses(addresses)
        }
        if let path = map.path("csv", in: folder) { return .csv(path) }
        problems.error(node, "neither addresses nor csv", expected: expected)
        return nil
    }

    private static func via(_ node: JobNode, _ problems: JobProblems, _ names: [String]) -> ChannelName? {
        guard let text = node.text(problems) else { return nil }
        guard names.contains(text) else {
            // Without any channel, that is what is wrong, and it has been said.
            guard !names.isEmpty else { return nil }
            let near = Spelling.nearest(to: text, in: names).map { " (did you mean \($0)?)" } ?? ""
            problems.error(
                node, "\"\(text.prefix(60))\"",
                expected: "a channel of this job: \(names.joined(separator: ", "))\(near)")
            return nil
        }
        return ChannelName(rawValue: text)
    }

    static func warn(_ map: JobMap, channels: [ChannelNode], rules: [RuleNode]) {
        for channel in channels where !rules.contains(where: { $0.rule.channel == channel.name }) {
            map.problems.warn(
                channel.kind.node, "a channel that no rule uses", expected: "a rule with via: \(channel.name)")
        }
        for channel in channels {
            let own = rules.filter { $0.rule.channel == channel.name && $0.rule.audience == .attendees }
            let whens = Set(own.map(\.rule.when))
            guard whens.contains(.registered) || whens.contains(.announced), let node = own.first?.node else {
                continue
            }
            for needed in [When.changed, .canceled] where !whens.contains(needed) {
                map.problems.warn(
                    node,
                    "a rule that tells people of sessions via \(channel.name), but none that tells them when one is \(needed)",
                    expected: "{when: \(needed), to: attendees, via: \(channel.name), template: …}")
            }
        }
    }
}

extension JobNode {
    /// The name of a template.
    ///
    /// It becomes part of a path, so it must not contain anything that could lead out of the folder.
    fileprivate func templateName(_ problems: JobProblems) -> String? {
        parsed("the name of a template: letters, digits, - and _", problems) { text in
            let isValid = text.utf8.allSatisfy {
                $0 == 45 || $0 == 95 || (48...57).contains($0) || (97...122).contains($0 | 32)
            }
            return isValid && (1...60).contains(text.utf8.count) ? text : nil
        }
    }
}

/// The values of a rule's `wait-for`.
private enum WaitFor: String, CaseIterable {
    case recording
}
