// Samples.swift - a world model with random weights, and an episode of the simulator: enough to play, and made in a moment.

import CommandTesting
import DynamicsModel
import Episodes
import Foundation
import JetBot
import Layers
import Playing
import Randomness
import Recording
import Tensors
import Training
import VideoTokenizer
import WorldModels
import XCTest

enum Sample {
    /// 64x64 pixels, 8x8 tokens; what it imagines is noise, but another noise for each action.
    static let world = makeWorld(seed: 1)
    /// Another, that imagines other noise.
    static let second = makeWorld(seed: 2)

    private static func makeWorld(seed: UInt64) -> MaskedWorldModel {
        var c = DynamicsConfiguration.tiny, random = SeededGenerator(seed: seed)
        c.actionKind = "true"
        c.actions = Action.allCases.count
        c.commands = Action.allCases.map { Command(name: $0.name, action: $0.rawValue) }
        let tokenizer = VideoTokenizer(.tiny, using: &random)
        // A network begins with outputs near zero: gray frames. These weights are large enough to see something.
        for (_, tensor) in tokenizer.tensors where tensor.shape.count == 2 {
            for i in 0 ..< tensor.count { tensor.pointer[i] *= 2 }
        }
        return MaskedWorldModel(tokenizer: tokenizer, dynamics: MaskedDynamics(c, using: &random), actionModel: nil)
    }

    static let recorder = Recorder(rooms: 1, frames: 12)

    /// A learner's folder: `checkpoints/default` and `checkpoints/second`, and `data` with two validation episodes of 12 frames.
    static let folder = makeSharedFolder { folder in
        write(world, to: folder.appendingPathComponent("checkpoints/default"))
        write(second, to: folder.appendingPathComponent("checkpoints/second"))
        try recorder.write(2, of: .validation, to: folder.appendingPathComponent("data/validation"))
    }

    static func write(_ world: MaskedWorldModel, to run: URL) {
        try! FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
        func write<C: Encodable>(_ model: any Module, _ kind: String, _ configuration: C, _ name: String) {
            let metadata = try! Checkpoint.metadata(kind: kind, configuration: configuration)
            try! Checkpoint.write(model.tensors, metadata: metadata, to: run.appendingPathComponent(name))
        }
        write(world.dynamics, MaskedDynamics.kind, world.dynamics.configuration, "model.safetensors")
        write(world.tokenizer, VideoTokenizer.kind, world.tokenizer.configuration, "tokenizer.safetensors")
    }

    static let episodes = try! EpisodeSet(folder.appendingPathComponent("data"), .validation)

    static func session(of world: MaskedWorldModel = Sample.world, episode: Int = 0, at first: Int = 2) throws -> Session {
        Session(world, from: try Start(episode: episode, at: first, in: episodes, for: world), Sampling(steps: 2), seed: 1)
    }

    static func command(_ name: String) -> WorldModels.Command { world.commands.first { $0.name == name }! }
}

extension StartedCommand {
    /// In the sample's folder.
    convenience init(_ arguments: [String]) throws { try self.init(arguments, in: Sample.folder) }
}
