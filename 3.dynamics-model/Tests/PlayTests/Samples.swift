// Samples.swift - a world model with random weights, and an episode of the simulator: enough to play, and made in a moment.

import DynamicsModel
import Episodes
import Foundation
import JetBot
import Layers
import Playing
import Randomness
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

    /// A learner's folder: `checkpoints/default` and `checkpoints/second`, and `data` with two validation episodes of 12 frames.
    static let folder: URL = {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        let data = folder.appendingPathComponent("data/validation")
        try! FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        write(world, to: folder.appendingPathComponent("checkpoints/default"))
        write(second, to: folder.appendingPathComponent("checkpoints/second"))
        for number in 0 ..< 2 {
            try! episode(seed: UInt64(number)).write(to: data.appendingPathComponent("000\(number).safetensors"))
        }
        removedAtExit = folder
        atexit { _ = removedAtExit.map { try? FileManager.default.removeItem(at: $0) } }
        return folder
    }()

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

    /// The simulated robot, wandering.
    static func episode(seed: UInt64, frames: Int = 12) -> Episode {
        var world = World(room: Room(seed: 5), seed: seed), babble = Babble(seed: seed), pixels: [UInt8] = [], actions: [Int] = []
        let camera = Camera()
        for t in 0 ..< frames {
            if t > 0 {
                let action = babble.next(in: world)
                world.step(action)
                actions.append(action.rawValue)
            }
            pixels += camera.pixels(of: world)
        }
        return Episode(frames: pixels, width: 64, height: 64, actions: actions, metadata: [
            "source": "jetbot", "fps": "4", "action_names": Action.names.joined(separator: ","), "seed": "\(seed)", "room": "5",
        ])
    }

    static func session(of world: MaskedWorldModel = Sample.world, episode: Int = 0, at first: Int = 2) throws -> Session {
        Session(world, from: try Start(episode: episode, at: first, in: episodes, for: world), Sampling(steps: 2), seed: 1)
    }

    static func command(_ name: String) -> WorldModels.Command { world.commands.first { $0.name == name }! }
}

private nonisolated(unsafe) var removedAtExit: URL?
