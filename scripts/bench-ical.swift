// The program that scripts/bench-ical measures: `write N PATH` or `read PATH`.
import Glibc
import ICalendar

private struct Failure: Error {}

private let teams =
    "https://teams.microsoft.com/l/meetup-join/19%3ameeting_NjQ0YWE2ZmUtYzQ5OC00%40thread.v2/0?context=%7b%22Tid%22%3a%22x%22%7d"

private func event(_ number: Int) -> Event {
    let start = UTCDateTime(clamping: 1_796_824_800 + Int64(number) * 3600)
    var event = Event(
        uid: "6f1c2a3e-8f0b-5d5e-9d55-\(number)", stamp: start, start: .utc(start),
        end: .utc(UTCDateTime(clamping: start.secondsSince1970 + 5400)),
        summary: "Webinar \(number): Cloud security; what’s next, and why")
    event.description =
        "Join: \(teams)\n\nWe look at what changed during the year, and at what that means for those who run systems; "
        + "questions are welcome, at any time.\nMeeting ID: 123 456 789\nPasscode: a\\b"
    event.location = "Microsoft Teams"
    event.url = teams
    event.sequence = number % 5
    event.created = start
    event.lastModified = start
    event.status = .confirmed
    event.transparency = .opaque
    event.classification = .public
    event.categories = ["Webinar", "Security"]
    event.organizer = Organizer(CalendarAddress(mail: "events@contoso.com"), name: "Contoso: Events")
    event.conferences = [Conference(uri: teams, features: [.audio, .video], label: "Join: here")]
    event.teamsMeetingURL = teams
    return event
}

private func write(_ count: Int, to path: String) throws {
    guard let file = fopen(path, "wb") else { throw Failure() }
    defer { fclose(file) }
    var writer = try Writer<Failure>(beginning: Calendar(prodID: "-//Contoso//Events 1.0//EN")) {
        bytes throws(Failure) in
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Failure() }
    }
    for number in 0..<count { try writer.write(event(number)) }
    try writer.end()
}

private func read(_ path: String) throws -> (events: Int, sum: Int64) {
    guard let file = fopen(path, "rb") else { throw Failure() }
    defer { fclose(file) }
    var reader = Reader(.strict)
    var chunk = [UInt8](repeating: 0, count: 65_536)
    var (events, sum): (Int, Int64) = (0, 0)
    while true {
        let count = fread(&chunk, 1, chunk.count, file)
        if count == 0 { reader.finish() } else { reader.append(chunk[..<count]) }
        while let component = try reader.next() {
            guard let event = Event(component), case .utc(let start)? = event.start else { continue }
            events += 1
            sum += start.secondsSince1970
        }
        if count == 0 { return (events, sum) }
    }
}

let arguments = CommandLine.arguments
switch arguments.count > 2 ? arguments[1] : "" {
case "write": try write(Int(arguments[2]) ?? 0, to: arguments[3])
case "read":
    let (events, sum) = try read(arguments[2])
    print(events, sum)
default: print("usage: write N PATH | read PATH")
}
