// UsherTransfer: the doors to the outside that kinds share: the one libcurl client, and durable files.
//
// Words: transfer (one conversation with a server, run by the loop), loop (the thread that owns libcurl's multi handle),
// link (a signed-in IMAP connection, on a thread of its own), place (method and URL without query, user or fragment: what an error may
// show), durable (whole and on disk, or not there).
// Invariants: a transfer ends exactly once, with an answer or an error; every buffer, queue and wait has a limit; only the
// loop's thread touches libcurl's handles; an error says whether the request may have arrived, and never more than is known;
// what is written replaces the old wholly or not at all.
// Never: sessions, deliveries, templates; a retry of a request that may have arrived and is not repeatable; a redirect; TLS
// without verification; a clock; a secret in an error.
