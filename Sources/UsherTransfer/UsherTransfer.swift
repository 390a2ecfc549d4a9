// UsherTransfer: the doors to the outside that kinds share: durable files.
//
// Words: durable (whole and on disk, or not there).
// Invariants: what is written replaces the old wholly or not at all.
// Never: sessions, deliveries, templates; a retry of its own; a clock.
