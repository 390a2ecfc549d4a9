internal import Foundation

/// Whether bytes are JSON.
enum JSONCheck {
    static func isValid(_ bytes: [UInt8]) -> Bool {
        do {
            _ = try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
            return true
        } catch {
            return false
        }
    }
}
