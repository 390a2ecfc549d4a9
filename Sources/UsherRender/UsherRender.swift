// UsherRender: turns sessions, recipients and templates into bytes: messages, calendars, feeds and pages.
//
// Words: template, part, partial, schema, vocabulary, word file, feed.
// Invariants: equal input gives equal bytes. Text from outside is escaped for its target by type, once. A name that a template may not use
// is found when the template is loaded, a missing value when it is rendered, so that no mail has a gap.
// Never: network, files outside the template folder, a clock.
