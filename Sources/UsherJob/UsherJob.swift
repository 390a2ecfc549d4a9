// UsherJob: decodes a job file into a typed `Job`, with the position of every problem in it.
//
// Words: job, node (a YAML value and its position), kind (of source, channel or publication), problem, secret reference.
// Invariants: all problems are reported, not only the first; each names file, line, column, what was found and what was expected; a `Job`
// that exists is valid as far as its text goes. The options of a kind are decoded from the same nodes, in the kind's own target.
// Never: network, a clock, a secret's value in a problem, or a guess at what an unknown key means (a suggestion at most).
