package import UsherModel
internal import UsherText

/// The claims in a token; they only explain a refusal, and decide nothing.
package struct TokenClaims: Sendable {
    /// Application permissions (`roles`) and delegated ones (`scp`), sorted.
    package let permissions: [String]
    /// Whether the token is a JWT whose claims can be read.
    package let isReadable: Bool

    package init(_ token: Secret) {
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

    /// Whether the token has a permission, or one that includes it.
    package func holds(_ permission: String) -> Bool {
        let short = permission.replacing(".All", with: "")
        // Reading and writing includes reading, and reading a mail includes reading what little of it is basic.
        let wider = permission == "Mail.ReadBasic.All" ? ["Mail.Read", "Mail.ReadWrite"] : []
        return permissions.contains {
            $0 == permission || $0 == short || $0.hasPrefix(short + "Write") || wider.contains($0)
        }
    }

    /// Tells a missing permission from a missing policy; Graph answers 403 to both.
    ///
    /// - Parameters:
    ///   - error: The refusal.
    ///   - permission: The permission that the call needs.
    ///   - policy: What keeps the application out if it has that permission, and what to do.
    /// - Returns: The error, explained where it is such a refusal.
    package func explain(
        _ error: GraphError, needing permission: String, or policy: (problem: String, next: String)
    ) -> ExaminationError {
        // Graph names the policy in its answer, if that is what is missing.
        let namesPolicy = error.problem.lowercased().contains("application access policy")
        guard error.status == 403, isReadable || namesPolicy else { return ExaminationError(error) }
        let unsaid = "access was refused for want of an application access policy"
        let (problem, next) =
            holds(permission) || namesPolicy
            ? (holds(permission) ? policy.problem : unsaid, policy.next)
            : (
                "the token lacks the permission \(permission)",
                "Add it under App registrations › API permissions and grant admin consent"
            )
        return ExaminationError(
            .refusedCredentials, location: error.location,
            problem: problem + (error.requestID.map { " (request-id \($0))" } ?? ""), next: next)
    }
}

extension ExaminationError {
    /// Translates a call that failed.
    package init(_ error: GraphError) {
        let code: Code =
            switch error.code {
            case .unreachable, .notFound: .unreachable
            case .canceled: .canceled
            case .throttled: .throttled
            case .refusedCredentials: .refusedCredentials
            case .malformed, .refused: .malformed
            }
        self.init(code, location: error.location, problem: error.detail, next: error.next)
    }
}
