// UsherCredentials: secrets, access tokens and sign-in, for every target that talks to a service.
//
// Words: secret (a value that is never shown), reference (where the job file says a secret is), token (issued by Microsoft Entra ID for
// one resource, kept in memory), sign-in (what a mail server is given).
// Invariants: a token is requested once for all callers and renewed before it expires; attempts, waits and response sizes are limited; an
// error names the service and what to change, and holds no secret.
// Never: what is sent or read with the credentials; a clock or a random number that was not handed in.
