package import UsherModel

extension DeliveryID {
    /// The id of a delivery that no ledger knows.
    package init(_ parts: [String]) { self.init(DedupeKey(parts)) }
}
