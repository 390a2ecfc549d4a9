// UsherTransfer: connections to the outside that all kinds share: the one libcurl client, and durable files.
//
// Words: transfer (one HTTP exchange, run by libcurl), loop (the thread that owns libcurl's multi handle), dialogue
// (commands and replies of SMTP or IMAP over one connection), link (a mail server's connection, signed in), location
// (method and URL without query, user or fragment: what an error may show), durable (complete and on disk, or absent).
// Invariants: a transfer ends exactly once, with a response or an error; every buffer, queue and wait has a limit; a
// libcurl handle is used by one thread at a time; an error says whether the request may have arrived, and never claims
// more than is certain; a durable file is replaced as a whole or not at all.
// Never: sessions, deliveries, templates; a retry of a request that may have arrived and is not repeatable; a redirect;
// TLS without verification; a clock; a secret in an error or in a log.
//
// Why there are two ways to transfer, and not one:
// - HTTP runs on libcurl's multi handle, which pools connections, multiplexes HTTP/2, and needs a thread to itself.
// - Mail cannot. Before the final dot of SMTP the ledger must record the delivery, and libcurl's SMTP neither pauses
//   there nor pipelines, and blocks its multi handle while it waits for the reply to the dot; libcurl's IMAP marks mail
//   as read. So for both, libcurl only connects, sets up TLS and signs in (MailConnection), and the dialogue that
//   follows is ours.
// The two mail dialogues wait differently. SMTP has hundreds of connections, whose dialogues one thread polls. IMAP
// reads one mailbox over one connection, and nothing else waits for it meanwhile: blocking reads on a thread say that
// plainly, and on SMTP's poll loop they would become a state machine.
