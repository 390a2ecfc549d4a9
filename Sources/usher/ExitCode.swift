import ArgumentParser
import UsherEngine

/// The exit codes of every command, from BSD `sysexits.h` where it has a fitting one.
enum Exit: Int32, CaseIterable {
    case allDone = 0
    case usage = 64
    case permanentFailures = 65
    case noInput = 66
    case unavailable = 69
    case internalError = 70
    case inputOutput = 74
    case willBeRetried = 75
    case guardTripped = 76
    case refusedCredentials = 77
    case badJob = 78
    case inDoubt = 79

    /// The codes from the most to the least serious; of several problems, the first one here decides.
    static let bySeverity: [Exit] = [
        .internalError, .badJob, .refusedCredentials, .guardTripped, .inputOutput, .inDoubt,
        .unavailable, .permanentFailures, .willBeRetried, .noInput, .usage, .allDone,
    ]

    /// The exit code of a kind of problem.
    init(_ code: RunProblem.Code) {
        self =
            switch code {
            case .badJob: .badJob
            case .badRecord, .failed: .permanentFailures
            case .sourceUnreachable, .channelUnavailable: .unavailable
            case .internalError: .internalError
            case .cannotWrite: .inputOutput
            case .retrying: .willBeRetried
            case .guardTripped: .guardTripped
            case .refusedCredentials: .refusedCredentials
            case .inDoubt: .inDoubt
            }
    }

    /// The exit code of the most serious problem; 0 where there is none.
    init(mostSeriousOf codes: some Sequence<RunProblem.Code>) {
        let exits = Set(codes.map { Exit($0) })
        self = Self.bySeverity.first { exits.contains($0) } ?? .allDone
    }

    /// The error that makes the process exit with this code.
    var error: ExitCode { ExitCode(rawValue) }

    /// One line for `--help` and the documentation.
    var meaning: String {
        switch self {
        case .allDone: "success"
        case .usage: "the command line is wrong"
        case .permanentFailures:
            "deliveries failed permanently or expired while they waited, or records of the source were refused"
        case .noInput: "there is no ledger where one is to be read"
        case .unavailable: "the source could not be read, or a channel refuses everything or has been away for long"
        case .internalError: "internal error"
        case .inputOutput: "the ledger, an outbox or a publication cannot be written"
        case .willBeRetried: "deliveries will be tried again by a later run"
        case .guardTripped: "a guard stopped the run, and a person must decide"
        case .refusedCredentials: "credentials were refused"
        case .badJob: "the job file or a template is wrong"
        case .inDoubt: "it is unknown whether some deliveries arrived"
        }
    }
}
