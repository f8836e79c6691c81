// MicroRuns.swift - what do the tests of this stage's commands share? Episodes of 16x16 pixels, and runs of stages 1 and 2 for
// them.
//
// The models are not trained: what these commands must do with files, they must do with bad models too.

import CommandTesting
import Episodes
import Foundation
import InverseDynamics
import JetBot
import Layers
import Randomness
import Training
import VideoTokenizer
import XCTest

class DynamicsCommandTestCase: CommandTestCase {
    /// data/ with three training episodes of 18 frames and two of each other split, tokenizer/ and actions/ with a model each.
    /// Never changed, but for the caches that training puts beside the episodes; `copyShared` makes a copy to damage.
    static let shared: URL = makeSharedFolder { folder in
        for split in Split.allCases {
            let into = folder.appendingPathComponent("data/\(split.rawValue)")
            try record(into: into, count: split == .train ? 3 : 2, seed: UInt64(split.rawValue.count))
        }
        var generator = SeededGenerator(seed: 1)
        let tokenizer = VideoTokenizer(.micro, using: &generator), actions = LatentActionModel(.micro, using: &generator)
        func write(_ model: any Module, _ kind: String, _ configuration: some Encodable, to run: String) throws {
            let run = folder.appendingPathComponent(run)
            try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
            try Checkpoint.write(model.tensors, metadata: Checkpoint.metadata(kind: kind, configuration: configuration),
                                 to: run.appendingPathComponent("model.safetensors"))
        }
        try write(tokenizer, VideoTokenizer.kind, tokenizer.configuration, to: "tokenizer")
        // Eight columns, room for a sentence; frames that share their tokens; and codes that are not their digits.
        var fine = TokenizerConfiguration.micro, causal = fine, vector = fine
        fine.patchSize = 2
        vector.quantizer = "vq"
        (causal.temporalCompression, causal.frames) = (2, 5)
        for (configuration, run) in [(fine, "fine"), (causal, "causal"), (vector, "vector")] {
            try write(VideoTokenizer(configuration, using: &generator), VideoTokenizer.kind, configuration, to: run)
        }
        try write(actions, LatentActionModel.kind, actions.configuration, to: "actions")
    }
    static var data: URL { shared.appendingPathComponent("data") }
    /// A run of stage 1, "tokenizer", "fine", "causal" or "vector", or of stage 2, "actions".
    static func trained(_ name: String) -> URL { shared.appendingPathComponent(name) }

    /// Episodes of the babbling robot, a room each.
    static func record(
        into folder: URL, count: Int, frames: Int = 18, size: Int = 16, seed: UInt64 = 1, withActions: Bool = true,
        withTruth: Bool = false
    ) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let camera = Camera(width: size, height: size)
        for number in 0 ..< count {
            let own = seed * 100 + UInt64(number)
            var world = World(room: Room(seed: own), seed: own), babble = Babble(seed: own)
            var pixels = [UInt8](repeating: 0, count: frames * size * size * 3), actions: [Int] = [], truth: [(Float, Float, Float)] = []
            for t in 0 ..< frames {
                pixels.withUnsafeMutableBufferPointer {
                    camera.render(world, into: $0.baseAddress! + t * size * size * 3, depth: nil)
                }
                truth.append((world.bearing ?? .nan, world.bearing == nil ? .nan : world.kongPolar.distance, world.reward))
                let action = babble.next(in: world)
                world.step(action)
                if t < frames - 1 { actions.append(action.rawValue) }
            }
            var episode = Episode(
                frames: pixels, width: size, height: size, actions: withActions ? actions : nil,
                metadata: ["fps": "5", "action_names": withActions ? Action.names.joined(separator: ",") : ""])
            if withTruth { (episode.bearing, episode.distance, episode.reward) = (truth.map(\.0), truth.map(\.1), truth.map(\.2)) }
            try episode.write(to: folder.appendingPathComponent("\(number).safetensors"))
        }
    }

    /// A copy of data, tokenizer or actions in the test's own folder.
    func copyShared(_ name: String) throws -> URL {
        let copy = file(name)
        try FileManager.default.copyItem(at: Self.shared.appendingPathComponent(name), to: copy)
        return copy
    }

    /// Two clips a step.
    func train(_ more: String..., data: URL = DynamicsCommandTestCase.data) -> [String] {
        ["train-dynamics", "--data", data.path, "--preset", "tiny", "--batch-size", "2", "--threads", "1",
         "--tokenizer", Self.trained("tokenizer").path, "--action-model", Self.trained("actions").path] + more
    }

    func validate(_ more: String..., data: URL = DynamicsCommandTestCase.data) -> [String] {
        ["validate-dynamics", "--data", data.path, "--threads", "1", "--sampling-steps", "2"] + more
    }
}

extension TokenizerConfiguration {
    /// 4 patches of 8x8 pixels, 12 codes.
    static let micro: TokenizerConfiguration = {
        var c = TokenizerConfiguration()
        (c.imageSize, c.frames, c.embeddingDimensions, c.heads, c.hiddenDimensions) = (16, 4, 16, 2, 24)
        (c.blocks, c.levels) = (1, [4, 3])
        return c
    }()
}

extension ActionConfiguration {
    /// Eight codes.
    static let micro: ActionConfiguration = {
        var c = ActionConfiguration()
        (c.imageSize, c.frames, c.embeddingDimensions, c.heads, c.hiddenDimensions) = (16, 4, 16, 2, 24)
        (c.encoderBlocks, c.decoderBlocks, c.mapSide) = (1, 1, 8)
        return c
    }()
}
