internal import UsherGraph
internal import UsherJob

/// How a job's channels and its inbox sign in to mail servers.
enum MailSignIns {
    /// Takes what the job file says, and the sign-in of its source where that is meant; nil, and a problem, where there is none.
    static func make(
        _ authentication: MailAuthentication, _ node: JobNode, _ job: Job, _ problems: JobProblems,
        _ surroundings: Surroundings
    ) -> MailSignIn? {
        do throws(GraphError) {
            return try MailSignIn(
                authentication, source: SourceKinds.connection(of: job), surroundings,
                secrets: SecretStore(environment: surroundings.environment, folder: job.folder))
        } catch {
            problems.error(node, error.description, expected: "a way to sign in")
            return nil
        }
    }
}
