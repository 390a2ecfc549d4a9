package import UsherCredentials
package import UsherJob

/// How a job reaches Microsoft Graph.
package struct GraphConnection: Hashable, Sendable {
    /// The application that signs in, and its cloud.
    package let application: EntraApplication
    /// Whether the beta endpoints are used.
    package let isBeta: Bool
    /// Scheme, host and port of Graph.
    package let graphURL: String

    /// The keys of a job file that ``init(_:)`` reads.
    package static let keys = EntraApplication.keys + ["beta", "graph-url"]

    package init(_ application: EntraApplication, isBeta: Bool = false, graphURL: String? = nil) {
        (self.application, self.isBeta) = (application, isBeta)
        self.graphURL = graphURL ?? application.cloud.graphURL
    }

    /// Reads the connection from the mapping of a source or a channel; nil where there are problems.
    package init?(_ map: JobMap) {
        let application = EntraApplication(map)
        let graphURL = EntraApplication.origin("graph-url", map)
        let isBeta = map.flag("beta") ?? false
        guard let application else { return nil }
        self.init(application, isBeta: isBeta, graphURL: graphURL)
    }

    /// The version of the API in its URLs.
    package var version: String { isBeta ? "beta" : "v1.0" }
}
