internal import UsherCredentials
internal import UsherGraph
internal import UsherJob

/// Creates the sign-in of a job's mail channels and inbox.
enum MailSignIns {
    /// Creates a sign-in; nil, with a problem, where there is none.
    ///
    /// If it names no application of its own, the one of the job's Graph source is used.
    static func make(
        _ authentication: MailAuthentication, _ node: JobNode, _ job: Job, _ problems: JobProblems,
        _ runtime: RuntimeEnvironment
    ) -> MailSignIn? {
        do throws(CredentialError) {
            return try MailSignIn(
                authentication, source: SourceKinds.connection(of: job)?.application, runtime,
                secrets: SecretStore(environment: runtime.variables, folder: job.folder, clock: runtime.clock))
        } catch {
            problems.error(node, error.description, expected: "a way to sign in")
            return nil
        }
    }
}
