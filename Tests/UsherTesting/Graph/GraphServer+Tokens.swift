internal import Crypto
internal import CryptoExtras
internal import FlyingFox
internal import Foundation
internal import Synchronization
internal import UsherModel
internal import UsherText

extension GraphServer {
    /// A key with a self-signed certificate, for tests only.
    package static func makeCertificate(in folder: TemporaryFolder, for address: String = "127.0.0.1") throws -> String
    {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=usher", "-days", "2",
            "-addext", "subjectAltName=IP:\(address)", "-keyout", folder.path("key.pem"), "-out",
            folder.path("cert.pem"),
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        let texts = try ["cert.pem", "key.pem"].map { try String(contentsOfFile: folder.path($0), encoding: .utf8) }
        return texts.joined()
    }

    /// Answers token requests like Microsoft Entra ID and the identity services of a machine.
    func token(_ request: HTTPRequest, _ path: String, _ body: [UInt8]) -> HTTPResponse {
        let (status, retryAfter) = state.withLock { state in
            state.counts.tokens += 1
            return (state.signInStatus, state.signInRetryAfter)
        }
        if let status { return Self.answer(status, "{}", retryAfter: retryAfter) }
        if path.hasPrefix("/metadata/") || path.hasPrefix("/msi/") { return machineToken(request, path) }
        let form = Self.form(body)
        guard request.method == .POST, form["grant_type"] == "client_credentials",
            form["scope"]?.hasSuffix("/.default") == true
        else { return Self.refusal(900_144, "invalid_request") }
        if path.hasPrefix("/elsewhere.example/") { return Self.refusal(900_382, "invalid_request") }
        guard path == "/\(Self.tenant)/oauth2/v2.0/token" else { return Self.refusal(90002, "invalid_request") }
        guard form["client_id"] == Self.client else { return Self.refusal(700_016, "unauthorized_client") }
        if let secret = form["client_secret"] {
            if secret == "expired" { return Self.refusal(7_000_222, "invalid_client") }
            return secret == Self.secret ? grant(form["scope"]) : Self.refusal(7_000_215, "invalid_client")
        }
        guard form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            let assertion = form["client_assertion"]
        else { return Self.refusal(7_000_218, "invalid_client") }
        if assertion == "federated-token" { return grant(form["scope"]) }
        return isGood(assertion) ? grant(form["scope"]) : Self.refusal(700_027, "invalid_client")
    }

    /// The certificate whose assertions are accepted.
    package func accept(certificate pem: String) { state.withLock { $0.certificate = pem } }

    private func machineToken(_ request: HTTPRequest, _ path: String) -> HTTPResponse {
        let query = Dictionary(request.query.map { ($0.name, $0.value) }) { first, _ in first }
        let isAllowed =
            path.hasPrefix("/msi/")
            ? request.headers[HTTPHeader("X-IDENTITY-HEADER")] == "machine" && query["api-version"] == "2019-08-01"
            : request.headers[HTTPHeader("Metadata")] == "true" && query["api-version"] == "2018-02-01"
        guard isAllowed, let resource = query["resource"], Self.services.contains(resource) else {
            return Self.answer(400, #"{"error": "invalid_request", "error_description": "Required header missing"}"#)
        }
        return grant(resource, isMachine: true)
    }

    private static let services: Set<String> = ["https://graph.microsoft.com/", exchange]
    private static let exchange = "https://outlook.office365.com/"

    /// The tokens issued for Exchange Online, in order; Graph accepts none of them.
    package var exchangeTokens: [String] { state.withLock { $0.exchange } }

    /// Answers a mail server that verifies a token, as Dovecot does, with its user if it is one for Exchange.
    func tokenInformation(_ request: HTTPRequest) -> HTTPResponse {
        let query = Dictionary(request.query.map { ($0.name, $0.value) }) { first, _ in first }
        guard let token = query["access_token"], exchangeTokens.contains(token) else {
            return Self.answer(401, #"{"error": "invalid_token"}"#)
        }
        return Self.answer(200, #"{"email": "\#(query["user"] ?? "")"}"#)
    }

    private func grant(_ scope: String?, isMachine: Bool = false) -> HTTPResponse {
        let token = state.withLock { state in
            state.lastToken += 1
            let roles = state.isMissingPermission ? "" : state.permissions.map { "\"\($0)\"" }.joined(separator: ",")
            let claims = Data(#"{"roles": [\#(roles)], "n": \#(state.lastToken)}"#.utf8).base64EncodedString()
            let token = "eyJ9.\(claims.replacing("=", with: "")).sig"
            if scope?.hasPrefix(Self.exchange) == true {
                state.exchange.append(token)
            } else {
                state.valid.insert(token)
            }
            return token
        }
        // The machine's identity services write numbers as strings.
        let life = isMachine ? #""3599""# : "3599"
        return Self.answer(200, #"{"token_type": "Bearer", "expires_in": \#(life), "access_token": "\#(token)"}"#)
    }

    private static func refusal(_ number: Int, _ error: String) -> HTTPResponse {
        answer(
            number == 7_000_215 || number == 7_000_222 ? 401 : 400,
            #"{"error": "\#(error)", "error_description": "AADSTS\#(number): No. Trace ID: t-1", "error_codes": [\#(number)], "trace_id": "t-1"}"#
        )
    }

    private static func form(_ body: [UInt8]) -> [String: String] {
        let pairs = String(decoding: body, as: UTF8.self).split(separator: "&").map { pair in
            pair.split(separator: "=", maxSplits: 1).map {
                String($0).replacing("+", with: " ").removingPercentEncoding ?? ""
            }
        }
        return Dictionary(pairs.compactMap { $0.count == 2 ? ($0[0], $0[1]) : nil }) { first, _ in first }
    }

    /// Whether a client assertion is signed with the certificate's key and has the required claims.
    private func isGood(_ assertion: String) -> Bool {
        let parts = assertion.split(separator: ".").map(String.init)
        guard parts.count == 3, let pem = state.withLock({ $0.certificate }),
            let head = Self.decoded(parts[0]).flatMap({ JSONValue(Array($0)) }),
            let claims = Self.decoded(parts[1]).flatMap({ JSONValue(Array($0)) }),
            let signature = Self.decoded(parts[2]),
            let key = try? _RSA.Signing.PrivateKey(pemRepresentation: Self.block("PRIVATE KEY", pem, isWhole: true)),
            let certificate = Data(base64Encoded: Self.block("CERTIFICATE", pem, isWhole: false))
        else { return false }
        let thumbprint = Data(SHA256.hash(data: certificate))
        return head["alg"].text == "PS256" && Self.decoded(head["x5t#S256"].text ?? "") == thumbprint
            && claims["aud"].text == "\(url)/\(Self.tenant)/oauth2/v2.0/token" && claims["iss"].text == Self.client
            && claims["sub"].text == Self.client && claims["jti"].text?.isEmpty == false
            && (claims["exp"].integer ?? 0) > (claims["nbf"].integer ?? 0)
            && key.publicKey.isValidSignature(
                .init(rawRepresentation: signature), for: Data("\(parts[0]).\(parts[1])".utf8), padding: .PSS)
    }

    private static func decoded(_ text: String) -> Data? {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.count % 4) % 4))
    }

    private static func block(_ label: String, _ pem: String, isWhole: Bool) -> String {
        let (begin, end) = ("-----BEGIN \(label)-----", "-----END \(label)-----")
        guard let from = pem.range(of: begin), let to = pem.range(of: end) else { return "" }
        if isWhole { return String(pem[from.lowerBound..<to.upperBound]) }
        return pem[from.upperBound..<to.lowerBound].filter { !$0.isWhitespace }
    }
}
