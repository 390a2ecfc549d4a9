// UsherPlan: what changed, what is due, and to whom. Pure functions of sessions, attendees, what the ledger remembers, rules and the time.
//
// Words: revision, moment, due, expiry, superseded, guard.
// Invariants: the same arguments give the same plan; planning twice proposes the same keys; a key that the ledger holds is never proposed again.
// Never: I/O, a clock, randomness, or a guess about something that the source did not say.
