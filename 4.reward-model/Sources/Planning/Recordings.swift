// Recordings.swift - what is asked of recorded episodes by those who learn to act from them?

import Episodes
import JetBot
import Training

extension EpisodeSet {
    /// - Throws: `TrainingError` when an episode has not the robot's actions.
    public func checkRobot() throws {
        for episode in episodes {
            guard let actions = episode.actions, actions.allSatisfy({ Action(rawValue: $0) != nil }),
                  episode.actionNames == Action.names else {
                throw TrainingError("\(episode.url.relativePath): its actions are not those of the simulated robot, "
                    + "for which this policy is; record episodes with `episodes record`")
            }
        }
    }
}

extension [ClipPlace] {
    /// `count` of these, half of which show the toy, if chance has found enough: recordings of babble meet it too seldom.
    public func balanced(_ count: Int, showsToy: (ClipPlace) -> Bool) -> [ClipPlace] {
        let shown = filter(showsToy), others = filter { !showsToy($0) }, first = shown.prefix(count / 2)
        return Array((first + others + shown.dropFirst(first.count)).prefix(count))
    }
}
