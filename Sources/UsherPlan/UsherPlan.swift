// UsherPlan: what changed, what is due, to whom. Pure functions of (sessions, attendees, what the ledger remembers, rules, now).
//
// Words: revision, moment, due, expiry, superseded, guard.
// Invariants: the same arguments give the same plan; planning twice proposes the same keys; nothing is proposed whose key is remembered.
// Never: I/O, a clock, randomness, or a guess about what a source did not say.
