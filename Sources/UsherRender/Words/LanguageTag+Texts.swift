internal import UsherModel

extension LanguageTag {
    /// The tags under which texts for a reader are looked up: `fr-CA`, `fr`.
    ///
    /// English outside the United States has a tag of its own before `en`, as in CLDR's `parentLocales`: `en-GB`, `en-001`, `en`.
    var textOrder: [String] {
        let order = lookupOrder
        guard order.last == "en", let region = order.dropLast().last?.dropFirst(3).uppercased(), region != "001",
            !Self.american.contains(region)
        else { return order }
        return order.dropLast() + ["en-001", "en"]
    }

    /// The regions whose English is that of the United States.
    private static let american: Set<String> = [
        "AS", "BI", "GU", "MH", "MP", "PH", "PR", "UM", "US", "VI",
    ]
}
