import ArgumentParser
import UsherEngine

/// The exit codes of every command: BSD `sysexits.h` where it has a word for it.
enum Exit: Int32, CaseIterable {
    case allDone = 0
    case usage = 64
    case permanentFailures = 65
    case sourceUnreachable = 69
    case internalError = 70
    case cannotCreate = 73
    case inputOutput = 74
    case willBeRetried = 75
    case guardTripped = 76
    case refusedCredentials = 77
    case badJob = 78
    case inDoubt = 79

    /// Gravest first: the order in which one hides another.
    static let byGravity: [Exit] = [
        .internalError, .badJob, .refusedCredentials, .guardTripped, .inputOutput, .cannotCreate, .inDoubt,
        .sourceUnreachable, .permanentFailures, .willBeRetried, .usage, .allDone,
    ]

    /// The code of a finding.
    init(_ code: RunProblem.Code) {
        self =
            switch code {
            case .badJob: .badJob
            case .badRecord, .failed: .permanentFailures
            case .sourceUnreachable: .sourceUnreachable
            case .internalError: .internalError
            case .cannotWrite: .inputOutput
            case .retrying: .willBeRetried
            case .guardTripped: .guardTripped
            case .refusedCredentials: .refusedCredentials
            case .inDoubt: .inDoubt
            }
    }

    /// The gravest of what was found; 0 where nothing was.
    init(gravestOf codes: some Sequence<RunProblem.Code>) {
        let found = Set(codes.map { Exit($0) })
        self = Self.byGravity.first { found.contains($0) } ?? .allDone
    }

    /// What makes the process end with this code.
    var error: ExitCode { ExitCode(rawValue) }

    /// One line for `--help` and the documentation.
    var meaning: String {
        switch self {
        case .allDone: "all done"
        case .usage: "wrong usage of the command line"
        case .permanentFailures: "some deliveries failed for good, or records of the source were refused"
        case .sourceUnreachable: "the source could not be read"
        case .internalError: "internal error"
        case .cannotCreate: "an output file cannot be created"
        case .inputOutput: "the ledger, an outbox or a publication cannot be written"
        case .willBeRetried: "some deliveries will be tried again"
        case .guardTripped: "a guard tripped: a person decides"
        case .refusedCredentials: "credentials were refused"
        case .badJob: "the job file or a template is wrong"
        case .inDoubt: "it cannot be known whether some deliveries arrived"
        }
    }
}
