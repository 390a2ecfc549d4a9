// UsherGraph: calls to Microsoft Graph, for the sources that read from it and the channels that send through it.
//
// Words: connection (application, host and version), call (one request to Graph, alone or in a batch), throttle (holds calls back while
// Graph asks to slow down).
// Invariants: a token goes only to the connection's own Graph host; only GETs and batches of GETs are repeated; attempts, waits, pages and
// response sizes are limited; an error names the call and Graph's request id.
// Never: sessions, attendees, messages; a clock or a random number that was not handed in; a token or a secret in an error.
