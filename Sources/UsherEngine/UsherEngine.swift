// UsherEngine: runs the stages of one job in order: fetch, reconcile, plan, enroll, publish, deliver.
//
// Words: run, configured job (a job with the kinds it names, built and checked), stage, report, problem.
// Invariants: a stage reads the time only through `RunSettings`; when a stage fails, it reports a problem and the rest of the run goes on;
// a delivery is marked as on the wire before it can be completed, and its outcome is recorded afterwards; nothing is sent that the ledger
// does not hold.
// Never: SQL, sockets, the contents of files, or rules about what is due; other targets hold those.
