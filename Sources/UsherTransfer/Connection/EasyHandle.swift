internal import CCurl

/// Owns one libcurl easy handle and what must live as long: the header list, the error text and the callbacks' context.
///
/// Not `Sendable`: created, used and released on one thread.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    /// The result of the first option that libcurl refused; `CURLE_OK` where it accepted all.
    private(set) var firstFailure = CURLE_OK
    private var list: UnsafeMutablePointer<curl_slist>?
    /// The context of libcurl's callbacks, which may be called until the handle is released.
    private var companion: AnyObject?
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: errorTextBytes)

    /// `CURL_ERROR_SIZE`.
    private static let errorTextBytes = 256

    /// Nil where libcurl has no memory.
    init?() {
        guard let pointer = curl_easy_init() else {
            errorText.deallocate()
            return nil
        }
        self.pointer = pointer
        errorText.initialize(repeating: 0, count: Self.errorTextBytes)
        note(usher_curl_setopt_pointer(pointer, CURLOPT_ERRORBUFFER, errorText))
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(list)
        errorText.deallocate()
    }

    /// libcurl's own text for what failed; empty where it has none.
    var message: String { String(cString: errorText) }

    func set(_ option: CURLoption, _ value: Int) { note(usher_curl_setopt_long(pointer, option, value)) }
    func set(_ option: CURLoption, _ value: Bool) { set(option, value ? 1 : 0) }
    func set(_ option: CURLoption, _ value: String) { note(usher_curl_setopt_string(pointer, option, value)) }

    /// Sets the body; libcurl copies it, since the array may move.
    func setBody(_ bytes: [UInt8]) {
        note(usher_curl_setopt_offset(pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count)))
        bytes.withUnsafeBytes { buffer in
            // An empty array may have no address, and a null pointer would make libcurl ask a read callback.
            guard let base = buffer.baseAddress else { return set(CURLOPT_COPYPOSTFIELDS, "") }
            note(
                usher_curl_setopt_pointer(pointer, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: base)))
        }
    }

    /// Sets the header lines, each in libcurl's form.
    func setHeader(_ lines: [String]) {
        for line in lines {
            guard let longer = curl_slist_append(list, line) else { return note(CURLE_OUT_OF_MEMORY) }
            list = longer
        }
        note(usher_curl_setopt_list(pointer, CURLOPT_HTTPHEADER, list))
    }

    /// Retains the context of libcurl's callbacks as long as libcurl may call them.
    func keep(_ companion: AnyObject) { self.companion = companion }

    func note(_ code: CURLcode) {
        if firstFailure == CURLE_OK { firstFailure = code }
    }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        return usher_curl_getinfo_long(pointer, info, &value) == CURLE_OK ? value : 0
    }

    func string(_ info: CURLINFO) -> String {
        var value: UnsafePointer<CChar>?
        guard usher_curl_getinfo_string(pointer, info, &value) == CURLE_OK, let value else { return "" }
        return String(cString: value)
    }
}
