// UsherText: the text formats that several targets read and write, each exactly once.
//
// Words: encode and decode (octets to text and back), escape (make a value safe inside markup), quote (a JSON string with its quotes).
// Invariants: what is written can be read back; what is interpolated can never become markup, a member or a field; readers of input
// from outside never trap, whatever the bytes, and recurse to a bounded depth. Everything works on octets.
// Never: Foundation, I/O, a clock, or knowledge of sessions, mail and jobs. ICalendar does not import it: that library stands alone
// and has its own JSON, base64 and percent-encoding.
