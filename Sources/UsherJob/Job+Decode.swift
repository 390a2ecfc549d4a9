internal import UsherModel

extension Job {
    /// Reads a job file's bytes.
    ///
    /// - Parameters:
    ///   - bytes: The contents of the file.
    ///   - file: The path that the user gave; every problem names it.
    ///   - isKnownZone: Whether the time zone database has an IANA name.
    /// - Throws: ``JobErrors`` with everything that is wrong.
    package init(
        _ bytes: [UInt8], file: String, isKnownZone: @escaping (String) -> Bool
    ) throws(JobErrors) {
        let (job, errors) = try Self.read(bytes, file: file, isKnownZone: isKnownZone)
        guard errors.isEmpty else { throw JobErrors(errors) }
        self = job
    }

    /// Reads as much of a job file as can be read, so that one mistake does not hide the others.
    ///
    /// - Returns: The job, which must not be used where there are errors, and what is wrong with it.
    /// - Throws: ``JobErrors`` where the file is not YAML, or no mapping.
    package static func read(
        _ bytes: [UInt8], file: String, isKnownZone: @escaping (String) -> Bool
    ) throws(JobErrors) -> (job: Job, errors: [JobProblem]) {
        let problems = JobProblems()
        let root = try JobParser.parse(bytes, file: file)
        guard let job = Self(root, file: file, problems, isKnownZone) else { throw JobErrors(problems.errors) }
        return (job, problems.errors)
    }

    private static let keys = [
        "name", "source", "window", "ledger", "defaults", "join-hosts", "channels", "rules", "publish", "limits",
        "divert",
        "templates", "ping", "inbox",
    ]

    private init?(_ root: JobNode, file: String, _ problems: JobProblems, _ isKnownZone: @escaping (String) -> Bool) {
        guard let map = JobMap(root, problems, keys: Self.keys) else { return nil }
        let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? ""
        let name = Self.name(map)
        let source = map.required("source", "{kind: file, path: …} or {kind: graph, …}").flatMap {
            Self.kind($0, problems)
        }
        let window = map["window"].flatMap { JobMap($0, problems, keys: ["past", "future"]) }
        let defaults = map["defaults"].flatMap { JobMap($0, problems, keys: ["time-zone", "language", "duration"]) }
        let channels = Self.channels(map)
        let rules = Self.rules(map, channels: Self.channelNames(map), folder: folder)
        self.name = name ?? ""
        (self.file, self.folder) = (file, Self.folder(of: file))
        self.source = source ?? KindNode(kind: "", node: root)
        past = window?.duration("past") ?? .seconds(86_400)
        future = window?.duration("future") ?? .seconds(60 * 86_400)
        let ledger = Self.ledger(map)
        self.ledger = ledger?.path("path", in: folder) ?? Self.plainPath(map, in: folder)
        ledgerBinding = ledger?.choice("bind", LedgerBinding.self)
        defaultZone = defaults.flatMap { Self.zone($0, isKnownZone) }
        defaultLanguage =
            defaults?.parsed("language", "a language such as en, de or fr-CA") { LanguageTag($0) } ?? .english
        defaultLength = Self.length(defaults)
        joinHosts = Set((map["join-hosts"]?.items(problems, of: "host names") ?? []).compactMap { $0.host(problems) })
        (self.channels, self.rules) = (channels, rules)
        publications = (map["publish"]?.items(problems, of: "publications") ?? []).compactMap {
            Self.kind($0, problems)
        }
        limits = Self.limits(map)
        divert = map["divert"].flatMap { Self.divert($0, problems) }
        templates = map.path("templates", in: folder)
        ping = map["ping"].map { JobPing($0, problems) } ?? .none
        inbox = map["inbox"]
        Self.warn(map, channels: channels, rules: rules)
        warnings = problems.warnings
    }

    /// The folder of a job file, from which its relative paths start.
    package static func folder(of file: String) -> String {
        guard let end = file.lastIndex(of: "/") else { return "" }
        return end == file.startIndex ? "/" : String(file[..<end])
    }

    /// The mapping that `ledger` is; nil where it is only a path, or missing.
    private static func ledger(_ map: JobMap) -> JobMap? {
        guard let node = map["ledger"], case .map = node.value else { return nil }
        return JobMap(node, map.problems, keys: ["path", "bind"])
    }

    private static func plainPath(_ map: JobMap, in folder: String) -> String {
        let isMapping = if case .map? = map["ledger"]?.value { true } else { false }
        return (isMapping ? nil : map.path("ledger", in: folder)) ?? JobPaths.resolve("usher.sqlite", in: folder)
    }

    private static func name(_ map: JobMap) -> String? {
        map.required("name", "a name, which becomes part of every dedupe key")?
            .parsed("1 to 100 letters, digits, spaces or . _ -", map.problems) { text in
                let isValid = text.unicodeScalars.allSatisfy {
                    $0.properties.isAlphabetic || "0123456789._- ".unicodeScalars.contains($0)
                }
                return isValid && (1...100).contains(text.count) && Line(cleaning: text).text == text ? text : nil
            }
    }

    private static func kind(_ node: JobNode, _ problems: JobProblems) -> KindNode? {
        guard case .map(let entries) = node.value else {
            problems.error(node, node.shape, expected: "a mapping with a kind")
            return nil
        }
        guard let kind = entries.first(where: { $0.key == "kind" }) else {
            problems.error(node, "no kind", expected: "kind: …")
            return nil
        }
        return kind.value.text(problems).map { KindNode(kind: $0, node: node) }
    }

    private static func length(_ defaults: JobMap?) -> Duration {
        guard let length = defaults?.duration("duration") else { return defaultLength }
        if length <= .zero, let node = defaults?["duration"] {
            defaults?.problems.error(node, "\(DurationText.canonical(length))", expected: "longer than nothing")
        }
        return length
    }

    private static func zone(_ map: JobMap, _ isKnownZone: @escaping (String) -> Bool) -> ZoneID? {
        guard let node = map["time-zone"], let text = node.text(map.problems) else { return nil }
        do throws(ZoneID.Problem) {
            return try ZoneID(text, isKnown: isKnownZone)
        } catch {
            map.problems.error(node, "\"\(text.prefix(60))\"", expected: "a time zone such as Europe/Berlin")
            return nil
        }
    }

    private static func limits(_ map: JobMap) -> JobLimits {
        let limits = map["limits"].flatMap {
            JobMap($0, map.problems, keys: ["deliveries-per-run", "vanished", "told-again", "outage"])
        }
        let vanished = limits?.parsed("vanished", "a percentage from 0% to 100%") { text -> Double? in
            guard text.hasSuffix("%"), let number = Double(text.dropLast()), (0...100).contains(number) else {
                return nil
            }
            return number / 100
        }
        return JobLimits(
            deliveriesPerRun: limits?.integer("deliveries-per-run", 1...10_000_000) ?? 20_000,
            vanished: vanished ?? 0.2, toldAgain: limits?.integer("told-again", 1...10_000_000) ?? 20,
            outage: limits?.duration("outage") ?? JobLimits.defaultOutage)
    }

    private static func divert(_ node: JobNode, _ problems: JobProblems) -> Divert? {
        guard let map = JobMap(node, problems, keys: ["mail", "webhook"]) else { return nil }
        let webhook = map.parsed("webhook", "an http or https URL") { text in
            (text.hasPrefix("https://") || text.hasPrefix("http://")) && !Line.hasForbidden(text) ? text : nil
        }
        if map["mail"] == nil, map["webhook"] == nil {
            problems.error(node, "neither mail nor webhook", expected: "{mail: ADDRESS, webhook: URL}, or one of them")
        }
        return Divert(mail: map.address("mail"), webhook: webhook)
    }
}

extension JobNode {
    /// A host name in lower case, or a problem.
    fileprivate func host(_ problems: JobProblems) -> String? {
        parsed("a host name such as teams.contoso.com", problems) { text in
            let isValid = text.utf8.allSatisfy {
                $0 == 45 || $0 == 46 || (48...57).contains($0) || (97...122).contains($0 | 32)
            }
            return isValid && text.contains(".") ? text.lowercased() : nil
        }
    }
}
