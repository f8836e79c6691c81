// Checks.swift - is what a README says still true of the source? Each check returns its complaints; none is good.

import Foundation

extension Readme {
    /// Every Swift block stands under `<!-- source: path -->` and is a run of that file's lines, or under `<!-- sketch -->`.
    func excerptComplaints(_ repository: Repository) -> [String] {
        blocks.compactMap { block in
            guard let source = block.comment.firstMatch("^<!-- source: (\\S+) -->$")?[1] else {
                let isFine = block.language != "swift" || block.comment == "<!-- sketch -->"
                return isFine ? nil : "\(path):\(block.number): a swift block without <!-- source: path --> above it"
            }
            guard let text = repository.text(source) else { return "\(path):\(block.number): no file \(source)" }
            let lines = text.components(separatedBy: "\n"), wanted = withoutIndentation(block.lines)
            let isThere = lines.count >= wanted.count && (0 ... lines.count - wanted.count).contains { start in
                withoutIndentation(Array(lines[start ..< start + wanted.count])) == wanted
            }
            return isThere ? nil : "\(path):\(block.number): these lines are not in \(source) (any more)"
        }
    }

    /// Relative links and pictures exist, and `#anchors` are headings.
    func linkComplaints(_ repository: Repository) -> [String] {
        prose.allMatches("\\]\\(([^)\\s]+)\\)").map { $0[1] }.compactMap { link in
            if link.firstMatch("^[a-z]+:") != nil { return nil }
            let parts = link.components(separatedBy: "#")
            let target = parts[0].isEmpty ? path : (folder.isEmpty ? "" : folder + "/") + parts[0]
            guard repository.url(target).path.hasPrefix(repository.root.standardizedFileURL.path), repository.exists(target) else {
                return "\(path): the link \(link) leads nowhere"
            }
            guard parts.count > 1 else { return nil }
            let page = parts[0].isEmpty ? self : Readme(path: target, text: repository.text(target) ?? "")
            return page.anchors.contains(parts[1]) ? nil : "\(path): no heading for the link \(link)"
        }
    }

    /// Lines that fit a window: at most 160 characters. A row of a table, or a picture, cannot be broken.
    func lengthComplaints() -> [String] {
        text.components(separatedBy: "\n").enumerated().filter {
            $1.count > 160 && !$1.trimmingCharacters(in: .whitespaces).hasPrefix("|") && !$1.hasPrefix("![")
        }
            .map { "\(path):\($0 + 1): \($1.count) characters, more than 160" }
    }

    /// Every "Try it" has its answer a click away: `<details>` before the next heading or the next "Try it".
    func answerComplaints() -> [String] {
        var open: Int?, complaints: [String] = []
        func close() {
            if let line = open { complaints.append("\(path):\(line): a \"Try it\" without <details> before the next heading or question") }
        }
        for (i, line) in text.components(separatedBy: "\n").enumerated() {
            if line.hasPrefix("<details>") { open = nil }
            if line.hasPrefix("#") { close(); open = nil }
            if line.firstMatch("\\*Try it[:.]?\\*") != nil { close(); open = i + 1 }
        }
        close()
        return complaints
    }

    /// So has every item of "What breaks if", before the next item or heading.
    func brokenComplaints() -> [String] {
        var open: Int?, isInside = false, complaints: [String] = []
        func close() {
            if let line = open { complaints.append("\(path):\(line): an item of \"What breaks if\" without <details>") }
            open = nil
        }
        for (i, line) in text.components(separatedBy: "\n").enumerated() {
            if line.trimmingCharacters(in: .whitespaces).hasPrefix("<details>") { open = nil }
            if line.hasPrefix("#") {
                close()
                isInside = line.firstMatch("^#+ What breaks if") != nil
            }
            if isInside, line.hasPrefix("- ") {
                close()
                open = i + 1
            }
        }
        close()
        return complaints
    }

    /// How many questions for an agent this page asks.
    var questionsForAgents: Int { items(under: "## Questions (to take to|for) your coding agent") }

    /// How many answers this page of keys has for the questions of another: items under the heading that names it.
    func keys(for path: String) -> Int { items(under: "## .*\\(`\(NSRegularExpression.escapedPattern(for: path))`\\)") }

    /// The items of a list, numbered or not, under a heading.
    private func items(under heading: String) -> Int {
        let sections = text.components(separatedBy: "\n").split { $0.hasPrefix("## ") && $0.firstMatch("^\(heading)$") == nil }
        guard let section = sections.first(where: { $0.contains { $0.firstMatch("^\(heading)$") != nil } }) else { return 0 }
        let lines = section.drop { $0.firstMatch("^\(heading)$") == nil }
        return lines.filter { $0.firstMatch("^([0-9]+\\.|-) ") != nil }.count
    }

    /// Words as America spells them.
    func spellingComplaints() -> [String] { britishWords(in: text).map { "\(path): '\($0)' is British spelling" } }

    /// Paths of one machine. `/dev/null` and the like are the same on all.
    func absolutePathComplaints() -> [String] {
        text.allMatches("(?<![\\w.)\\]/:*}$-])(~?/[A-Za-z][\\w.-]*(?:/[\\w.-]+)+|/(?:home|root|tmp|work|Users|usr|opt)\\b)")
            .map { $0[1] }.filter { !$0.hasPrefix("/dev/") }.map { "\(path): \($0) is a path of one machine" }
    }
}

/// The lines without the spaces that all of them begin with, and without spaces at their ends.
private func withoutIndentation(_ lines: [String]) -> [String] {
    let common = lines.filter { !$0.allSatisfy(\.isWhitespace) }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
    return lines.map { $0.dropFirst(common).description.replacing("\\s+$", with: "") }
}

/// Words of `text` that are spelled otherwise in America.
func britishWords(in text: String) -> [String] {
    let stems = [
        "colour", "behaviour", "neighbour", "favour", "centre", "metre", "normalis", "organis", "optimis", "initialis", "recognis",
        "generalis", "regularis", "minimis", "maximis", "standardis", "quantis", "visualis", "labell", "modell", "artefact",
        "learnt", "dreamt",
    ]
    let either = stems.map { "[\($0.first!.uppercased())\($0.first!)]\($0.dropFirst())" }.joined(separator: "|")
    return text.allMatches("\\b[A-Za-z]*(?:\(either))[a-z]*\\b").map { $0[0] }
}
