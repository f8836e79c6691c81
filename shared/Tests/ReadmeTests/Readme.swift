// Readme.swift - the parts of a Markdown file that can be true or false: excerpts, links, headings, commands.

import Foundation

/// The whole workbook on disk, found from where this file lies.
struct Repository {
    let root: URL

    static let here = Repository(
        root: (0 ..< 4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() })

    func url(_ path: String) -> URL { root.appendingPathComponent(path).standardizedFileURL }
    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: url(path).path) }
    func text(_ path: String) -> String? { try? String(contentsOf: url(path), encoding: .utf8) }
    func items(_ folder: String) -> [String] { ((try? FileManager.default.contentsOfDirectory(atPath: url(folder).path)) ?? []).sorted() }

    /// Folders of Swift packages: `shared`, its benchmarks, the place to try things, and the stages.
    var packages: [String] {
        (items("") + ["shared/benchmarks", "shared/scratch"]).filter { exists($0 + "/Package.swift") }
    }

    /// Paths of all Swift files.
    var swiftFiles: [String] {
        let folders = packages + ["shared/exercises"]
        return folders.flatMap { folder in
            ["Sources", "Tests", "write"].flatMap { part -> [String] in
                let files = FileManager.default.enumerator(atPath: url("\(folder)/\(part)").path)?.compactMap { $0 as? String } ?? []
                return files.filter { $0.hasSuffix(".swift") }.sorted().map { "\(folder)/\(part)/\($0)" }
            }
        }
    }

    /// Lines of Swift that fit a window beside a page: at most 140 characters.
    func swiftLengthComplaints(_ path: String) -> [String] {
        (text(path) ?? "").components(separatedBy: "\n").enumerated().filter { $1.count > 140 }
            .map { "\(path):\($0 + 1): \($1.count) characters, more than 140" }
    }

    var readmes: [Readme] {
        let stages = items("").filter { $0.first!.isNumber }
        let chapters = stages.flatMap { stage in items(stage + "/chapters").filter { $0.hasSuffix(".md") }.map { "\(stage)/chapters/\($0)" }
        }
        let guide = items("shared/guide").filter { $0.hasSuffix(".md") }.map { "shared/guide/\($0)" }
        let skills = items(".claude/skills").map { ".claude/skills/\($0)/SKILL.md" }
        return
            (["README.md", "AGENTS.md", ".claude/CLAUDE.md", "shared/README.md"] + skills + guide + stages.map { $0 + "/README.md" }
            + chapters)
            .compactMap { path in text(path).map { Readme(path: path, text: $0) } }
    }
}

struct Readme {
    /// A fenced block, and the HTML comment on the line above it.
    struct Block {
        let language: String, comment: String, lines: [String], number: Int
    }

    /// Relative to the root of the repository.
    let path: String
    let text: String
    let blocks: [Block]
    /// The text without fenced blocks and `inline code`: where links are links.
    let prose: String
    let headings: [String]

    init(path: String, text: String) {
        (self.path, self.text) = (path, text)
        var blocks: [Block] = [], prose: [String] = [], open: (language: String, comment: String, number: Int)?, inside: [String] = []
        for (i, line) in text.components(separatedBy: "\n").enumerated() {
            if line.hasPrefix("```") {
                if let start = open {
                    blocks.append(Block(language: start.language, comment: start.comment, lines: inside, number: start.number))
                    open = nil
                } else {
                    open = (String(line.dropFirst(3)), prose.last ?? "", i + 1)
                    inside = []
                }
            } else if open != nil { inside.append(line) } else { prose.append(line) }
        }
        self.blocks = blocks
        self.prose = prose.joined(separator: "\n").replacing("`[^`\n]*`", with: "`")
        headings = prose.compactMap { $0.firstMatch("^#{1,6} +(.*)$")?[1] }
    }

    var folder: String { path.contains("/") ? path.split(separator: "/").dropLast().joined(separator: "/") : "" }

    /// What GitHub makes of a heading: `## How it works, exactly` is `#how-it-works-exactly`.
    var anchors: Set<String> {
        Set(headings.map { $0.lowercased().replacing("[^\\p{L}\\p{N} _-]", with: "").replacing(" ", with: "-") })
    }
}

// Regular expressions without the Regex type, which older systems do not have.
extension String {
    func allMatches(_ pattern: String) -> [[String]] {
        let expression = try! NSRegularExpression(pattern: pattern, options: [.dotMatchesLineSeparators])
        return expression.matches(in: self, range: NSRange(startIndex..., in: self)).map { match in
            (0 ..< match.numberOfRanges).map { Range(match.range(at: $0), in: self).map { String(self[$0]) } ?? "" }
        }
    }
    func firstMatch(_ pattern: String) -> [String]? { allMatches(pattern).first }
    func replacing(_ pattern: String, with other: String) -> String {
        replacingOccurrences(of: pattern, with: other, options: .regularExpression)
    }
}
