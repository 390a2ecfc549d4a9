// ICalendar: RFC 5545 and RFC 7986 as value types and bytes. A library that stands alone: no dependency, no Foundation.
