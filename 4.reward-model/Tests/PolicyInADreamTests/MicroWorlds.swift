// MicroWorlds.swift - worlds, a scorer and episodes as small as can be: with weights at random, what counts is that one fits the other.

import Episodes
import Foundation
import InverseDynamics
import JetBot
import Layers
import MaskedAutoencoder
import PixelRegression
import Randomness
import Recording
import RewardModel
import Training
import VariationalAutoencoder
import WorldModels

@testable import RecurrentMemory
@testable import ShortcutForcing

enum MicroWorlds {
    static let commands = Action.allCases.map { Command(name: $0.name, action: $0.rawValue) }

    static func regression(_ generator: inout SeededGenerator) -> PixelRegression {
        var c = ActionConfiguration()
        (c.frames, c.patchSize, c.embeddingDimensions, c.heads, c.hiddenDimensions, c.encoderBlocks, c.decoderBlocks, c.mapSide) = (
            2, 16, 8, 1, 8, 1, 1, 8
        )
        return PixelRegression(.init(actionModel: c, commands: commands, framesPerSecond: 4), LatentActionModel(c, using: &generator))
    }

    static func memory(_ kind: String, _ generator: inout SeededGenerator) -> RecurrentWorldModel {
        var c = VariationalConfiguration(), m = MemoryConfiguration()
        (c.latentDimensions, c.channels) = (3, 1)
        (m.memory, m.latentDimensions, m.stateDimensions, m.means, m.deviations) = (kind, 3, 8, [0, 0, 0], [1, 1, 1])
        (m.groups, m.classes, m.hiddenDimensions, m.commands) = (2, 4, 8, commands)
        return RecurrentWorldModel(
            eye: VariationalAutoencoder(c, using: &generator), memory: RecurrentWorldModel.memory(m, using: &generator))
    }

    static func shortcut(_ generator: inout SeededGenerator) -> ShortcutWorld {
        var e = MaskedAutoencoderConfiguration(), c = ShortcutConfiguration()
        (e.frames, e.patchSize, e.latents, e.latentDimensions, e.embeddingDimensions, e.heads, e.hiddenDimensions) = (4, 16, 4, 3, 8, 1, 8)
        (e.encoderBlocks, e.decoderBlocks) = (1, 1)
        (c.rows, c.columns, c.latentDimensions, c.frames, c.shortFrames, c.embeddingDimensions, c.heads, c.hiddenDimensions, c.blocks) = (
            2, 2, 3, 6, 4, 8, 1, 8, 1
        )
        c.commands = commands
        return ShortcutWorld(eye: MaskedAutoencoder(e, using: &generator), dynamics: LatentDynamics(c, using: &generator))
    }

    /// Writes what `train-policy` needs below a folder: three worlds, a scorer, and episodes in `data` and `demonstrations`.
    static func write(to folder: URL) throws {
        var generator = SeededGenerator(seed: 1), s = ScorerConfiguration.tiny
        func put<C: Encodable>(_ tensors: [NamedTensor], _ kind: String, _ configuration: C, _ path: String) throws {
            let url = folder.appendingPathComponent(path)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Checkpoint.write(tensors, metadata: Checkpoint.metadata(kind: kind, configuration: configuration), to: url)
        }
        let pixels = regression(&generator), rssm = memory("rssm", &generator), shortcut = shortcut(&generator)
        try put(pixels.model.tensors, PixelRegression.kind, pixels.configuration, "pixels/model.safetensors")
        try put(rssm.memory.tensors, RecurrentWorldModel.kind, rssm.configuration, "rssm/model.safetensors")
        let eye = rssm.eye as! VariationalAutoencoder, masked = shortcut.eye as! MaskedAutoencoder
        try put(eye.tensors, VariationalAutoencoder.kind, eye.configuration, "rssm/\(RecurrentWorldModel.eyeName)")
        try put(shortcut.dynamics.tensors, LatentDynamics.kind, shortcut.dynamics.configuration, "shortcut/model.safetensors")
        try put(masked.tensors, MaskedAutoencoder.kind, masked.configuration, "shortcut/tokenizer.safetensors")
        // For plans that are videos: an eye of its own, and who reads actions.
        try put(masked.tensors, MaskedAutoencoder.kind, masked.configuration, "eye/model.safetensors")
        try put(pixels.model.tensors, LatentActionModel.kind, pixels.model.configuration, "namer/model.safetensors")
        (s.patchSize, s.embeddingDimensions, s.heads, s.hiddenDimensions, s.imageBlocks) = (16, 16, 1, 16, 1)
        try put(ContrastiveModel(s, using: &generator).tensors, ContrastiveModel.kind, s, "checkpoints/default/model.safetensors")
        for split in ["data/train", "data/validation", "demonstrations/train"] {
            try FileManager.default.createDirectory(at: folder.appendingPathComponent(split), withIntermediateDirectories: true)
            for i in 0 ..< 2 { try episode(seed: i).write(to: folder.appendingPathComponent("\(split)/\(i).safetensors")) }
        }
    }

    /// A robot that turns, and stands, and turns back.
    static func episode(seed: Int) -> Episode {
        var done = 0
        return Recorder(rooms: 1, frames: 12).episode(from: World(room: Room(seed: 5), seed: UInt64(seed), start: .kongInView)) { _ in
            done += 1
            return [.turnLeft, .stop, .turnRight][(done - 1) / 2 % 3]
        }
    }
}
