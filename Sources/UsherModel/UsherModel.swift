// UsherModel: the vocabulary of the design, and the protocols between the stages.
//
// Words: session, attendee, revision, rule, moment, delivery, dedupe key, channel, publication. Each word means one thing: here, in
// the ledger's columns, in JSON and in the documentation.
// Invariants: a value that exists is valid. Everything from outside is parsed once, at the edge, into one of these types.
// Never: I/O, a clock, randomness, Foundation, or knowledge of a kind of source, channel or publication.
