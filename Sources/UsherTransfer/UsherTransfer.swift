// UsherTransfer: connections to the outside that all kinds share: the one libcurl client, and durable files.
//
// Words: transfer (one HTTP exchange, run by libcurl), loop (the thread that owns libcurl's multi handle), dialogue (commands and replies of
// SMTP or IMAP over one connection), link (a signed-in connection to a mail server), location (method and URL without query, user or
// fragment: what an error may show), durable (complete and on disk, or absent).
// Invariants: a transfer ends exactly once, with a response or an error; every buffer, queue and wait has a limit; a libcurl handle is used
// by one thread at a time; an error says whether the request may have arrived, and never claims more than is certain; a durable file is
// replaced as a whole or not at all.
// Never: sessions, deliveries, templates; a retry of a request that may have arrived and is not repeatable; a redirect; TLS without
// verification; a clock; a secret in an error or in a log.
//
// Why there are three ways to wait:
// - HTTP runs on libcurl's multi handle, which pools connections, multiplexes HTTP/2 and needs a thread to itself.
// - SMTP cannot: before the final dot, the ledger must record the delivery, and libcurl's SMTP neither pauses there nor pipelines, and blocks
//   its multi handle while it waits for the reply to the dot. So libcurl only connects and signs in, and one thread polls all connections.
// - IMAP reads one mailbox over one connection, from the first new message to the last, and nothing else waits for it meanwhile: a loop of
//   blocking reads on a thread of its own says that plainly, and as part of SMTP's poll loop it would become a state machine.
// SMTP and IMAP share how libcurl connects, sets up TLS and signs in (EasyHandle+Mail.swift), and all three share OwnThread and DialogueLog.
