import ArgumentParser

@main
struct Usher: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usher", abstract: "Shows everyone to their seat, once.")
}
