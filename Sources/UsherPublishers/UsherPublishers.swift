// UsherPublishers: where publications go; one folder for each kind of destination.
//
// Words: publication, destination, artifact, mark.
// Invariants: an unchanged artifact is not written; the memory says when bytes of ours may have arrived.
// Never: rendering, a retry, a clock.
