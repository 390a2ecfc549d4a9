extension String {
    /// The text with each occurrence of another one replaced, whatever follows it.
    ///
    /// By characters, as `replacing(_:with:)` compares, a quote with a combining mark behind it is no quote, and CR LF holds no LF: text from
    /// outside could keep a character from being escaped.
    package func replacingOctets(of old: String, with new: String) -> String {
        String(decoding: Array(utf8).replacing(Array(old.utf8), with: Array(new.utf8)), as: UTF8.self)
    }
}
