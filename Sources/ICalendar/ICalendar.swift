// ICalendar: calendar objects as values and as bytes, and the civil time behind them. It stands alone: no dependency and no
// Foundation; the C library only to read the files of the tz database.
//
// Words, as in RFC 5545: a *component* (VCALENDAR, VEVENT, VALARM) holds *properties* and components; a property has a
// name, *parameters* and one *value* of a *type*; a *content line* is a property on the wire, *folded* into lines of at most
// 75 octets. A *stamp* is DTSTAMP. *Wall seconds* count since 1970-01-01T00:00:00 on a local clock, *UTC seconds* on UTC's.
//
// Layers: `Component` and `Property` say everything, unknown names and parameters too. `Calendar`, `Event`, `Alarm` are typed
// views of a component: what they read and write lies in its properties, nowhere else. `Writer` knows only components.
//
// Invariants
// - Properties of a component are held in one fixed order, so equal content gives equal bytes.
// - A parameter VALUE is never stored: a value knows its type, and the writer states it where RFC 5545 wants it.
// - Escaping happens once, on the way to bytes, by the value's type. Values in memory are what a person reads.
// - Whatever text comes in, no line break or control character of it reaches the bytes bare: no content line can be forged.
// - Names are checked when made; times lie in the years 1 to 9999, which is all that a DATE-TIME can say.
//
// It must never read a clock, draw a random number, invent a UID or a stamp, or crash on any bytes or numbers.
