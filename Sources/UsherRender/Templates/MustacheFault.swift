internal import Mustache

/// A mistake in a template's tags, in words for the person who wrote it.
struct MustacheFault {
    /// The line of the template; nil where it is not known.
    let line: Int?
    let problem: String
    let next: String

    private static let manual = "See docs/templates.md and https://mustache.github.io/mustache.5.html"

    /// Translates an error of the template library.
    ///
    /// - Parameters:
    ///   - error: What it threw.
    ///   - text: The template, without the pragma before it.
    init(_ error: any Error, in text: String) {
        let parsed = error as? MustacheTemplate.ParserError
        // The pragma has a line of its own in front.
        let line = parsed.map { max(1, $0.context.lineNumber - 1) }
        switch parsed?.error as? MustacheTemplate.Error {
        case .sectionCloseNameIncorrect, .expectedSectionEnd:
            self = Self.section(in: text) ?? Self(line, "a section that does not end", Self.manual)
        case .unfinishedName:
            self.init(
                line, "a tag that does not end, or whose name holds other characters",
                "Close it with }}, as in {{session.subject}}")
        case .invalidSetDelimiter:
            self.init(line, "a change of delimiters that is not complete", "Write it as {{=<% %>=}}, or use {{ and }}")
        case .transformAppliedToInheritanceSection:
            self.init(line, "a transform applied to a block or parent", "Apply it to a variable or section inside")
        case .illegalTokenInsideInheritSection, .textInsideInheritSection:
            self.init(line, "something other than blocks inside {{<…}}", "Put it into a block: {{$name}}…{{/name}}")
        case .invalidConfigVariableSyntax, .unrecognisedConfigVariable:
            self.init(line, "a setting {{% …}} that does not exist", "Remove it")
        case nil where parsed.map { "\($0.error)" } == "overflow":
            self.init(line, "a tag that does not end", "Close it with }}, as in {{session.subject}}")
        case nil: self.init(line, "not valid Mustache (\(parsed.map { "\($0.error)" } ?? "\(error)"))", Self.manual)
        }
    }

    private init(_ line: Int?, _ problem: String, _ next: String) {
        (self.line, self.problem, self.next) = (line, problem, next)
    }

    /// The first section that is not closed, or that another one's end would close.
    private static func section(in text: String) -> MustacheFault? {
        var open: [TemplateTag] = []
        for tag in TemplateTag.tags(of: text) {
            switch tag.kind {
            case .section, .inverted, .parent, .block: open.append(tag)
            case .close:
                guard let last = open.popLast() else {
                    return Self(
                        tag.line, "{{/\(tag.name)}} closes nothing", "Remove it, or open {{#\(tag.name)}} before it")
                }
                guard last.name == tag.name else {
                    return Self(
                        tag.line, "{{/\(tag.name)}} where {{\(sign(last))\(last.name)}} of line \(last.line) is open",
                        "Close it first: {{/\(last.name)}}")
                }
            case .variable, .unescaped, .partial: continue
            }
        }
        return open.last.map {
            Self($0.line, "{{\(sign($0))\($0.name)}} is not closed", "Write {{/\($0.name)}} where it ends")
        }
    }

    private static func sign(_ tag: TemplateTag) -> String {
        switch tag.kind {
        case .section: "#"
        case .inverted: "^"
        case .parent: "<"
        case .block: "$"
        case .close: "/"
        case .partial: ">"
        case .variable, .unescaped: ""
        }
    }
}
