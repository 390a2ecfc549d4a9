extension RecurrenceRule {
    /// The times of day, or within an hour or a minute, at which a rule has an occurrence in each unit that matches.
    struct TimesWithinUnit {
        fileprivate var hours = [0]
        fileprivate var minutes = [0]
        fileprivate var seconds = [0]

        var count: Int { hours.count * minutes.count * seconds.count }

        /// All times, in seconds after the start of the unit, ascending.
        func offsets() -> [Int64] {
            var offsets: [Int64] = []
            offsets.reserveCapacity(count)
            for hour in hours {
                for minute in minutes {
                    for second in seconds { offsets.append(Int64(hour * 3600 + minute * 60 + second)) }
                }
            }
            return offsets
        }
    }

    /// The rule, with each number once, and with missing parts derived from DTSTART (RFC 5545 §3.3.10).
    func completed(start: LocalDateTime) -> RecurrenceRule {
        var rule = self
        rule.interval = max(1, interval)
        // A leap second is treated as the second before it.
        rule.seconds = Set(seconds.map { min($0, 59) }).sorted()
        (rule.minutes, rule.hours) = (Set(minutes).sorted(), Set(hours).sorted())
        (rule.months, rule.positions) = (Set(months).sorted(), Set(positions).sorted())
        rule.daysOfWeek = Array(Set(daysOfWeek))
        guard daysOfWeek.isEmpty, daysOfMonth.isEmpty, daysOfYear.isEmpty else { return rule }
        switch frequency {
        case .yearly where !weeks.isEmpty, .weekly:
            rule.daysOfWeek = Weekday(rawValue: start.date.weekday).map { [.init($0)] } ?? []
        case .yearly:
            if months.isEmpty { rule.months = [start.date.month] }
            rule.daysOfMonth = [start.date.day]
        case .monthly: rule.daysOfMonth = [start.date.day]
        case .daily, .hourly, .minutely, .secondly: break
        }
        return rule
    }

    /// The times of a completed rule within its unit; those that it does not state are the ones of DTSTART.
    func timesWithinUnit(start: LocalDateTime) -> TimesWithinUnit {
        var times = TimesWithinUnit()
        switch frequency {
        case .yearly, .monthly, .weekly, .daily:
            times.hours = hours.isEmpty ? [start.hour] : hours
            times.minutes = minutes.isEmpty ? [start.minute] : minutes
            times.seconds = seconds.isEmpty ? [start.second] : seconds
        case .hourly:
            times.minutes = minutes.isEmpty ? [start.minute] : minutes
            times.seconds = seconds.isEmpty ? [start.second] : seconds
        case .minutely: times.seconds = seconds.isEmpty ? [start.second] : seconds
        case .secondly: break
        }
        return times
    }
}
