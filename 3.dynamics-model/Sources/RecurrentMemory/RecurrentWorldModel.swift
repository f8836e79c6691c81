// RecurrentWorldModel.swift - an eye that looks at each frame, and a memory of fixed size that carries on what it saw.
//
//   frames -> eye -> latents -> memory: state;   state + action -> state -> latents -> eye's decoder -> frame
//
// A run is complete in itself: beside the memory lies a copy of the eye.

import Foundation
import FrameCoding
import FrameEncoders
import Layers
import Randomness
import Tensors
import Training
import VariationalAutoencoder
import WorldModels

/// A trained run: checkpoints/NAME with `model.safetensors` and `eye.safetensors`.
public final class RecurrentWorldModel: WorldModel, Module {
    public static let kind = "recurrent-memory"
    public static let eyeName = "eye.safetensors"

    public let eye: any FrameAutoencoder
    public let memory: any StateMemory
    public var configuration: MemoryConfiguration { memory.configuration }

    /// - Throws: `TrainingError` or `SafeTensorsError` when a file is missing, damaged, or another model's.
    public convenience init(folder: URL) throws {
        let url = folder.appendingPathComponent("model.safetensors")
        let (configuration, file) = try Checkpoint.open(
            url, kind: RecurrentWorldModel.kind, madeBy: "train-dynamics recurrent", as: MemoryConfiguration.self)
        try Checkpoint.checkCompanion(RecurrentWorldModel.eyeName, of: file, madeBy: "train-dynamics recurrent --overwrite")
        let eye = try FrameEncoders.openAutoencoder(folder.appendingPathComponent(RecurrentWorldModel.eyeName))
        guard eye.latentShape == (configuration.places, configuration.latentDimensions),
              !configuration.learnsEye || eye is VariationalAutoencoder else {
            throw TrainingError("\(folder.relativePath): eye.safetensors is not the one that this model was trained with; "
                + "train again with `train-dynamics recurrent --overwrite`")
        }
        var generator = SeededGenerator(seed: 0)
        self.init(eye: eye, memory: RecurrentWorldModel.memory(configuration, using: &generator))
        try Checkpoint.fill(tensors, from: file)
    }

    /// An eye that is to learn is a variational autoencoder.
    public init(eye: any FrameAutoencoder, memory: any StateMemory) { (self.eye, self.memory) = (eye, memory) }

    /// What is trained and saved: the memory, and the eye where that learns with it. (eye.safetensors is the eye that it began with.)
    public var tensors: [NamedTensor] { memory.tensors + (learning?.eye.tensors(in: "eye") ?? []) }
    /// Both, where the eye learns with the memory.
    var learning: (eye: VariationalAutoencoder, memory: StateSpaceMemory)? {
        configuration.learnsEye ? (eye as! VariationalAutoencoder, memory as! StateSpaceMemory) : nil
    }

    /// A new memory of the kind that the configuration names.
    public static func memory(_ configuration: MemoryConfiguration, using generator: inout SeededGenerator) -> any StateMemory {
        configuration.memory == "rssm"
            ? StateSpaceMemory(configuration, using: &generator) : MixtureMemory(configuration, using: &generator)
    }

    public var imageSize: Int { eye.imageSize }
    public var framesPerSecond: Double { configuration.framesPerSecond }
    public var commands: [Command] { configuration.commands }
    public var actionReader: ActionReader { ActionReader(recorded: configuration.actions) }
    public var parameterCount: Int { eye.parameterCount + memory.parameterCount }
    public var drawsSamples: Bool { true }
    /// There is no limit to what a state has seen. This many frames are an episode.
    public var contextFrames: Int { 64 }

    public func dream(from frames: Tensor, actions: [Int]) -> any Dream { recurrentDream(from: frames, actions: actions) }

    /// The same, as something whose state can be read.
    public func recurrentDream(from frames: Tensor, actions: [Int]) -> RecurrentDream {
        let (batch, all) = (frames.size(0), frames.size(1)), length = min(all, contextFrames)
        precondition(
            all >= 1 && actions.count == batch * (all - 1),
            "\(actions.count) actions between \(frames.shape) frames; there is one fewer than frames")
        let numbers = numbers(of: frames.sliced(axis: 1, all - length ..< all))                                  // [B,L,D]
        func frame(_ t: Int) -> Tensor { numbers.sliced(axis: 1, t ..< t + 1).reshaped([batch, configuration.numbers]) }
        return Tensor.withoutGradients {
            var dream = RecurrentDream(world: self, state: memory.beginning(with: frame(0)))
            for t in 1 ..< max(1, length) {
                dream.observe(frame(t), after: (0 ..< batch).map { actions[$0 * (all - 1) + all - length + t - 1] })
            }
            return dream
        }
    }

    /// Where the eye learns too, its decoder draws what a state says and no longer what the encoder says: each frame gets a state of its
    /// own.
    public func reconstructed(_ frames: Tensor) -> Tensor {
        guard let (eye, memory) = learning else { return eye.reconstructed(frames) }
        let c = configuration, count = frames.size(0) * frames.size(1)
        return Tensor.withoutGradients {
            let said = memory.said(by: memory.beginning(with: numbers(of: frames).reshaped([count, c.numbers])))
            return eye.decode(c.restored(said.reshaped([count, c.places, c.latentDimensions]))).reshaped(frames.shape)
        }
    }

    /// What the memory reads of true frames [B,T,H,W,3]: normalized latents [B,T,D].
    public func numbers(of frames: Tensor) -> Tensor {
        let parts = stride(from: 0, to: frames.size(1), by: eye.frames).map { start in
            eye.latents(of: frames.sliced(axis: 1, start ..< min(start + eye.frames, frames.size(1))))
        }
        return Tensor.withoutGradients {
            configuration.normalized(.concatenated(parts, axis: 1)).reshaped([frames.size(0), frames.size(1), -1])
        }
    }
}

/// States that go on, and what the eye's decoder needs to draw them.
public struct RecurrentDream: Dream {
    let world: RecurrentWorldModel
    public private(set) var state: MemoryState
    /// The last frames, [B,D] each.
    private var frames: RecentFrames<Tensor>
    private var drawn: SlidingMemory

    init(world: RecurrentWorldModel, state: MemoryState) {
        (self.world, self.state) = (world, state)
        drawn = SlidingMemory(most: world.eye.frames, memory: world.eye.emptyMemory)
        frames = RecentFrames(for: drawn)
        frames.append(state.frame)
    }

    public var batch: Int { state.batch }
    /// What a policy or a probe may read, [B,F].
    public var features: Tensor { world.memory.features(of: state) }

    /// Takes in frames that were seen, [B,D] as `numbers(of:)` gives them.
    public mutating func observe(_ frame: Tensor, after actions: [Int]) {
        state = Tensor.withoutGradients { world.memory.observed(frame, after: actions, in: state) }
        frames.append(state.frame)
    }

    /// Imagines the next state, and draws nothing: what a policy is trained in.
    public mutating func advance(_ actions: [Int], temperature: Float, using generator: inout SeededGenerator) {
        precondition(actions.count == batch, "\(actions.count) actions for \(batch) dreams")
        state = Tensor.withoutGradients { world.memory.imagined(after: actions, in: state, temperature: temperature, using: &generator) }
        frames.append(state.frame)
    }

    public mutating func step(_ actions: [Int], _ sampling: Sampling, using generator: inout SeededGenerator) -> Tensor {
        advance(actions, temperature: sampling.temperature, using: &generator)
        return picture()
    }

    /// The last frame as the eye's decoder draws it -> [B,H,W,3].
    public mutating func picture() -> Tensor {
        let size = world.imageSize, c = world.configuration
        func latents(_ frames: [Tensor]) -> Tensor {
            Tensor.withoutGradients {
                c.restored(.concatenated(frames.map { $0.reshaped([batch, 1, c.places, c.latentDimensions]) }, axis: 1))
            }
        }
        // An eye whose decoder looks at one frame only needs no other.
        guard !drawn.memory.qkv.isEmpty else {
            var nothing = world.eye.emptyMemory
            return world.eye.decode(latents([frames.last!]), after: &nothing).reshaped([batch, size, size, 3])
        }
        if drawn.end == frames.count { drawn = SlidingMemory(most: drawn.most, memory: world.eye.emptyMemory) }   // drawn before
        let undrawn = drawn.next(upTo: frames.count)
        let pictures = world.eye.decode(latents(Array(frames[undrawn])), after: &drawn.memory)
        return pictures.sliced(axis: 1, undrawn.count - 1 ..< undrawn.count).reshaped([batch, size, size, 3])
    }

    public func selecting(_ rows: [Int]) -> RecurrentDream {
        var dream = RecurrentDream(world: world, state: state.selecting(rows))
        dream.frames = frames.mapped { $0.rows(at: rows) }
        dream.drawn = drawn
        dream.drawn.memory = drawn.memory.selecting(rows)
        return dream
    }
}
