// UsherEngine: the stages in their order, for one job: fetch, reconcile, plan, enrol, publish, deliver.
//
// Words: run, assembly (a job with the kinds it names), stage, report, finding.
// Invariants: a stage reads the clock only through `RunSettings`; what a stage could not do is a finding, and the rest goes on; a delivery
// is wired before it can be completed and settled after; nothing is sent that the ledger does not hold.
// Never: SQL, a socket, a file's bytes, or a rule about what is due: those have their own targets.
