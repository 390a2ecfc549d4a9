// The entry point for libFuzzer; scripts/fuzz builds it together with Tests/FuzzTests.

import Glibc

/// The reader to fuzz, named in the environment: one program serves all of them.
private let target: FuzzTarget? = getenv("USHER_FUZZ_TARGET").flatMap { FuzzTarget(rawValue: String(cString: $0)) }

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let target else { fatalError("USHER_FUZZ_TARGET names no reader") }
    target.read(Array(UnsafeBufferPointer(start: start, count: count))) { holds, otherwise in
        if !holds { fatalError("\(target): \(otherwise)") }
    }
    return 0
}
