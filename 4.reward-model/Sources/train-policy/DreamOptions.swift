// DreamOptions.swift - the flags of all agents that learn in a dream, and what their loops share: a look at the floor now and then.

import ArgumentParser
import Foundation
import JetBot
import Planning
import PolicyInADream
import RewardModel
import Training

struct DreamOptions: ParsableArguments {
    @Option(help: "The run of this stage whose scorer judges dreams: its folder.") var scorer = "checkpoints/default"
    @Option(help: "h, steps of a dream (default: 15, in pictures 12; tiny: 6).") var horizon: Int?
    @Option(help: "γ: what a step later is worth.") var discount: Float = 0.95
    @Option(help: "What a nat of doubt is worth (default: 0.01).") var entropy: Float?

    mutating func validate() throws {
        guard (1 ... 1000).contains(horizon ?? 1) else { throw ValidationError("--horizon must be at least 1, and at most 1000") }
        guard (0 ..< 1).contains(discount) else { throw ValidationError("--discount must be at least 0, and below 1") }
        guard (0 ... 100).contains(entropy ?? 0) else { throw ValidationError("--entropy must be at least 0, and at most 100") }
    }

    func learning(_ isTiny: Bool, horizon usual: Int = 15) -> DreamLearning {
        var learning = DreamLearning()
        (learning.horizon, learning.discount) = (horizon ?? (isTiny ? 6 : usual), discount)
        learning.entropyScale = entropy ?? learning.entropyScale
        return learning
    }

    static let scorerName = "scorer.safetensors"

    /// The scorer that is named, or the one that a resumed run holds.
    func scorer(of run: Run, isResumed: Bool) throws -> TrainedModel<Scorer> {
        let url = isResumed ? run.file(DreamOptions.scorerName) : PretrainedWeights.model(ofRunAt: scorer)
        return try TrainedModel(url) { try Scorer(checkpoint: $0) }
    }
}

/// What a policy is worth on the floor, while it learns: from the same starts every time.
struct FloorCheck {
    private let starts: [World], camera: Camera

    init(rooms: [Room], of policy: any TrainedPolicy) {
        starts = driveStarts(in: rooms, count: 32, .kongInView, framesPerSecond: Float(policy.framesPerSecond), seed: 99)
        camera = Camera(width: policy.imageSize, height: policy.imageSize)
    }

    func note<Configuration>(_ policy: any TrainedPolicy, _ parts: [String: Double], _ loop: TrainingLoop<Configuration>) throws {
        let success = driveEpisodes(from: starts, with: PolicyDriver(policy), camera: camera).successRate.rate
        loop.log(parts.merging(["floor_success": success]) { $1 })
        let dreamed = parts["dream_return"].map { value in
            String(format: "return %.3f and score %.3f in the dream, entropy %.2f; ", value, parts["dream_reward"]!, parts["entropy"]!)
        }
        loop.note((dreamed ?? "") + String(format: "finds %.2f of 32 toys on the floor", success))
        try loop.run.drawChart(
            "success.png", title: "in the dream, and on the floor", yLabel: "0...1", of: ["dream_reward", "floor_success"])
    }
}
