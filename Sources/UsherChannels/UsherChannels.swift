// UsherChannels: sends messages; one folder for each kind of channel.
//
// Words: message, wire mark, attempt, refusal, doubt, reach, promise.
// Invariants: the wire mark is awaited once, before the step that could complete a delivery; what the peer answers is a value, not an error.
// Never: a retry, the ledger, or a log of what is sent.
