// UsherChannels: ways to send; one folder a kind.
//
// Words: message, wire mark, attempt, refusal, doubt.
// Invariants: the wire mark is awaited once, before the step that could complete a delivery; what a counterpart answers is a value.
// Never: a retry, a clock, the ledger, or a log of what is sent.
