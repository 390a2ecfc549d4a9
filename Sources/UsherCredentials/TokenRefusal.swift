internal import UsherModel
internal import UsherText
internal import UsherTransfer

/// Translates a refused request for a token into what an administrator must do.
///
/// Source: Microsoft Entra ID, "authentication and authorization error codes". The numbers may change: a number that is not in the table is
/// shown as it came.
struct TokenRefusal {
    private let response: HTTPResponse
    private let tree: JSONValue
    private let application: EntraApplication
    private let now: Instant

    init(_ response: HTTPResponse, _ tree: JSONValue, _ application: EntraApplication, now: Instant) {
        (self.response, self.tree, self.application, self.now) = (response, tree, application, now)
    }

    var error: CredentialError {
        let isTransient = response.status == 429 || response.status >= 500 || isMetadataBusy
        let (problem, next) = explanation
        return CredentialError(
            isTransient ? .unreachable : .refusedCredentials, location: location, problem: problem, next: next,
            serviceCode: tree["error"].text ?? "", status: response.status, requestID: tree["trace_id"].text,
            retryAfter: response.retryAfter(now: now.secondsSince1970))
    }

    /// The metadata service answers 404 and 410 while it is being updated.
    private var isMetadataBusy: Bool {
        guard case .managedIdentity = application.authentication else { return false }
        return response.status == 404 || response.status == 410
    }

    private var location: String {
        if case .managedIdentity = application.authentication { return "the machine's identity service" }
        return "\(application.loginURL) (sign-in)"
    }

    /// The number in `AADSTS7000215: …`.
    private var number: Int? {
        if let first = tree["error_codes"].items.first?.integer { return first }
        guard let text = tree["error_description"].text, text.hasPrefix("AADSTS") else { return nil }
        return Int(text.dropFirst(6).prefix { $0.isNumber })
    }

    private var explanation: (problem: String, next: String) {
        guard let number else { return unknown }
        let entry = Self.table[number]
        return ("\(entry?.problem ?? "sign-in refused") (AADSTS\(number))", entry?.next ?? Self.lookUp(number))
    }

    private var unknown: (problem: String, next: String) {
        let word = tree["error"].text ?? tree["error"]["code"].text ?? "no reason given"
        return (
            "sign-in refused with status \(response.status): \(Line(cleaning: String(word.prefix(100))))",
            "Check tenant, client id and credentials in the job file, and the cloud"
        )
    }

    private static func lookUp(_ number: Int) -> String {
        "Look the code up at https://login.microsoftonline.com/error?code=\(number)"
    }

    private static let wrongTenant = (
        problem: "no such tenant in this cloud",
        next: "Check tenant (the directory's id or one of its domains) and cloud in the job file"
    )

    private static let table: [Int: (problem: String, next: String)] = [
        90002: wrongTenant, 90013: wrongTenant, 900_023: wrongTenant, 90038: wrongTenant,
        900_382: (
            "the tenant is in another cloud", "Set cloud: to the tenant's own (global, usgov-l4, usgov-l5 or china)"
        ),
        900_383: (
            "the tenant is in another cloud", "Set cloud: to the tenant's own (global, usgov-l4, usgov-l5 or china)"
        ),
        700_016: (
            "no application with this client id in the tenant",
            "Check client-id and tenant; grant the application admin consent in this tenant"
        ),
        7_000_215: (
            "the client secret is wrong",
            "Use the secret's value (not its id) from App registrations › Certificates & secrets"
        ),
        7_000_222: (
            "the client secret has expired",
            "Create a new one under App registrations › Certificates & secrets, and put it where the job file points"
        ),
        700_027: (
            "the certificate is not registered for the application, or has expired",
            "Upload the certificate under App registrations › Certificates & secrets, or use one that is registered"
        ),
        7_000_112: (
            "the application is disabled in the tenant", "Let an administrator enable it under Enterprise applications"
        ),
        70021: (
            "no federated credential of the application matches the token",
            "Compare issuer, subject and audience under App registrations › Certificates & secrets › Federated credentials"
        ),
        700_024: (
            "the client assertion is not valid now", "Check this machine's clock, and that the token file is kept fresh"
        ),
        500_011: ("this tenant does not have the service that the token is for", "Check cloud: in the job file"),
        53003: (
            "blocked by a Conditional Access policy",
            "Let an administrator exempt the workload, or run from an allowed network"
        ),
    ]
}
