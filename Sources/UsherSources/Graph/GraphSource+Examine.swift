internal import UsherCredentials
internal import UsherGraph
package import UsherModel
internal import UsherText

extension GraphSource {
    /// Signs in, then tries every endpoint that the job will use: each selection, and of one event of it the event's sessions, one session,
    /// presenters, registrations, chosen sessions and, where rules need them, attendance reports.
    package func examine(for use: SourceUse) async -> [Examination] {
        let step = "sign in at \(options.connection.application.loginURL)"
        let claims: TokenClaims
        do throws(GraphError) {
            claims = TokenClaims(try await client.token())
        } catch {
            return [Examination(step, result: "", error: ExaminationError(error))]
        }
        var steps = [Examination(step, result: Self.words(claims))]
        for selection in options.events {
            let (listed, event) = await examine(selection, claims, use)
            steps.append(listed)
            if let event {
                steps += await examine(event, selection.kind, claims, use)
            } else if listed.error == nil {
                steps += untriedPermissions(claims, use).filter { !steps.contains($0) }
            }
        }
        return steps
    }

    private static let policy = (
        problem:
            "the token has the permission, but no application access policy opens the organizer's events to the application",
        next: "Let a Teams administrator run New-CsApplicationAccessPolicy and Grant-CsApplicationAccessPolicy "
            + "for the organizer: docs/graph.md; it takes up to 30 minutes"
    )
    private static let eventPermission = "VirtualEvent.Read.All"
    private static let attendancePermission = "OnlineMeetingArtifact.Read.All"

    // MARK: Selections

    private func examine(
        _ selection: GraphSourceOptions.Selection, _ claims: TokenClaims, _ use: SourceUse
    ) async -> (Examination, EventID?) {
        let step = "list \(selection.name)"
        do throws(GraphError) {
            if case .one(let kind, let id) = selection {
                let event = try await client.get(Self.path(kind, id)).unwrapped
                let name = Line(cleaning: String((event["displayName"].text ?? "").prefix(80)))
                let warning = Self.warning(of: [event], use)
                return (Examination(step, result: "\"\(name)\"", warning: warning), id)
            }
            guard let path = GraphListing.path(selection) else { return (Examination(step, result: ""), nil) }
            let items = try await firstItems(path)
            guard !items.isEmpty else {
                return (Examination(step, result: "no event", warning: await emptiness(of: selection)), nil)
            }
            return (
                Examination(step, result: "\(items.count) on the first page", warning: Self.warning(of: items, use)),
                items.first?["id"].text.map { EventID(rawValue: $0) }
            )
        } catch {
            let explained = claims.explain(error, needing: Self.eventPermission, or: Self.policy)
            return (Examination(step, result: "", error: explained), nil)
        }
    }

    /// The first page that holds anything: an empty one with a next link is no end.
    private func firstItems(_ path: GraphPath) async throws(GraphError) -> [JSONValue] {
        let pages = GraphPages(client, path)
        for _ in 0..<Self.emptyPages {
            guard let items = try await pages.items() else { break }
            if !items.isEmpty { return items }
        }
        return []
    }

    /// Pages without anything in them that are followed.
    private static let emptyPages = 10

    /// The permissions that the token certainly lacks, where there is no event to try them at.
    private func untriedPermissions(_ claims: TokenClaims, _ use: SourceUse) -> [Examination] {
        let needed = [Self.eventPermission] + (use.attendance ? [Self.attendancePermission] : [])
        return needed.filter { claims.isReadable && !claims.holds($0) }.map { permission in
            let error = ExaminationError(
                .refusedCredentials, location: client.connection.graphURL,
                problem: "the token lacks the permission \(permission)",
                next: "Add it under App registrations › API permissions and grant admin consent")
            return Examination("permission \(permission)", result: "", error: error)
        }
    }

    /// What an empty list may mean, as far as another query can tell.
    private func emptiness(of selection: GraphSourceOptions.Selection) async -> String {
        let untried = "Its sessions, registrations and attendance reports were not tried, since there is no event"
        switch selection {
        case .user(let kind, let id, let role):
            let other: GraphSourceOptions.Role = role == .organizer ? .coOrganizer : .organizer
            let path = GraphListing.path(.user(kind, id: id, role: other))
            do throws(GraphError) {
                guard let path else { return untried }
                let items = try await firstItems(path)
                if !items.isEmpty {
                    return
                        "this user has \(items.count == 1 ? "an event" : "events") as \(other.rawValue): check role. \(untried)"
                }
            } catch {
                if error.status == 403 {
                    return "as \(other.rawValue), access is refused: \(Self.policy.next). \(untried)"
                }
            }
            return
                "an organizer without an application access policy looks just like one without events. If there are some, "
                + "grant the policy (docs/graph.md). \(untried)"
        case .all:
            return
                "organizers without an application access policy are left out as if they had no events. If there are some, "
                + "grant the policy (docs/graph.md). \(untried)"
        case .signedIn, .one: return untried
        }
    }

    private static func warning(of events: [JSONValue], _ use: SourceUse) -> String? {
        let notified = events.count { event in
            event["settings"]["isAttendeeEmailNotificationEnabled"].flag == true
                && event["status"].text != SessionStatus.canceled.rawValue
        }
        guard use.mailsAttendees, notified > 0 else { return nil }
        return
            "Microsoft Teams mails the attendees of \(notified) of them itself (isAttendeeEmailNotificationEnabled), so that people would hear twice"
    }

    // MARK: One event

    private func examine(
        _ event: EventID, _ kind: EventKind, _ claims: TokenClaims, _ use: SourceUse
    ) async -> [Examination] {
        let path = Self.path(kind, event)
        let (listed, sessions) = await list("sessions of \(event)", path.appending("sessions"), claims)
        var steps = [listed]
        let session = sessions.first?["id"].text
        if let session {
            steps.append(
                await get("session \(session) of \(event)", path.appending("sessions", session), claims))
        }
        // Presenters are decoration: what refuses them refuses nothing else.
        let presenters = await list("presenters of \(event)", path.appending("presenters"), claims).0
        steps.append(
            presenters.error.map { error in
                Examination(
                    presenters.step, result: "not readable", warning: "messages will not name them: \(error)")
            } ?? presenters)
        if kind != .event {
            let (step, people) = await list("registrations of \(event)", path.appending("registrations"), claims)
            steps.append(step)
            steps += await examineChoices(of: event, path, people, hasSeveral: sessions.count > 1, claims)
        }
        if use.attendance {
            guard let session else {
                return steps + [
                    Examination(
                        "attendance reports of \(event)", result: "not tried",
                        warning: "not tried: the event has no session")
                ]
            }
            let reports = path.appending("sessions", session, "attendanceReports")
            steps.append(
                await list("attendance reports of \(event)", reports, claims, needing: Self.attendancePermission)
                    .0)
        }
        return steps
    }

    /// Only an event with several sessions needs them.
    private func examineChoices(
        of event: EventID, _ path: GraphPath, _ people: [JSONValue], hasSeveral: Bool, _ claims: TokenClaims
    ) async -> [Examination] {
        guard hasSeveral else { return [] }
        let step = "sessions that a person chose in \(event)"
        guard let person = people.first?["id"].text else {
            return [
                Examination(
                    step, result: "not tried",
                    warning:
                        "not tried: nobody is registered yet. It needs VirtualEvent.Read.Chat, by Graph's documentation"
                )
            ]
        }
        let chosen = path.appending("registrations", person, "sessions")
        return [await list(step, chosen, claims, needing: "VirtualEvent.Read.Chat").0]
    }

    private func list(
        _ step: String, _ path: GraphPath, _ claims: TokenClaims, needing permission: String = eventPermission
    ) async -> (Examination, [JSONValue]) {
        do throws(GraphError) {
            let items = try await firstItems(path)
            return (Examination(step, result: "\(items.count) on the first page"), items)
        } catch {
            let explained = claims.explain(error, needing: permission, or: Self.policy)
            return (Examination(step, result: "", error: explained), [])
        }
    }

    private func get(_ step: String, _ path: GraphPath, _ claims: TokenClaims) async -> Examination {
        do throws(GraphError) {
            let session = try await client.get(path).unwrapped
            let hasLink = session["joinWebUrl"].text?.isEmpty == false
            return Examination(step, result: hasLink ? "with a join link" : "without a join link yet")
        } catch {
            return Examination(
                step, result: "", error: claims.explain(error, needing: Self.eventPermission, or: Self.policy))
        }
    }

    private static func words(_ claims: TokenClaims) -> String {
        claims.isReadable
            ? "a token with "
                + (claims.permissions.isEmpty ? "no permission" : claims.permissions.joined(separator: ", "))
            : "a token"
    }
}
