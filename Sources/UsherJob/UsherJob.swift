// UsherJob: from a job file to a typed `Job`, with the position of everything that is wrong with it.
//
// Words: job, node (a YAML value and where it stands), kind (of source, channel, publication), problem, secret reference.
// Invariants: all problems are found, not only the first; each names file, line, column, what was found and what was expected; a job that
// exists is valid as far as its own text goes. The options of a kind are decoded where the kind lives, from the same nodes.
// Never: network, a clock, a secret's value in a problem, or a guess at what an unknown key meant beyond a suggestion.
