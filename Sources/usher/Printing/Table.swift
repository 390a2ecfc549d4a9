/// Formats rows as columns, each as wide as its maximumWidth cell up to a limit.
enum Table {
    private static let maximumWidth = 44

    /// The lines of the table, the header first.
    static func lines(_ header: [String], _ rows: [[String]]) -> [String] {
        let all = ([header] + rows).map { $0.map(shortened) }
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }
            return cells.joined(separator: "  ")
        }
    }

    private static func shortened(_ cell: String) -> String {
        cell.count <= maximumWidth ? cell : cell.prefix(maximumWidth - 1) + "…"
    }
}
