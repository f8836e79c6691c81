// Commands.swift - would every command of a README run? It names a script or a product of a package, and its flags exist.

import Foundation

/// What can be run, and with which flags.
struct Commands {
    /// Source text of each executable, by its name: its own, and the options that all share.
    private let executables: [String: String]
    private let repository: Repository
    /// Programs of the system that a README may use.
    private let system: Set<String> = [
        "cat", "cp", "cut", "echo", "git", "head", "ls", "mkdir", "open", "pip", "rm", "sudo", "swift", "tail", "uv",
    ]

    init(_ repository: Repository) {
        self.repository = repository
        let options = Commands.sources(in: "shared/Sources/Training", repository)
        executables = Dictionary(repository.packages.flatMap { package in
            let manifest = repository.text(package + "/Package.swift") ?? ""
            // Options that several programs of a package share lie in one of its libraries.
                let libraries = manifest.allMatches("\\.target\\(\\s*name:\\s*\"([^\"]+)\"").map {
                    Commands.sources(in: "\(package)/Sources/\($0[1])", repository)
                }
            return manifest.allMatches("\\.executable\\(\\s*name:\\s*\"([^\"]+)\",\\s*targets:\\s*\\[\"([^\"]+)\"").map { match in
                // A target lies in Sources/NAME, unless it says otherwise.
                    let path = manifest.firstMatch("[tT]arget\\(\\s*name:\\s*\"\(match[2])\"(?:(?!arget\\().)*?path:\\s*\"([^\"]+)\"")?[1]
                        ?? "Sources/\(match[2])"
                return (match[1], (libraries + [options, Commands.sources(in: "\(package)/\(path)", repository)]).joined())
            }
        }, uniquingKeysWith: { $0 + $1 })
    }

    private static func sources(in folder: String, _ repository: Repository) -> String {
        repository.items(folder).filter { $0.hasSuffix(".swift") }.compactMap { repository.text("\(folder)/\($0)") }.joined(separator: "\n")
    }

    func complaints(about readme: Readme) -> [String] {
        readme.blocks.filter { ["sh", "bash", "shell"].contains($0.language) }.flatMap { block -> [String] in
            var folder = ""  // a block starts at the root
            let text = block.lines.joined(separator: "\n").replacing("\\\\\n", with: " ").replacing("(?m)(^|\\s)#.*$", with: "")
            return text.split(whereSeparator: { "\n;|&".contains($0) }).compactMap { command in
                complaint(about: command.split(whereSeparator: \.isWhitespace).map(String.init), in: &folder)
                    .map { "\(readme.path):\(block.number): `\(command.trimmingCharacters(in: .whitespaces))`: \($0)" }
            }
        }
    }

    private func complaint(about words: [String], in folder: inout String) -> String? {
        var words = words[...]
        while let word = words.first, word.firstMatch("^[A-Z_]+=") != nil { words.removeFirst() }  // VARIABLE=value
        guard let first = words.popFirst() else { return nil }
        func place(_ path: String) -> String { folder.isEmpty ? path : folder + "/" + path }
        if first == "cd" {
            folder = place(words.first ?? "")
            return repository.exists(folder) ? nil : "no folder \(folder)"
        }
        if first == "swift", let verb = words.first, ["run", "build", "test"].contains(verb) {
            return "with `swift \(verb)` everything is compiled once more, into another folder: shared/scripts/do and shared/scripts/test"
        }
        if place(first).hasSuffix("shared/scripts/do") {
            guard repository.exists(place(first)) else { return "no script \(place(first))" }
            return words.popFirst().flatMap { complaint(about: Array(words), of: $0) }
        }
        if executables[first] != nil { return complaint(about: Array(words), of: first) }
        let script = ["python", "python3", "bash"].contains(first) ? words.popFirst() ?? "" : first
        if script.contains("/") || script.contains(".") {
            guard let text = repository.text(place(script)) else { return "no script \(place(script))" }
            if text.contains("\"$@\"") { return nil }  // hands its flags on
            return flags(words).first { !text.contains($0) }.map { "\(script) has no \($0)" }
        }
        return system.contains(first) ? nil : "\(first) is no program that this repository makes"
    }

    private func complaint(about words: [String], of name: String) -> String? {
        guard let source = executables[name] else { return "no package makes \(name)" }
        // A subcommand is a type in the list of subcommands, under a name of its own: `record` is Record.self, unless it says otherwise.
        if let list = source.firstMatch("subcommands: \\[([^\\]]*)\\]")?[1], let word = words.first, !word.hasPrefix("-") {
            let names = list.allMatches("(\\w+)\\.self").map { $0[1].lowercased() }
            let isNamed = names.contains(word.replacing("-", with: "")) || source.contains("commandName: \"\(word)\"")
            if !isNamed { return "\(name) has no subcommand \(word)" }
        }
        func declares(_ long: String, _ attribute: String) -> Bool {
            let words = long.split(separator: "-")
            let property = (words.first ?? "") + words.dropFirst().map(\.capitalized).joined()
            return source.firstMatch("@(?:Option|Flag)\\b\(attribute)[^@]*?\\bvar \(property)\\b") != nil
        }
        return flags(words[...]).first { flag in
            let long = flag.dropFirst(2).description
            return long != "help" && !source.contains("customLong(\"\(long)\")") && !declares(long, "")
                && !(long.hasPrefix("no-") && declares(String(long.dropFirst(3)), "[^@]*?prefixedNo"))
        }.map { "\(name) has no \($0)" }
    }

    /// `--batch-size` of `--batch-size 8` and of `--batch-size=8`.
    private func flags(_ words: ArraySlice<String>) -> [String] {
        words.filter { $0.hasPrefix("--") && $0 != "--" }.map { String($0.prefix { $0 != "=" }) }
    }
}
