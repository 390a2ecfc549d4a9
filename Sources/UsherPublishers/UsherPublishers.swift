// UsherPublishers: destinations kept up to date; one folder a kind.
//
// Words: publication, destination, unchanged.
// Invariants: unchanged means untouched; a destination changes wholly or not at all.
// Never: rendering, a retry, a clock.
