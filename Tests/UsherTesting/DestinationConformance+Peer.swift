package import UsherModel

/// A destination and what is behind it, as the conformance suite sees them.
package struct DestinationPeer: Sendable {
    /// Builds the destination, as a run does.
    package var make: @Sendable () async throws -> any Destination
    /// An artifact by its name, such as `a`, with a text of its own.
    package var artifact: @Sendable (_ name: String, _ text: String) -> Artifact
    /// What is stored under a name, looked up without the destination; nil for nothing.
    package var stored: @Sendable (_ name: String) async throws -> [UInt8]?
    /// Someone else stores an artifact, without the destination.
    package var overwrite: @Sendable (_ name: String, Artifact) async throws -> Void
    /// Someone else deletes what is stored under a name.
    package var erase: @Sendable (_ name: String) async throws -> Void
    /// An artifact that the destination has to reject.
    package var unwritable: @Sendable () throws -> Artifact
    /// The destination with wrong credentials; nil where there are none to get wrong.
    package var refused: (@Sendable () async throws -> any Destination)?
    /// Whether stored bytes are those of an artifact, for servers that rewrite them.
    package var matches: @Sendable (_ stored: [UInt8], Artifact) -> Bool = { $0 == $1.bytes }
    /// Capabilities that the destination declares and this server lacks.
    package var missing: Set<DestinationCapability> = []
    /// Something that changes with every write; nil where the link to the server counts the requests.
    package var writes: (@Sendable () throws -> [String])?

    package init(
        make: @escaping @Sendable () async throws -> any Destination,
        artifact: @escaping @Sendable (_ name: String, _ text: String) -> Artifact,
        stored: @escaping @Sendable (_ name: String) async throws -> [UInt8]?,
        overwrite: @escaping @Sendable (_ name: String, Artifact) async throws -> Void,
        erase: @escaping @Sendable (_ name: String) async throws -> Void,
        unwritable: @escaping @Sendable () throws -> Artifact
    ) {
        (self.make, self.artifact, self.stored) = (make, artifact, stored)
        (self.overwrite, self.erase, self.unwritable) = (overwrite, erase, unwritable)
    }
}
