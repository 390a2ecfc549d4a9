internal import CCurl

/// The keys that sign requests to Amazon S3 and what is compatible with it: AWS Signature Version 4, which libcurl computes.
///
/// All fields of the request are signed, so no proxy may change them. The path is signed as it stands: it must be percent-encoded once, in upper
/// case, and all but letters, digits and `-._~/` of it. Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.
package struct AWSSignature: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    private let accessKey: String
    private let secretKey: String
    private let region: String

    /// Checks and takes the keys.
    ///
    /// - Throws: `badRequest` where the region is not of letters, digits and hyphens, or a key is empty; the error shows none of them.
    package init(accessKey: String, secretKey: String, region: String) throws(TransferError) {
        let isRegion = region.utf8.allSatisfy { $0 == 45 || (48...57).contains($0) || (97...122).contains($0) }
        guard isRegion, !region.isEmpty, !accessKey.isEmpty, !secretKey.isEmpty else {
            throw TransferError(
                .badRequest, at: "AWS signature", problem: "an empty key, or a region that is none",
                next: "Give access-key and secret-key, and a region such as eu-central-1.")
        }
        (self.accessKey, self.secretKey, self.region) = (accessKey, secretKey, region)
    }

    /// The service; never a key.
    package var description: String { "AWS signature for S3" }
    /// A mirror without children.
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    func prepare(_ easy: EasyHandle) {
        easy.set(CURLOPT_AWS_SIGV4, "aws:amz:\(region):s3")
        easy.set(CURLOPT_USERNAME, accessKey)
        easy.set(CURLOPT_PASSWORD, secretKey)
    }
}
