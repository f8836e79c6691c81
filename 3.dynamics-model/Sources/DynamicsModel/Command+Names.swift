// Command+Names.swift - a learner presses "left"; which of eight nameless codes is that?
//
// The latent actions were found without labels, and training this model needs none. Only the keys of `play` do: for each true action the code
// that fell on it most often in training episodes. (Stage 2 shows that a handful of labels would tell the same.)

import Episodes
import InverseDynamics

extension Command {
    /// A command for each action that the episodes name; "code 0" and so on where they name none. `codes` is nil when the model's actions
    /// are the episodes' own.
    public static func named(_ episodes: EpisodeSet, _ tokens: TokenEpisodes, codes: Int?) -> [Command] {
        guard episodes.hasActions else { return (0 ..< (codes ?? 0)).map { Command(name: "code \($0)", action: $0) } }
        let names = episodes.allActionNames
        guard let codes else { return names.enumerated().map { Command(name: $1, action: $0) } }
        var counts = Array(repeating: Array(repeating: 0, count: codes), count: names.count)
        for (episode, own) in zip(episodes.episodes, tokens.actions) {
            for (action, code) in zip(episode.actions!, own) { counts[action][code] += 1 }
        }
        return names.enumerated().map { i, name in
            Command(name: name, action: counts[i].indices.max { counts[i][$0] < counts[i][$1] }!)
        }
    }
}
