// ReadmeTests.swift - holds every README to the source; and first, that the checks can fail at all.

import XCTest

final class ReadmeTests: XCTestCase {
    private let repository = Repository.here

    private func expectNone(_ complaints: (Readme) -> [String]) {
        let found = repository.readmes.flatMap(complaints)
        XCTAssert(found.isEmpty, "\n" + found.joined(separator: "\n"))
    }

    func testReadmesAreFound() {
        XCTAssert(Set(repository.readmes.map(\.path)).isSuperset(of: ["README.md", "AGENTS.md", "shared/README.md"]))
        XCTAssert(repository.packages.contains("shared"))
    }
    func testExcerptsAreInTheSource() { expectNone { $0.excerptComplaints(repository) } }
    func testLinksLeadSomewhere() { expectNone { $0.linkComplaints(repository) } }
    func testCommandsExist() {
        let commands = Commands(repository)
        expectNone(commands.complaints)
    }
    func testLinesFitAWindow() { expectNone { $0.lengthComplaints() } }
    func testSwiftLinesFitAWindow() {
        XCTAssertGreaterThan(repository.swiftFiles.count, 400)
        let found = repository.swiftFiles.flatMap(repository.swiftLengthComplaints)
        XCTAssert(found.isEmpty, "\n" + found.joined(separator: "\n"))
    }
    func testQuestionsHaveAnswers() { expectNone { $0.answerComplaints() + $0.brokenComplaints() } }
    /// Whoever is quizzed by an agent is quizzed on questions whose keys the agent has.
    func testQuestionsForAgentsHaveKeys() throws {
        let keys = try XCTUnwrap(repository.readmes.first { $0.path == "shared/guide/answer-keys.md" })
        let asking = repository.readmes.filter { $0.path.hasSuffix("README.md") || $0.path.contains("/chapters/") }
            .filter { $0.questionsForAgents > 0 }
        XCTAssertGreaterThan(asking.count, 10)
        for page in asking {
            XCTAssertGreaterThanOrEqual(
                keys.keys(for: page.path), page.questionsForAgents, "\(page.path) asks more than \(keys.path) has keys for")
        }
    }
    func testSpelling() {
        expectNone { $0.spellingComplaints() }
        let own = "shared/Tests/ReadmeTests/"
        let found = repository.swiftFiles.filter { !$0.hasPrefix(own) }.flatMap { path in
            britishWords(in: repository.text(path) ?? "").map { "\(path): '\($0)' is British spelling" }
        }
        XCTAssert(found.isEmpty, "\n" + found.joined(separator: "\n"))
    }
    /// Agents find a skill by the name and the description at its head.
    func testSkillsSayWhatTheyAre() {
        let skills = repository.readmes.filter { $0.path.hasSuffix("SKILL.md") }
        XCTAssertGreaterThanOrEqual(skills.count, 4)
        for skill in skills {
            let name = skill.path.split(separator: "/").dropLast().last!
            XCTAssertNotNil(skill.text.firstMatch("^---\nname: \(name)\ndescription: [^\n]{20,}\n---\n"), skill.path)
        }
    }
    func testNoPathsOfOneMachine() { expectNone { $0.absolutePathComplaints() } }
}

/// Small texts that are wrong in one way, each beside one that is right.
final class CheckTests: XCTestCase {
    private let repository = Repository.here
    private func readme(_ text: String, path: String = "shared/README.md") -> Readme { Readme(path: path, text: text) }

    func testExcerpts() {
        func complaints(_ comment: String, _ code: String) -> Int {
            readme("text\n\(comment)\n```swift\n\(code)\n```\n").excerptComplaints(repository).count
        }
        let here = "<!-- source: shared/Tests/ReadmeTests/ReadmeTests.swift -->"
        let code = "func testReadmesAreFound() {\n    XCTAssert(Set(repository"
        let whole = "func testExcerptsAreInTheSource() { expectNone { $0.excerptComplaints(repository) } }"
        XCTAssertEqual(complaints(here, whole), 0)
        XCTAssertEqual(complaints(here, "  " + whole), 0, "indentation does not count")
        XCTAssertEqual(complaints(here, code), 1, "half a line")
        XCTAssertEqual(complaints(here, "import XCTest\n" + whole), 1, "two lines that are not neighbors")
        XCTAssertEqual(complaints(here, "func expectNone() {\n    }"), 1, "not in the file")
        XCTAssertEqual(complaints("<!-- source: shared/Nowhere.swift -->", whole), 1)
        XCTAssertEqual(complaints("", whole), 1, "no source")
        XCTAssertEqual(complaints("<!-- sketch -->", whole), 0)
    }

    func testLinks() {
        func complaints(_ text: String) -> Int { readme("## A heading, with a comma\n" + text).linkComplaints(repository).count }
        XCTAssertEqual(complaints("[a](Package.swift) ![b](Sources/Tensors) [c](https://example.org/x) [d](#a-heading-with-a-comma)"), 0)
        XCTAssertEqual(complaints("`x[i](j)` and\n```swift\n[a](nowhere)\n```"), 0, "code is no link")
        XCTAssertEqual(complaints("[a](Nowhere.swift)"), 1)
        XCTAssertEqual(complaints("![a](figures/nowhere.png)"), 1)
        XCTAssertEqual(complaints("[a](#no-heading)"), 1)
        XCTAssertEqual(complaints("[a](../AGENTS.md#commands)"), 0)
        XCTAssertEqual(complaints("[a](../AGENTS.md#no-heading)"), 1)
        XCTAssertEqual(complaints("[a](../../../etc)"), 1, "outside of the repository")
    }

    func testCommands() {
        let commands = Commands(repository)
        func complaints(_ command: String) -> Int { commands.complaints(about: readme("```sh\n\(command)\n```")).count }
        for good in ["shared/scripts/run --quick   # a comment", "cd shared/benchmarks\n../scripts/do measure-tensors --repeats 5",
                     "shared/scripts/test shared --filter Readme", "THREADS=2 measure-tensors --help | head", "shared/scripts/do",
                     "shared/scripts/do train-tokenizer \\\n  --batch-size 8 --learning-rate=0.1 --overwrite"] {
            XCTAssertEqual(complaints(good), 0, good)
        }
        for bad in [
            "shared/scripts/walk", "shared/scripts/run --slow", "swift run -c release measure-tensors",
            "shared/scripts/do measure-everything",
                    "measure-tensors --repeat 5", "shared/scripts/do train-tokenizer --batchsize 8", "cd nowhere", "episodes forget",
                    "train-everything", "scripts/do play", "python3 shared/benchmarks/nowhere.py"] {
            XCTAssertEqual(complaints(bad), 1, bad)
        }
    }

    func testLengths() {
        func complaints(_ text: String) -> Int { readme(text).lengthComplaints().count }
        let long = String(repeating: "x", count: 161)
        XCTAssertEqual(complaints("é" + long.dropFirst(2) + "\n| \(long) |\n![\(long)](a.png)"), 0)
        XCTAssertEqual(complaints("a\n\(long)"), 1)
    }

    func testAnswers() {
        func complaints(_ text: String) -> Int { readme(text).answerComplaints().count }
        let answer = "<details><summary>Answer</summary>\n\n3\n\n</details>"
        XCTAssertEqual(complaints("*Try it.* 1 + 2?\n\n\(answer)\n\n## Next\n\ntext"), 0)
        XCTAssertEqual(complaints("*Try it.* 1 + 2?\n\n## Next\n\n\(answer)"), 1, "the answer of another section")
        XCTAssertEqual(complaints("*Try it.* 1 + 2?\n*Try it:* 2 + 2?\n\(answer)"), 1, "one answer for two")
        XCTAssertEqual(complaints("*Try it.* 1 + 2?"), 1)
        func broken(_ text: String) -> Int { readme(text).brokenComplaints().count }
        let folded = "  <details><summary>Answer</summary>\n\n  3\n\n  </details>"
        XCTAssertEqual(broken("- not here\n## What breaks if...\n- **a?**\n\n\(folded)\n- **b?**\n\n\(folded)\n## Next\n- nor here"), 0)
        XCTAssertEqual(broken("## What breaks if...\n- **a?**\n- **b?**\n\n\(folded)\n"), 1, "one answer for two")
        XCTAssertEqual(broken("## What breaks if ...\n\n- **a?** It fails.\n\n## Next\n\n\(folded)"), 1, "the answer of another section")
    }

    func testQuestionsAndKeys() {
        let page = readme("## Questions to take to your coding agent\n\n1. One?\n2. Two,\n   or more?\n\n## Next\n\n1. not this")
        XCTAssertEqual(page.questionsForAgents, 2)
        let keys = readme("# Keys\n\n## One (`shared/README.md`)\n\n- **A.** b\n- **C.** d\n\n## Two (`x/README.md`)\n\n- **E.** f")
        XCTAssertEqual(keys.keys(for: "shared/README.md"), 2)
        XCTAssertEqual(keys.keys(for: "x/README.md"), 1)
        XCTAssertEqual(keys.keys(for: "y/README.md"), 0)
    }

    func testBritishWords() {
        XCTAssertEqual(britishWords(in: "The Colours of neighbours are normalised"), ["Colours", "neighbours", "normalised"])
        XCTAssertEqual(britishWords(in: "noise, an exercise, supervised, parameters, geometry"), [])
    }

    func testAbsolutePaths() {
        func complaints(_ text: String) -> Int { readme(text).absolutePathComplaints().count }
        XCTAssertEqual(
            complaints("and/or, 1/2, √(a)/b, https://example.org/a/b, shared/scripts/run, > /dev/null, [..]/x, checkpoints/NAME/"), 0)
        for bad in ["see /home/me/x", "`/tmp/x`", "(/usr/lib/a.so)", "~/code/x", "cd /data/episodes"] {
            XCTAssertEqual(complaints(bad), 1, bad)
        }
    }
}
