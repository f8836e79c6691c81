// Statistics.swift - what is in a data set, in a handful of numbers?
//
// The most telling one is how much a frame changes, action by action. Standing still must change next to nothing and
// turning a lot; where all actions change the picture alike, labels and frames do not belong together.

/// A summary of one split.
public struct EpisodeStatistics {
    public let episodes, frames, width, height: Int
    /// Nil where the files do not say.
    public let framesPerSecond: Double?
    /// One row an action, in the order of their numbers: its name, how often it was taken, and the change of the picture
    /// (see `meanChange`) that it caused. Empty where actions are unknown.
    public let actions: [(name: String, count: Int, change: Double)]
    /// Mean absolute difference of a byte from one frame to the next, 0...255.
    public let meanChange: Double
    /// Share of frames that show the Kong, and the mean reward; nil without a simulator's truth.
    public let visibleShare, meanReward: Double?

    public init(_ set: EpisodeSet) {
        (episodes, frames, width, height) = (set.episodes.count, set.frameCount, set.width, set.height)
        framesPerSecond = set.episodes[0].framesPerSecond

        let known = set.hasActions
        let actionCount = known ? max(set.actionNames.count, set.episodes.compactMap { $0.actions!.max() }.max()! + 1) : 1
        var counts = [Int](repeating: 0, count: actionCount), changes = [Double](repeating: 0, count: actionCount)
        for episode in set.episodes {
            for t in 0 ..< episode.frameCount - 1 {
                let action = known ? episode.actions![t] : 0
                counts[action] += 1
                changes[action] += episode.change(after: t)
            }
        }
        meanChange = changes.reduce(0, +) / Double(counts.reduce(0, +))
        let names = set.actionNames
        actions = known ? (0 ..< actionCount).map {
            ($0 < names.count ? names[$0] : "\($0)", counts[$0], counts[$0] == 0 ? 0 : changes[$0] / Double(counts[$0]))
        } : []

        func mean(_ values: [Float]) -> Double? { values.isEmpty ? nil : Double(values.reduce(0, +)) / Double(values.count) }
        let truth = set.hasTruth ? set.episodes : []
        visibleShare = mean(truth.flatMap { $0.bearing!.map { $0.isNaN ? 0 : 1 } })
        meanReward = mean(truth.flatMap { $0.reward! })
    }
}

extension EpisodeFile {
    /// Mean absolute difference of the bytes of frames `t` and `t + 1`.
    func change(after t: Int) -> Double {
        let size = height * width * 3
        return withExtendedLifetime(self) {
            let bytes = frames
            var sum: UInt32 = 0
            for i in t * size ..< (t + 1) * size { sum &+= UInt32(abs(Int16(bytes[i]) - Int16(bytes[i + size]))) }
            return Double(sum) / Double(size)
        }
    }
}
