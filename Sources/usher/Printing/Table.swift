/// Columns for people, as wide as their widest cell and no wider than a screen bears.
enum Table {
    private static let widest = 44

    /// The lines of a table with a header.
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
        cell.count <= widest ? cell : cell.prefix(widest - 1) + "…"
    }
}
