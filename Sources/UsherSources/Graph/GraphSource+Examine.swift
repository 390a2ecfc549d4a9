internal import UsherCredentials
internal import UsherGraph
package import UsherModel
internal import UsherText

extension GraphSource {
    /// Signs in, then reads the first page of each selection, and of one event the sessions, registrations and, where rules need them,
    /// attendance reports.
    package func examine(attendance: Bool) async -> [Examination] {
        let connection = options.connection
        var steps: [Examination] = []
        let token: Secret
        do throws(GraphError) {
            token = try await client.token()
            steps.append(
                Examination("sign in at \(connection.application.loginURL)", result: Self.words(TokenClaims(token))))
        } catch {
            return [
                Examination(
                    "sign in at \(connection.application.loginURL)", result: "",
                    error: ExaminationError(SourceError(error)))
            ]
        }
        for selection in options.events {
            let (step, event) = await examine(selection, TokenClaims(token))
            steps.append(step)
            if let event { steps += await examine(event, selection.kind, TokenClaims(token), attendance) }
        }
        return steps
    }

    private func examine(
        _ selection: GraphSourceOptions.Selection, _ claims: TokenClaims
    ) async -> (Examination, EventID?) {
        let step = "list \(selection.name)"
        do throws(GraphError) {
            if case .one(let kind, let id) = selection {
                let event = try await client.get(Self.path(kind, id)).unwrapped
                let name = Line(cleaning: String((event["displayName"].text ?? "").prefix(80)))
                return (Examination(step, result: "\"\(name)\""), id)
            }
            guard let path = GraphListing.path(selection) else { return (Examination(step, result: ""), nil) }
            let items = try await GraphPages(client, path).items() ?? []
            let result = items.isEmpty ? "no event" : "\(items.count) on the first page"
            return (Examination(step, result: result), items.first?["id"].text.map { EventID(rawValue: $0) })
        } catch {
            return (Examination(step, result: "", error: claims.explain(error, reading: "VirtualEvent.Read.All")), nil)
        }
    }

    private func examine(
        _ event: EventID, _ kind: EventKind, _ claims: TokenClaims, _ attendance: Bool
    ) async -> [Examination] {
        let path = Self.path(kind, event)
        var session: String?
        var parts = [("sessions", path.appending("sessions"), "VirtualEvent.Read.All")]
        if kind != .event { parts.append(("registrations", path.appending("registrations"), "VirtualEvent.Read.All")) }
        var steps: [Examination] = []
        for (name, path, permission) in parts {
            let step = "\(name) of \(event)"
            do throws(GraphError) {
                let items = try await GraphPages(client, path).items() ?? []
                steps.append(Examination(step, result: "\(items.count) on the first page"))
                if name == "sessions" { session = items.first?["id"].text }
            } catch {
                steps.append(Examination(step, result: "", error: claims.explain(error, reading: permission)))
            }
        }
        if attendance, let session {
            let path = path.appending("sessions", session, "attendanceReports")
            steps.append(await examine(reports: path, of: event, claims))
        }
        return steps
    }

    private func examine(reports path: GraphPath, of event: EventID, _ claims: TokenClaims) async -> Examination {
        let step = "attendance reports of \(event)"
        do throws(GraphError) {
            return Examination(step, result: "\(try await GraphPages(client, path).items()?.count ?? 0) so far")
        } catch {
            return Examination(
                step, result: "", error: claims.explain(error, reading: "OnlineMeetingArtifact.Read.All"))
        }
    }

    private static func words(_ claims: TokenClaims) -> String {
        claims.isReadable
            ? "a token with "
                + (claims.permissions.isEmpty ? "no permission" : claims.permissions.joined(separator: ", "))
            : "a token"
    }
}

/// The claims in a token; they only explain a refusal, and decide nothing.
struct TokenClaims {
    /// Application permissions (`roles`) and delegated ones (`scp`), sorted.
    let permissions: [String]
    /// Whether the token is a JWT whose claims can be read.
    let isReadable: Bool

    init(_ token: Secret) {
        let claims: JSONValue? = token.reveal { text in
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3 else { return nil }
            return Base64.decode(parts[1], .url).flatMap { JSONValue($0) }
        }
        isReadable = claims != nil
        let roles = claims?["roles"].items.compactMap(\.text) ?? []
        let scopes = claims?["scp"].text?.split(separator: " ").map(String.init) ?? []
        permissions = (roles + scopes).map { Line(cleaning: String($0.prefix(100))).text }.sorted()
    }

    /// Tells a missing permission from a missing application access policy; Graph answers 403 to both.
    func explain(_ error: GraphError, reading permission: String) -> ExaminationError {
        guard error.status == 403, isReadable else { return ExaminationError(SourceError(error)) }
        let short = permission.replacing(".All", with: "")
        let has = permissions.contains { $0 == permission || $0.hasPrefix(short) }
        let (problem, next) =
            has
            ? (
                "the token has the permission, but no application access policy opens the organizer's events to the application",
                "Let a Teams administrator run New-CsApplicationAccessPolicy and Grant-CsApplicationAccessPolicy "
                    + "for the organizer: docs/graph.md; it takes up to 30 minutes"
            )
            : (
                "the token lacks the permission \(permission)",
                "Add it under App registrations › API permissions and grant admin consent"
            )
        return ExaminationError(
            .refusedCredentials, location: error.location,
            problem: problem + (error.requestID.map { " (request-id \($0))" } ?? ""), next: next)
    }
}
