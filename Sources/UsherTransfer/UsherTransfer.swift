// UsherTransfer: the doors to the outside that kinds share: the libcurl client, durable files.
//
// Words: request, response, durable (whole and on disk, or not there).
// Invariants: TLS is verified, redirects are not followed, only http and https are spoken; every wait and every body has a limit; what is
// written to disk replaces the old wholly or not at all; no error shows a query, a user name or a header.
// Never: sessions, deliveries, templates; a retry of its own; a clock.
