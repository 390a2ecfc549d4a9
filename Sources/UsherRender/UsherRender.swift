// UsherRender: from sessions, recipients and templates to bytes: messages, calendars, pages.
//
// Words: template, part, context, vocabulary, feed.
// Invariants: equal input gives equal bytes; text from outside is escaped for its target by type, once; a name that a template may not
// use is found when it is loaded, and a value that is missing when it is rendered: never a blank in a mail.
// Never: network, files beyond the template folders, a clock.
