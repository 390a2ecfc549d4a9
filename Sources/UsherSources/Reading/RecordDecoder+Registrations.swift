internal import UsherModel
internal import UsherText

extension RecordDecoder {
    /// Reads a registration (`virtualEventRegistration`).
    func attendee(_ tree: JSONValue, event: EventID, _ repairs: inout Repairs) throws(Refused) -> Attendee {
        let address = try address(tree["email"].text)
        var attendee = Attendee(
            registration: try registration(tree["id"].text, address), event: event, address: address,
            status: status(of: tree["status"], &repairs))
        attendee.firstName = line(tree["firstName"], "firstName", &repairs)
        attendee.lastName = line(tree["lastName"], "lastName", &repairs)
        attendee.zone = preferredZone(text(tree["preferredTimezone"], "preferredTimezone", &repairs), &repairs)
        attendee.language = preferredLanguage(text(tree["preferredLanguage"], "preferredLanguage", &repairs), &repairs)
        attendee.registeredAt = registered(
            text(tree["registrationDateTime"], "registrationDateTime", &repairs), &repairs)
        attendee.answers = answers(tree["registrationQuestionAnswers"], &repairs)
        attendee.sessions = try chosen(tree["sessions"])
        return attendee
    }

    private func status(of tree: JSONValue, _ repairs: inout Repairs) -> AttendeeStatus {
        guard tree != .null else { return .registered }
        if let text = tree.text { return status(text, &repairs) }
        repairs.append("the status is \(tree.shape): nothing is concluded from it")
        return .unknown
    }

    /// The sessions that a person chose, as a file states them; nil for all.
    private func chosen(_ tree: JSONValue) throws(Refused) -> [SessionID]? {
        guard tree != .null else { return nil }
        let ids = tree.items.compactMap { $0["id"].text ?? $0.text }
        guard case .array(let items) = tree, ids.count == items.count else {
            throw Refused(problem: "sessions is no list of ids: it is not known which sessions the person chose")
        }
        return ids.isEmpty ? nil : ids.map { SessionID(rawValue: $0) }
    }

    /// The address in a field that people filled in: without the invisible characters and blanks that come along when it is pasted, and without
    /// a name before it.
    func address(_ text: String?) throws(Refused) -> Address {
        let text = PastedAddress.cleaned(text ?? "")
        guard !text.isEmpty else { throw Refused(problem: "no e-mail address") }
        guard !text.unicodeScalars.contains(where: PastedAddress.isWideBlank) else {
            throw Refused(
                problem: "\"\(Line(cleaning: String(text.prefix(80))))\" is no e-mail address: it holds a blank")
        }
        do throws(Address.Problem) {
            return try Mailbox(text).address
        } catch {
            throw Refused(problem: error.description)
        }
    }

    /// The registration's id; where the source has none, one derived from the address, so that it is the same in every run.
    func registration(_ text: String?, _ address: Address) throws(Refused) -> RegistrationID {
        guard let text, !text.isEmpty else {
            return RegistrationID(rawValue: "address:" + Digest.hex(of: [address.identity]).prefix(32))
        }
        return RegistrationID(rawValue: try id(.string(text), of: "a registration"))
    }

    /// A name in a table.
    ///
    /// One that is too long swallowed other fields, so that none of them can be trusted.
    func name(_ text: String?, _ what: String, _ repairs: inout Repairs) throws(Refused) -> Line {
        let line = line(text, what, &repairs)
        guard line.text.utf8.count <= Limits.nameBytes else {
            throw Refused(problem: "\(what) of \(line.text.utf8.count) bytes: expected at most \(Limits.nameBytes)")
        }
        return line
    }

    func status(_ text: String, _ repairs: inout Repairs) -> AttendeeStatus {
        let synonyms = ["": "registered", "cancelled": "canceled", "rejected": "rejectedByOrganizer"]
        let word = synonyms[text.lowercased()] ?? text
        let status = AttendeeStatus.allCases.first { $0.rawValue.lowercased() == word.lowercased() }
        if status == nil, word != "unknownFutureValue" {
            repairs.append(
                "the status \"\(Line(cleaning: String(text.prefix(40))))\" is unknown: nothing is concluded from it")
        }
        return status ?? .unknown
    }

    /// The preferred zone; an invalid one is dropped, and the job's default is used.
    func preferredZone(_ text: String?, _ repairs: inout Repairs) -> ZoneID? {
        guard let text, !text.isEmpty else { return nil }
        do throws(Refused) {
            return try zone(text)
        } catch {
            repairs.append("\(error.problem): the job's default is used")
            return nil
        }
    }

    func preferredLanguage(_ text: String?, _ repairs: inout Repairs) -> LanguageTag? {
        guard let text, !text.isEmpty else { return nil }
        if let tag = LanguageTag(text) { return tag }
        repairs.append(
            "\"\(Line(cleaning: String(text.prefix(40))))\" is not a language tag: the job's default is used")
        return nil
    }

    func registered(_ text: String?, _ repairs: inout Repairs) -> Instant? {
        guard let text, !text.isEmpty else { return nil }
        if let timestamp = Timestamp(text) {
            return timestamp.instant ?? Instant(secondsSince1970: timestamp.civil.secondsOnClock)
        }
        repairs.append("\"\(Line(cleaning: String(text.prefix(40))))\" is not a time of registration: ignored")
        return nil
    }

    private func answers(_ tree: JSONValue, _ repairs: inout Repairs) -> [QuestionAnswer] {
        var answers: [QuestionAnswer] = []
        for item in items(tree, "registrationQuestionAnswers", limit: 100, &repairs) {
            let name = item["displayName"] == .null ? item["questionId"] : item["displayName"]
            let question = line(name, "question", bytes: Limits.subjectBytes, &repairs)
            let choices = item["multiChoiceValues"].items.compactMap(\.text)
            let answer =
                item["value"].text
                ?? (choices.isEmpty ? item["booleanValue"].flag.map { "\($0)" } : choices.joined(separator: ", "))
            guard let answer, !question.isEmpty else { continue }
            answers.append(
                QuestionAnswer(
                    question: question, answer: Line(cleaning: PlainText.prefix(answer, bytes: 4096)).text))
        }
        return answers
    }
}
