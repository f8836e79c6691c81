// ExerciseTests.swift - do READMEs and exercises know of each other, and does `shared/scripts/exercise` touch nothing that is not its own?
//
// Whether stubs fail, solutions pass and patches break what they say is the affair of `shared/scripts/exercise verify`.

import CommandTesting
import XCTest

final class ExerciseTests: XCTestCase {
    private let repository = Repository.here
    /// write/STAGE/NAME.swift and break/STAGE/NAME.patch, in their order.
    private var order: [String] { (repository.text("shared/exercises/order") ?? "").split(separator: "\n").map(String.init) }
    private func name(_ path: String) -> String { path.split(separator: "/").last!.split(separator: ".")[0].description }

    func testREADMEsNameEveryExerciseOnce() {
        let named = repository.readmes.flatMap { readme in
            readme.text.allMatches("(?m)^Exercises? \\(`shared/scripts/exercise start NAME`\\): ([^\n]*)").flatMap { line in
                line[1].allMatches("`([^`]*)`").map { $0[1] }
            }
        }
        XCTAssertEqual(named.sorted(), order.map(name).sorted())
    }

    func testEveryExerciseIsWhole() {
        var counts: [String: Int] = [:]
        for path in order {
            let text = repository.text("shared/exercises/" + path) ?? "", name = name(path), isWritten = path.hasPrefix("write/")
            counts[path.split(separator: "/")[1].description, default: 0] += 1
            XCTAssert(text.hasPrefix((isWritten ? "// " : "") + name + " - "), "\(path) begins with its name")
            for i in 1 ... 3 { XCTAssertEqual(text.allMatches("(?m)^(?:// )?hint \(i): .").count, 1, "\(path): hint \(i)") }
            if isWritten {
                XCTAssertFalse(text.allMatches("(?m)^ *// hole: ").isEmpty, path)
                XCTAssertEqual(text.allMatches("(?m)^ *// hole: ").count, text.allMatches("(?m)^ *// end of hole$").count, path)
            } else {
                for field in ["fails: ", "holds: ", "group: [123]$", "answer: ", "--- a/", "\\+\\+\\+ b/"] {
                    XCTAssertFalse(text.allMatches("(?m)^" + field).isEmpty, "\(path): no \(field)")
                }
            }
        }
        XCTAssertGreaterThanOrEqual(counts.count, 5)
        XCTAssert(counts.values.allSatisfy { $0 >= 8 }, "eight or more for each stage: \(counts)")
    }

    /// In a repository that holds nothing but the exercises: start, hints, solution, restore; git sees none of it, bad names get one line.
    func testTheCommandLeavesEverythingAsItWas() throws {
        let folder = try makeTemporaryFolder()
        func place(_ path: String) -> URL { folder.appendingPathComponent(path) }
        for path in ["shared/scripts", "shared/exercises"] {
            try FileManager.default.createDirectory(at: place(path), withIntermediateDirectories: true)
        }
        for path in ["scripts/exercise", "exercises/order", "exercises/.gitignore", "exercises/write", "exercises/break"] {
            try FileManager.default.copyItem(at: repository.url("shared/" + path), to: place("shared/" + path))
        }
        func run(_ line: String) throws -> (status: Int32, output: String, errors: String) {
            let process = Process(), output = Pipe(), errors = Pipe()
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments = ["-c", line]
            process.currentDirectoryURL = folder
            (process.standardOutput, process.standardError, process.standardInput) = (output, errors, FileHandle.nullDevice)
            try process.run()
            let texts = [output, errors].map { String(decoding: $0.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }
            process.waitUntilExit()
            return (process.terminationStatus, texts[0], texts[1])
        }
        func exercise(_ arguments: String) throws -> (status: Int32, output: String, errors: String) {
            try run("shared/scripts/exercise " + arguments)
        }
        let commit = "git init -q . && git add -A && git -c user.name=a -c user.email=b commit -qm c"
        XCTAssertEqual(try run(commit).status, 0)
        let state = "git status --porcelain; git rev-parse HEAD; cksum .git/index"
        let before = try run(state).output
        let list = try exercise("")
        XCTAssertEqual(list.errors, "")
        for path in order { XCTAssert(list.output.contains(" \(name(path)) "), "\(path) is not in the list") }
        XCTAssert(list.output.contains("0 of \(order.count) done; next: shared/scripts/exercise start \(name(order[0]))"), list.output)

        for bad in ["start", "start nothing", "check nothing", "check 'a|b'", "hint", "hint ../order", "solution 'a b'", "watch nothing",
                    "restore nothing"] {
            let refused = try exercise(bad)
            XCTAssertNotEqual(refused.status, 0, bad)
            XCTAssertEqual(refused.errors.split(separator: "\n").count, 1, "\(bad): \(refused.errors)")
        }
        let written = "shared/exercises/mine/fsq-bounding.swift"
        XCTAssertEqual(try exercise("start fsq-bounding").status, 0)
        let stub = try String(contentsOf: place(written), encoding: .utf8)
        XCTAssert(stub.contains("return z") && !stub.contains("atanhf") && !stub.contains("hint"), stub)
        XCTAssert(try exercise("check").errors.contains("as it was given to you"))
        try "mine\n".write(to: place(written), atomically: true, encoding: .utf8)
        XCTAssert(try exercise("start fsq-bounding").output.contains("is there already"))
        XCTAssertEqual(try String(contentsOf: place(written), encoding: .utf8), "mine\n", "what was written stays")
        XCTAssertEqual(try (1 ... 4).map { _ in try exercise("hint").output.allMatches("hint [123] of 3: .").count }, [1, 2, 3, 3])
        XCTAssert(try exercise("solution").output.contains("atanhf"))
        XCTAssertEqual(try exercise("start guesses-hear-the-answer").status, 0)
        XCTAssertEqual(try run(state).output, before)

        XCTAssertEqual(try exercise("restore").status, 0)
        XCTAssertEqual(try run("cat shared/exercises/mine/put-away/*/fsq-bounding.swift").output, "mine\n", "put away, not deleted")
        XCTAssertEqual(try run("ls shared/exercises/mine; " + state).output, "put-away\n" + before)
        XCTAssertEqual(try exercise("").output, list.output)
    }
}
