extension TemplateSet {
    /// The languages into which a mail template is translated, without the original's.
    package func languages(ofMail template: String) -> [String] {
        mails[template].map { $0.translations.keys.sorted() } ?? []
    }
}
