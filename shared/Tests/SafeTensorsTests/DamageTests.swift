// DamageTests.swift - does every damaged, hostile or missing file end in one clear line, and never in a crash?

import CommandTesting
import Files
import XCTest
@testable import SafeTensors

final class DamageTests: FolderTestCase {
    var url: URL { file("damaged.safetensors") }

    /// Opens `data` as a file and reads all of it. Returns the error's line, or nil if all went well.
    func open(_ data: Data) throws -> String? {
        try data.write(to: url)
        do {
            let file = try SafeTensorsFile(contentsOf: url)
            for name in file.names {
                _ = try? file.floats(name)
                _ = try? file.integers(name)
                XCTAssertEqual(try file.bytes(name).count, file.entries[name]!.bytes.count)
            }
            return nil
        } catch let error as SafeTensorsError {
            XCTAssertTrue(error.description.contains("damaged.safetensors: "), error.description)
            XCTAssertFalse(error.description.contains("\n"), error.description)
            return error.description
        }
    }

    /// A file with this header, as if written by someone who means harm, and `count` bytes of data.
    func file(header: String, count: Int, length: UInt64? = nil) -> Data {
        withUnsafeBytes(of: length ?? UInt64(header.utf8.count)) { Data($0) } + Data(header.utf8) + Data(count: count)
    }

    func assertFails(_ header: String, count: Int, saying words: String, line: UInt = #line) throws {
        let message = try open(file(header: header, count: count)) ?? "nothing"
        XCTAssertTrue(message.contains(words), "'\(message)' does not say '\(words)'", line: line)
    }

    func testEveryTruncationIsAnError() throws {
        try sampleWriter().write(to: url)
        let whole = try Data(contentsOf: url)
        for count in 0 ..< whole.count { XCTAssertNotNil(try open(whole.prefix(count)), "cut to \(count) bytes") }
        XCTAssertNotNil(try open(whole + [0]), "one byte too many")
        XCTAssertNil(try open(whole))
    }

    /// Bits all over the front of the file flipped in turn: an error, or a file that is still consistent.
    func testEveryFlippedBitIsAnErrorOrHarmless() throws {
        let whole = try Data(contentsOf: fixture("python.safetensors"))
        let front = 8 + Int(whole.withUnsafeBytes { $0.load(as: UInt64.self) })
        var errors = 0
        for bit in stride(from: 0, to: 8 * front, by: 13) {
            var damaged = whole
            damaged[bit / 8] ^= 1 << (bit % 8)
            if try open(damaged) != nil { errors += 1 }
        }
        XCTAssertGreaterThan(errors, 250)
    }

    func testHostileHeaders() throws {
        let good = #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#
        XCTAssertNil(try open(file(header: good, count: 4)))
        XCTAssertNotNil(try open(file(header: good, count: 4, length: .max)))
        XCTAssertNotNil(try open(file(header: good, count: 4, length: 1 << 63)))
        try assertFails("", count: 0, saying: "not a JSON object")
        try assertFails("[1]", count: 0, saying: "not a JSON object")
        try assertFails("{\"a\":", count: 0, saying: "not valid JSON")
        try assertFails(#"{"a":5}"#, count: 0, saying: "dtype, shape, data_offsets")
        try assertFails(#"{"a":{"dtype":"U8","shape":["4"],"data_offsets":[0,4]}}"#, count: 4, saying: "dtype, shape")
        try assertFails(
            #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"__metadata__":{"fps":4}}"#, count: 4, saying: "dtype, shape")
        try assertFails(#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0]}}"#, count: 4, saying: "impossible offsets")
        try assertFails(#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}"#, count: 4, saying: "impossible offsets")
        try assertFails(#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[-4,0]}}"#, count: 4, saying: "impossible offsets")
        try assertFails(#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,9223372036854775807]}}"#, count: 4, saying: "truncated")
        try assertFails(#"{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,4]}}"#, count: 4, saying: "does not fit")
        try assertFails(#"{"a":{"dtype":"U8","shape":[-2,-2],"data_offsets":[0,4]}}"#, count: 4, saying: "does not fit")
        // 2³³ · 2³³ · 4 wraps around to zero bytes.
        try assertFails(#"{"a":{"dtype":"F32","shape":[8589934592,8589934592],"data_offsets":[0,0]}}"#, count: 0, saying: "does not fit")
        try assertFails(
            #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#, count: 3,
            saying: "overlap")
        try assertFails(
            #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}}"#, count: 5,
            saying: "hole")
        try assertFails(good, count: 5, saying: "belong to no tensor")
        try assertFails(
            #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, count: 2,
            saying: "same name")
        try assertFails(String(repeating: #"{"a":"#, count: 50_000), count: 0, saying: "not valid JSON")
    }

    /// What other programs write, and the reference implementation reads.
    func testUnknownTypesBesideKnownOnesAndNoMetadata() throws {
        let two =
            #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#
                + #""b":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[4,6]},"__metadata__":null}"#
        XCTAssertNil(try open(file(header: two, count: 6)))
        let both = try SafeTensorsFile(contentsOf: url)
        XCTAssertEqual(both.metadata, [:])
        XCTAssertEqual(both.names, ["a"])
        XCTAssertEqual(both.unknownTypes, ["b": "F8_E4M3"])
        XCTAssertEqual(try both.integers("a"), [0, 0, 0, 0])
        XCTAssertThrowsError(try both.floats("b")) { XCTAssertTrue("\($0)".contains("'b' has the number type 'F8_E4M3'"), "\($0)") }
        try assertFails(two, count: 7, saying: "belong to no tensor")
        try assertFails(two.replacingOccurrences(of: "[4,6]", with: "[3,6]"), count: 6, saying: "overlap")
        try assertFails(two.replacingOccurrences(of: "[4,6]", with: "[4,60]"), count: 6, saying: "truncated")
    }

    func testMessagesOfHostileNamesStayInOneLine() throws {
        let name = #"x\n\u001b[2J\u001b]0;title\u0007"#
        try assertFails(
            "{\"\(name)\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[0,4]}}", count: 4, saying: #"x\n\u{1b}[2J\u{1b}]0;title\u{7}"#)
    }

    func testFingerprintsTellFilesApart() throws {
        let whole = Data((0 ..< 1000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        func fingerprint(_ data: Data) -> String { data.withUnsafeBytes(SafeTensors.fingerprint(of:)) }
        var seen: Set<String> = [fingerprint(whole)]
        for i in 0 ..< 1000 { var other = whole; other[i] ^= 1 << (i % 8); seen.insert(fingerprint(other)) }
        for length in 0 ..< 1000 { seen.insert(fingerprint(whole.prefix(length))) }
        seen.insert(fingerprint(whole + [0]))
        XCTAssertEqual(seen.count, 2002)
        XCTAssertTrue(seen.allSatisfy { $0.count == 16 })
    }

    func testMissingFilesAndTensors() throws {
        XCTAssertThrowsError(try SafeTensorsFile(contentsOf: url)) {
            XCTAssertTrue("\($0)".hasSuffix("damaged.safetensors: No such file or directory"), "\($0)")
        }
        XCTAssertThrowsError(try SafeTensorsFile(contentsOf: folder)) { XCTAssertTrue("\($0)".contains("not a file"), "\($0)") }
        try sampleWriter().write(to: url)
        let file = try SafeTensorsFile(contentsOf: url)
        XCTAssertThrowsError(try file.floats("weights")) { XCTAssertTrue("\($0)".contains("no tensor 'weights'"), "\($0)") }
        XCTAssertThrowsError(try file.floats("bytes")) { XCTAssertTrue("\($0)".contains("is U8; floats were expected"), "\($0)") }
        XCTAssertThrowsError(try file.integers("half")) { XCTAssertTrue("\($0)".contains("is F16; integers"), "\($0)") }
    }
}

/// What happens when the disk refuses: the old file stays, no temporary file does.
final class AtomicWriteTests: XCTestCase {
    func testAFailedWriteLeavesEverythingAsItWas() throws {
        let folder = try makeTemporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appendingPathComponent("kept.bin")
        try writeAtomically(Data("old".utf8), to: url)

        // A limit on the size of files is the nearest thing to a full disk that a test may cause.
        var before = rlimit()
        getrlimit(.fileSize, &before)
        let handler = signal(SIGXFSZ, SIG_IGN)
        var low = rlimit(rlim_cur: 32 << 20, rlim_max: before.rlim_max)
        setrlimit(.fileSize, &low)
        XCTAssertThrowsError(try writeAtomically(Data(count: 33 << 20), to: url)) {
            XCTAssertTrue("\($0)".contains("cannot write") && "\($0)".contains("kept.bin: "), "\($0)")
        }
        setrlimit(.fileSize, &before)
        signal(SIGXFSZ, handler)

        XCTAssertEqual(try Data(contentsOf: url), Data("old".utf8))
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path), ["kept.bin"])
        XCTAssertThrowsError(try writeAtomically(Data(), to: folder.appendingPathComponent("no/such/folder.bin")))
        // A folder in the way: the rename fails, and the temporary file is cleared away.
        let taken = folder.appendingPathComponent("taken")
        try FileManager.default.createDirectory(at: taken, withIntermediateDirectories: true)
        XCTAssertThrowsError(try writeAtomically(Data([1]), to: taken))
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted(), ["kept.bin", "taken"])
    }
}

#if canImport(Glibc)
private extension __rlimit_resource_t { static var fileSize: Self { Self(RLIMIT_FSIZE.rawValue) } }
#else
private extension Int32 { static var fileSize: Int32 { RLIMIT_FSIZE } }
#endif
