internal import CCurl

extension EasyHandle {
    /// Sets what all mail protocols share: verified TLS or none, no proxy, no password from `.netrc`.
    ///
    /// Verification cannot be turned off.
    func protect(_ protection: MailTransferOptions.Protection, authorityFile: String?) {
        set(CURLOPT_NOSIGNAL, true)
        set(CURLOPT_PROXY, "")
        set(CURLOPT_NETRC, false)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_SSLVERSION, usher_curl_tls_1_2_or_newer)
        if let authorityFile { set(CURLOPT_CAINFO, authorityFile) }
        switch protection {
        case .startTLS, .implicit: set(CURLOPT_USE_SSL, usher_curl_use_ssl_all)
        case .none: set(CURLOPT_USE_SSL, usher_curl_use_ssl_none)
        }
    }

    /// Makes libcurl sign in by SASL: with a password as the server offers (PLAIN, LOGIN: RFC 4954, RFC 9051 §6.2.2),
    /// or with a token (XOAUTH2).
    func signIn(_ credentials: MailCredentials) {
        set(CURLOPT_USERNAME, credentials.username)
        set(CURLOPT_SASL_IR, true)
        if credentials.isToken {
            set(CURLOPT_XOAUTH2_BEARER, credentials.secret)
            set(CURLOPT_LOGIN_OPTIONS, "AUTH=XOAUTH2")
        } else {
            set(CURLOPT_PASSWORD, credentials.secret)
        }
    }
}
