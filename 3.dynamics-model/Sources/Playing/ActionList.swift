// ActionList.swift - "left*5,forward,r": how does a line of text become a plan?

import Foundation
import Training
import WorldModels

public enum ActionList {
    /// So many actions at most: a slip of the finger ("left*50000") should not cost an hour.
    public static let longest = 1000

    /// The commands that a list names, separated by commas. A command is known by its name ("turn left"), by the last word of it
    /// ("left", of "code 3": "3"), or by the beginning of either, when only one fits. "left*5" is five of them.
    /// - Throws: `TrainingError` that lists what can be done.
    public static func parse(_ text: String, _ commands: [Command]) throws -> [Command] {
        var plan: [Command] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.lowercased().split(separator: "*", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            let times = pieces.count == 1 ? 1 : Int(pieces[1])
            guard pieces.count <= 2, let times, (1 ... longest).contains(times) else {
                throw TrainingError("--actions: how often is '\(part)'? Write left*5, with a number from 1 to \(longest)")
            }
            plan += Array(repeating: try command(pieces[0], commands), count: times)
            guard plan.count <= longest else { throw TrainingError("--actions: more than \(longest) actions; give fewer") }
        }
        return plan
    }

    private static func command(_ word: String, _ commands: [Command]) throws -> Command {
        func last(_ command: Command) -> String { command.name.split(separator: " ").last.map { $0.lowercased() } ?? "" }
        let exact = commands.filter { $0.name.lowercased() == word || last($0) == word }
        let found = exact.isEmpty ? commands.filter { $0.name.lowercased().hasPrefix(word) || last($0).hasPrefix(word) } : exact
        guard !word.isEmpty, found.count == 1 else {
            let names = (found.count > 1 && !word.isEmpty ? found : commands).map(\.name).joined(separator: ", ")
            throw TrainingError(found.count > 1 && !word.isEmpty
                ? "--actions: '\(word)' could be \(names); write more of it"
                : "--actions: no action is called '\(word)'; this model has \(names)")
        }
        return found[0]
    }
}
