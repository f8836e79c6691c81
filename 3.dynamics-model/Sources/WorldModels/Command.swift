// Command.swift - a learner presses "left"; which of a model's actions is that?
//
// Where a model learns from recorded actions they are the same. Latent actions were found without labels, and training needs none. Only the
// keys of `play` do: for each true action the code that fell on it most often in training episodes. (Stage 2 shows that a handful of labels
// would tell the same.)

import Episodes
import Training

/// What a person calls an action, and what the model calls it.
public struct Command: Codable, Equatable {
    public let name: String
    /// 0 ..< A
    public let action: Int

    public init(name: String, action: Int) { (self.name, self.action) = (name, action) }

    /// A command for each action that the episodes name; "code 0" and so on where they name none. `codes` is how many codes there are, nil
    /// when the model's actions are the episodes' own; `actions` are the model's, of each episode.
    public static func named(_ episodes: EpisodeSet, actions: [[Int]], codes: Int?) -> [Command] {
        guard episodes.hasActions else { return (0 ..< (codes ?? 0)).map { Command(name: "code \($0)", action: $0) } }
        let names = episodes.allActionNames
        guard let codes else { return names.enumerated().map { Command(name: $1, action: $0) } }
        var counts = Array(repeating: Array(repeating: 0, count: codes), count: names.count)
        for (episode, own) in zip(episodes.episodes, actions) {
            for (action, code) in zip(episode.actions!, own) { counts[action][code] += 1 }
        }
        return names.enumerated().map { i, name in
            Command(name: name, action: counts[i].indices.max { counts[i][$0] < counts[i][$1] }!)
        }
    }
}

extension Requirement {
    public func commands(_ commands: [Command], of actions: Int) throws {
        try self(commands.allSatisfy { (0 ..< actions).contains($0.action) }, "a command names an action that is none of the \(actions)")
    }
}
