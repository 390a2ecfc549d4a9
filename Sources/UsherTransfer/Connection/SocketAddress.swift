internal import CCurl

/// The address and port that libcurl is about to connect to, as a log shows them.
func text(of address: UnsafePointer<curl_sockaddr>) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(USHER_CURL_ADDRESS_TEXT)) { buffer in
        guard let start = buffer.baseAddress else { return "" }
        usher_curl_address_text(address, start)
        return String(cString: start)
    }
}
