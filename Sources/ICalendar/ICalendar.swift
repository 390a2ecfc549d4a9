// ICalendar: reads and writes calendar objects (RFC 5545), and does the date and time zone arithmetic they need. It has
// no dependencies and does not use Foundation; it calls the C library only to read the files of the tz database.
//
// Terms, as in RFC 5545: a *component* (VCALENDAR, VEVENT, VALARM) holds *properties* and other components. A property
// has a name, *parameters* and one *value* of a *type*. A *content line* is an encoded property, *folded* into lines of
// at most 75 octets. A *stamp* is DTSTAMP. *Wall seconds* count from 1970-01-01T00:00:00 on a local clock, *UTC
// seconds* in UTC.
//
// Layers: `Component` and `Property` can represent any calendar, including unrecognized names and parameters.
// `Calendar`, `Event` and `Alarm` are typed views of a component and store nothing outside its properties. `Writer`
// handles components only.
//
// Invariants
// - The properties of a component are kept in one fixed order, so equal content encodes to equal bytes.
// - The parameter VALUE is never stored: the value has a type, and the writer adds VALUE where RFC 5545 requires it.
// - Text is escaped once, during encoding, according to the value's type. Values in memory are unescaped.
// - No line break or control character in a value is encoded as it is, so no value can forge a content line.
// - Names are validated when they are created. Times are within the years 1 to 9999, the range of a DATE-TIME.
//
// The library must never read a clock, use random numbers, make up a UID or a stamp, or crash on any input.
