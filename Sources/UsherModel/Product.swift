/// The program, as it names itself to others.
public enum Product {
    /// The version, as CHANGELOG.md names it.
    public static let version = "0.1.0"
    /// Where its operators read what it is.
    public static let address = "https://usher.example"
    /// `User-Agent` with version and address, as servers expect it of a program that fetches by itself (RFC 9110 §10.1.5).
    public static let userAgent = "usher/\(version) (+\(address))"
}
