// UsherLedger: the SQLite engine of the ledger protocols, which are declared in UsherModel.
//
// Words: enrol, claim, lease, wire, finish, recover, doubt, roster, proposal, overlay.
// Invariants: the key of a delivery is never deleted; a state changes only as the table `transition` allows, and triggers enforce it for
// every writer; only a claim can be wired, and only a wired delivery can be sent; what another step relies on is on disk before that step;
// no call waits for a disk or a lock on a thread of Swift's cooperative pool.
// Never: network, templates, rules about what is due, or a clock of its own.
