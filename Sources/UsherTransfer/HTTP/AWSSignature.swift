internal import CCurl

/// The keys that sign requests to Amazon S3 and what is compatible with it: AWS Signature Version 4, which libcurl
/// computes.
///
/// All fields of the request are signed, so no proxy may change them. The path is signed as it is: everything except
/// letters, digits and `-._~/` must be percent-encoded once, in upper case. Source:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.
package struct AWSSignature: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    private let accessKey: String
    private let secretKey: String
    private let region: String

    /// Creates a signature.
    ///
    /// - Throws: `badRequest` where the region has characters other than letters, digits and hyphens, or where a key is
    ///   empty; the error shows neither.
    package init(accessKey: String, secretKey: String, region: String) throws(TransferError) {
        let isRegion = region.utf8.allSatisfy { $0 == 45 || (48...57).contains($0) || (97...122).contains($0) }
        guard isRegion, !region.isEmpty, !accessKey.isEmpty, !secretKey.isEmpty else {
            throw TransferError(
                .badRequest, at: "AWS signature", problem: "an empty key or an invalid region",
                next: "Set access-key and secret-key, and a region such as eu-central-1.")
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
