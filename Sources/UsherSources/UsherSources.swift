// UsherSources: where sessions and attendees come from, and what comes back in the inbox; one folder a kind, and the decoding of Graph's
// shapes that kinds share.
//
// Words: listing, probe, page, record problem; letter (a mail of the inbox), report, reply.
// Invariants: a record that cannot be taken is named with its place and the others go on; nothing holds more than a page of attendees;
// what could not be read proves nothing about what it may have held.
// Never: a change in a mailbox, a clock, a guess at a zone, a rule about what is due.
