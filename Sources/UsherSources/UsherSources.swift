// UsherSources: reads sessions and attendees, and the messages of the inbox; one folder for each kind, and in Reading what kinds share.
//
// Words: listing, probe, page, record problem; message (of the inbox), report, reply.
// Invariants: a record that cannot be used is reported with its location, and the others are read; at most one page of attendees is in
// memory; nothing is concluded from what could not be read.
// Never: a change in a mailbox, a clock, a guess at a time zone, a rule about what is due.
