internal import GRDB
internal import UsherModel

/// A value that the schema rules out: the file is damaged.
struct DamagedValue: Error, CustomStringConvertible {
    let table: String
    let column: String

    var description: String { "the table \(table) is damaged: a value of its column \(column) cannot be read" }
}

extension Row {
    /// The value of a column.
    ///
    /// GRDB's subscripts end the process where the value has another type or is missing, as in a damaged file. So no value of the file is read
    /// by them.
    ///
    /// - Parameters:
    ///   - column: The column, as the statement names it.
    ///   - table: The table that it is from.
    /// - Returns: The value; an optional one may be NULL.
    /// - Throws: ``DamagedValue``.
    func value<Value: DatabaseValueConvertible>(_ column: String, of table: String = "delivery") throws -> Value {
        do {
            return try decode(Value.self, forColumn: column)
        } catch {
            throw DamagedValue(table: table, column: column)
        }
    }

    /// An instant, stored as seconds since 1970.
    ///
    /// - Throws: ``DamagedValue``.
    func instant(_ column: String, of table: String = "delivery") throws -> Instant {
        Instant(secondsSince1970: try value(column, of: table))
    }
}
