// ImaginedWorlds.swift - planning as a robot can: sequences are tried in the imagination, and words say how good they look.
//
// Stage 3 dreams on from the last frames, one dream for each sequence, all of them in one batch; this stage's scorer looks at
// every dreamed frame. Nothing here knows where the Kong is.

import Foundation
import JetBot
import Pictures
import Randomness
import RewardModel
import Tensors
import Training
import WorldModels
import Worlds

/// What a robot plans with: a model of the world, a reward, and how carefully to dream.
public struct Imagination {
    public let model: any WorldModel
    public let scorer: any FrameScorer
    public var objective = Objective.best
    /// Few steps of decoding, and no draws: two futures should differ by their actions, not by their luck.
    public var sampling: Sampling
    /// The frames that it looks back at.
    public var context = 4
    /// Dreams in one batch: each holds keys and values of its past, some megabytes, and more of them are no faster.
    public var batch = 16
    /// The model's action for each of the robot's.
    private let modelAction: [Int: Int]

    /// - Throws: `TrainingError` when the model does not know which of its actions is which.
    public init(model: any WorldModel, scorer: any FrameScorer, actions: [Action] = Action.allCases) throws {
        (self.model, self.scorer) = (model, scorer)
        sampling = Sampling(steps: model.planningSteps, temperature: 0)
        modelAction = try model.numberByAction(actions)
    }

    /// Reads the run of stage 3 in `folder`, for a scorer that will look at what it imagines.
    /// - Throws: `TrainingError` or `SafeTensorsError` when a file is missing, damaged or another model's, or when the two were not
    ///   made for the same pictures.
    public init(world folder: URL, scorer: Scorer, actions: [Action] = Action.allCases) throws {
        guard FileManager.default.fileExists(atPath: folder.appendingPathComponent("model.safetensors").path) else {
            throw TrainingError(
                "\(folder.relativePath): no run of stage 3 to imagine with; make one with `train-dynamics`, or name one with "
                + "--world (`validate-reward --drive-episodes 0` does without)")
        }
        let model = try Worlds.open(folder), size = scorer.model.configuration.imageSize
        guard model.imageSize == size else {
            throw TrainingError("\(folder.relativePath): imagines frames of \(model.imageSize)x\(model.imageSize), the scorer takes "
                + "\(size)x\(size); train both on episodes of one --size")
        }
        try self.init(model: model, scorer: scorer, actions: actions)
    }

    /// The reward of what each robot sees now.
    func rewardsNow(_ situations: [Situation]) -> [Float] {
        let size = model.imageSize
        return scorer.rewards(of: seenFrames(situations, last: 1, size: size).reshaped([situations.count, size, size, 3]))
    }

    /// The futures of several robots from what each saw and did so far.
    func worlds(after situations: [Situation], generator: SeededGenerator) -> ImaginedWorlds {
        let seen = situations.map(\.frames.count).min()!, L = min(context, seen)
        precondition(situations.allSatisfy { $0.frames.count == seen }, "robots that plan together have seen equally many frames")
        let frames = seenFrames(situations, last: L, size: model.imageSize)
        let actions = situations.flatMap { $0.actions.suffix(L - 1).map { modelAction[$0.rawValue]! } }
        let dreams = Tensor.withoutGradients {
            var dreams = model.dream(from: frames, actions: actions)
            // The past is read and drawn once for all futures of a robot, not once for each.
            dreams.catchUp()
            return dreams
        }
        return ImaginedWorlds(dreams: dreams, imagination: self, modelAction: modelAction, generator: generator)
    }
}

/// The last L frames of each robot: [B,L,H,W,3] in 0...1.
public func seenFrames(_ situations: [Situation], last L: Int, size: Int) -> Tensor {
    let frames = Tensor(uninitialized: [situations.count, L, size, size, 3])
    var write = frames.pointer
    for byte in situations.lazy.flatMap({ $0.frames.suffix(L).joined() }) {
        write.pointee = Float(byte) / 255
        write += 1
    }
    return frames
}

/// The imagined futures of B robots; actions are the raw values of `Action`.
final class ImaginedWorlds: PlannedWorlds {
    private let dreams: any Dream, imagination: Imagination, modelAction: [Int: Int]
    private var generator: SeededGenerator
    /// What was tried, with pictures: only for one robot.
    private(set) var futures: [Future] = []

    init(dreams: any Dream, imagination: Imagination, modelAction: [Int: Int], generator: SeededGenerator) {
        (self.dreams, self.imagination, self.modelAction, self.generator) = (dreams, imagination, modelAction, generator)
    }

    func returns(of sequences: [[[Int]]]) -> [[Float]] {
        // One row for each sequence of each robot: (robot, sequence).
        let rows = sequences.indices.flatMap { robot in sequences[robot].map { (robot, $0) } }
        var returns: [Float] = []
        for first in stride(from: 0, to: rows.count, by: imagination.batch) {
            returns += Tensor.withoutGradients { dream(Array(rows[first ..< min(first + imagination.batch, rows.count)])) }
        }
        var next = returns.makeIterator()
        return sequences.map { $0.map { _ in next.next()! } }
    }

    /// Dreams the rows, all to the same horizon -> one return a row.
    private func dream(_ rows: [(robot: Int, sequence: [Int])]) -> [Float] {
        var dream = dreams.selecting(rows.map(\.robot))
        var rewards = Array(repeating: [Float](), count: rows.count), pictures = Array(repeating: [Image](), count: rows.count)
        for step in rows[0].sequence.indices {
            let actions = rows.map { modelAction[$0.sequence[step]]! }
            let frames = dream.step(actions, imagination.sampling, using: &generator)                           // [rows,H,W,3]
            for (row, reward) in imagination.scorer.rewards(of: frames).enumerated() {
                rewards[row].append(reward)
                if dreams.batch == 1 { pictures[row].append(Image(frames, frame: row)) }
            }
        }
        if dreams.batch == 1 {
            futures += rows.indices.map { Future(sequence: rows[$0].sequence, rewards: rewards[$0], frames: pictures[$0]) }
        }
        return rewards.map { imagination.objective($0) }
    }
}

extension WorldModel {
    /// The model's action for each of the robot's.
    /// - Throws: `TrainingError` when the model does not know which of its actions is which.
    public func numbers(of actions: [Action]) throws -> [Int] {
        try actions.map { action in
            guard let number = self.action(named: action.name) else {
                throw TrainingError("the world model has no action for '\(action.name)'; train it on episodes that name their actions")
            }
            return number
        }
    }

    /// The same, by the numbers that the robot's actions have.
    /// - Throws: as `numbers(of:)`.
    public func numberByAction(_ actions: [Action]) throws -> [Int: Int] {
        try Dictionary(uniqueKeysWithValues: zip(actions.map(\.rawValue), numbers(of: actions)))
    }
}
