internal import UsherJob
internal import UsherModel
internal import UsherPublishers
internal import UsherRender

/// Finds out which templates a job uses, and loads those.
///
/// A template has a form for mail and one for payloads; which one a rule needs depends on its channel.
struct TemplateSelection {
    let job: Job
    let parts: JobBuilder.Parts

    /// Loads the templates that rules and pages name.
    ///
    /// - Parameter problems: Gets one line for each template that is missing or does not compile.
    /// - Returns: The templates; nil where they could not be read.
    func load(_ problems: inout [String]) -> TemplateSet? {
        do throws(TemplateErrors) {
            let names = try TemplateSet.names(folder: job.templates)
            var mails: Set<String> = []
            var payloads: Set<String> = []
            for placed in job.rules {
                let template = placed.rule.template
                guard !template.isEmpty else { continue }
                switch parts.channels.first(where: { $0.name == placed.rule.channel })?.format {
                case .mail where names.mails.contains(template): mails.insert(template)
                case .payload where names.payloads.contains(template): payloads.insert(template)
                case .mail: problems.append(missing(template, placed, names.mails))
                case .payload: problems.append(missing(template, placed, names.payloads))
                // The channel is wrong itself, so that it is not known which form the template must have.
                case nil where names.mails.contains(template) || names.payloads.contains(template): continue
                case nil: problems.append(missing(template, placed, names.mails + names.payloads))
                }
            }
            return try TemplateSet(
                folder: job.templates, words: parts.words, mails: mails, payloads: payloads, pages: pages)
        } catch {
            problems += error.problems.map(\.description)
            return nil
        }
    }

    private var pages: Set<String> {
        Set(
            parts.publications.compactMap { plan in
                switch plan {
                case .calendar, .collection, .news: nil
                case .page(let options): options.template
                }
            })
    }

    private func missing(_ template: String, _ placed: RuleNode, _ names: [String]) -> String {
        JobProblem(
            position: placed.node.position, path: placed.node.path,
            problem: "the template \"\(template)\", which does not exist", expected: names.joined(separator: ", ")
        ).description
    }
}
