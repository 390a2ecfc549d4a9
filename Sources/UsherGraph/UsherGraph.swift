// UsherGraph: the one way to Microsoft Graph, for sources that read from it and channels that send through it.
//
// Words: connection (cloud, tenant, how to sign in), authorization (the token, kept in memory), call (one request to Graph, also inside
// a batch), gate (where calls wait when Graph asks to slow down).
// Invariants: a token goes to the connection's own Graph host only; what is repeated is a GET or a batch of them; attempts, waits, pages
// and bodies are limited; an error names the call and Graph's request id.
// Never: sessions, attendees, messages; a clock or a random number that was not handed in; a token or a secret in an error.
