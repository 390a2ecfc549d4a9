internal import Synchronization
internal import Testing
internal import UsherModel

/// What depends on a capability: the promise where it is declared, the weaker one where it is not.
extension DestinationTrial {
    func keepsOrReplacesAForeignVersion() async throws {
        let foreign = peer.artifact("foreign", "the version of someone else, and longer")
        for text in ["ours", "ours, changed"] {
            let memory = MarksInMemory()
            try await peer.erase("foreign")
            try await expect(peer.artifact("foreign", "ours"), .written, memory)
            try await peer.overwrite("foreign", foreign)
            let artifact = peer.artifact("foreign", text)
            let isChanged = text != "ours"
            let isKept = capabilities.contains(isChanged ? .writesConditionally : .noticesForeignWrites)
            guard isKept else {
                try await expect(artifact, .written, memory)
                #expect(try await holds("foreign", artifact), "replaced as a whole", sourceLocation: location)
                continue
            }
            let before = try writes()
            for _ in 0..<2 {
                let error = await #expect(throws: PublishError.self, sourceLocation: location) {
                    try await publish([artifact], memory)
                }
                #expect(error?.code == .lostRace, "\(String(describing: error))", sourceLocation: location)
                #expect(try await holds("foreign", foreign), "their version stays", sourceLocation: location)
            }
            if !isChanged { #expect(try writes() == before, "nothing was written", sourceLocation: location) }
        }
    }

    /// A collection knows its objects by what is in them; for everything else the memory decides.
    func asksBeforeItReplacesWhatIsUnknown() async throws {
        guard !capabilities.contains(.removes) else { return }
        let memory = MarksInMemory(replacesUnknown: false)
        let foreign = peer.artifact("unknown", "the version of someone else")
        try await peer.overwrite("unknown", foreign)
        for _ in 0..<2 {
            let error = await #expect(throws: PublishError.self, sourceLocation: location) {
                try await publish([peer.artifact("unknown", "ours")], memory)
            }
            #expect(error?.code == .notOurs, "\(String(describing: error))", sourceLocation: location)
            #expect(try await holds("unknown", foreign), "their version stays", sourceLocation: location)
        }
        try await peer.erase("unknown")
        // What is free, or holds the same already, is ours from then on.
        try await peer.overwrite("same", peer.artifact("same", "text"))
        try await expect(peer.artifact("same", "text"), .unchanged, memory)
        for name in ["same", "unknown"] {
            for text in ["ours", "ours, changed"] {
                try await expect(peer.artifact(name, text), .written, memory)
                #expect(try await holds(name, peer.artifact(name, text)), sourceLocation: location)
            }
        }
    }

    func findsItsArtifactsWithoutAMemory() async throws {
        let artifact = peer.artifact("lost", "text")
        try await expect(artifact, .written, MarksInMemory())
        let memory = MarksInMemory()
        if capabilities.contains(.storesBytesAsSent) {
            try await expectUntouched(artifact, memory)
            let isRemembered = memory.mark(of: artifact.location) != nil
            #expect(isRemembered == capabilities.contains(.remembers), sourceLocation: location)
        } else {
            _ = try await publish([artifact], memory)
        }
        #expect(try await holds("lost", artifact), sourceLocation: location)
        try await expectUntouched(artifact, memory)
    }

    func removesOrKeepsWhatIsNoLongerWanted() async throws {
        let memory = MarksInMemory()
        let artifacts = ["kept", "unwanted", "edited"].map { peer.artifact($0, "text") }
        _ = try await publish(artifacts, memory)
        let theirs = peer.artifact("theirs", "of someone else")
        try await peer.overwrite("theirs", theirs)
        guard capabilities.contains(.removes) else {
            _ = try await publish([artifacts[0]], memory)
            for (name, artifact) in zip(["kept", "unwanted", "edited", "theirs"], artifacts + [theirs]) {
                #expect(try await holds(name, artifact), "stays: \(name)", sourceLocation: location)
            }
            return
        }
        let outcomes = try await publish([artifacts[0], artifacts[2]], memory)
        #expect(outcomes[artifacts[1].location] == .removed, sourceLocation: location)
        #expect(try await peer.stored("unwanted") == nil, sourceLocation: location)
        #expect(memory.mark(of: artifacts[1].location) == nil, "forgotten", sourceLocation: location)
        #expect(try await holds("theirs", theirs), sourceLocation: location)

        let edited = peer.artifact("edited", "changed by someone else")
        try await peer.overwrite("edited", edited)
        let error = await #expect(throws: PublishError.self, sourceLocation: location) {
            try await publish([artifacts[0]], memory)
        }
        #expect(error?.code == .lostRace, sourceLocation: location)
        #expect(try await holds("edited", edited), sourceLocation: location)
        // Reported once: from now on it is theirs.
        let later = try await publish([artifacts[0]], memory)
        #expect(later == [artifacts[0].location: .unchanged], sourceLocation: location)
    }

    func sendsNothingThatIsNotRemembered() async throws {
        guard capabilities.contains(.remembers) else { return }
        let old = peer.artifact("marked", "old")
        let before = try writes()
        let error = await #expect(throws: PublishError.self, sourceLocation: location) {
            try await publish([old], FullMemory())
        }
        #expect(error?.problem == "the disk is full", sourceLocation: location)
        #expect(try await peer.stored("marked") == nil, sourceLocation: location)
        #expect(try writes() == before, "nothing was sent", sourceLocation: location)

        // The mark comes first: what is stored at that moment is still the old version.
        let seen = Mutex<[[UInt8]]>([])
        let memory = MarksInMemory { [peer] in
            do {
                let bytes = try await peer.stored("marked") ?? []
                seen.withLock { $0.append(bytes) }
            } catch { Issue.record(error) }
        }
        for text in ["old", "new"] { try await expect(peer.artifact("marked", text), .written, memory) }
        let last = seen.withLock { $0.last }
        #expect(last.map { peer.matches($0, old) } == true, "marked before it was sent", sourceLocation: location)
    }

    // MARK: The link

    /// Breaks the nth request of a first publication and of a replacement.
    ///
    /// What is stored then is the old or the new version; the next run repairs it, and the run after that has nothing to do.
    func survivesABreakAtEveryRequest(of link: BreakableLink) async throws {
        var names = 0
        for fate in BreakableLink.fates {
            for isReplacement in [false, true] {
                var number = 0
                var isReached = true
                while isReached, number < 20 {
                    names += 1
                    link.mend()
                    let memory = MarksInMemory()
                    let name = "link-\(names)"
                    let old = peer.artifact(name, "old")
                    if isReplacement { try await expect(old, .written, memory) }
                    link.break(after: number, fate)
                    let new = peer.artifact(name, "new")
                    do { _ = try await publish([new], memory) } catch is PublishError {}
                    isReached = link.isBroken
                    link.mend()
                    let note: Comment = "\(fate) at request \(number) of \(name)"
                    if capabilities.contains(.replacesAtomically) {
                        let stored = try await peer.stored(name)
                        let isWhole =
                            stored.map { peer.matches($0, new) || isReplacement && peer.matches($0, old) }
                            ?? !isReplacement
                        #expect(isWhole, note, sourceLocation: location)
                    }
                    _ = try await publish([new], memory)
                    #expect(try await holds(name, new), note, sourceLocation: location)
                    try await expectUntouched(new, memory)
                    number += 1
                }
                #expect(number > 1 && number < 20, "\(fate): requests broken", sourceLocation: location)
            }
        }
    }
}
