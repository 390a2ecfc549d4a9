// UsherLedger: the SQLite file that remembers sessions, recipients and deliveries, and hands out the right to send.
//
// Words: enrol, claim, lease, wire, settle, recover, doubt, roster, proposal.
// Invariants: a delivery's key is there for ever; a state changes only as the table `transition` allows, and triggers hold every
// writer to it; only a claim can be wired and only what was wired can be sent; what a promise rests on is on disk before it is used.
// Never: network, templates, rules about what is due, or a clock of its own.
