// PixelRegression.swift - what does the cheapest world model in the house dream?
//
// Stage 2's decoder turns a frame and a code into the frame that it expects next, in pixels, by squared error. It was made to give codes a
// meaning, and nobody meant it to dream. But what it draws can be its next input, and that is a dream. No tokens, no masks, no samples: a
// plain regression from frame to frame. Whatever a larger model is good for must show beside this one.

import Foundation
import InverseDynamics
import Layers
import OpticalFlow
import Randomness
import Tensors
import Training
import WorldModels

/// A run: checkpoints/NAME with `model.safetensors`, stage 2's latent action model and what a person calls its codes.
public final class PixelRegression: WorldModel {
    public static let kind = "pixel-regression"

    public struct Configuration: ModelConfiguration, Equatable {
        public var actionModel: ActionConfiguration
        public var commands: [Command]
        public var framesPerSecond: Double
        /// How many frames of the past it looks at.
        public var lookBack: Int
        /// Whether what was seen is carried over, and shown where the drawn picture agrees; nil is no.
        public var carries: Bool?

        public init(
            actionModel: ActionConfiguration, commands: [Command], framesPerSecond: Double, lookBack: Int = 1, carries: Bool? = nil
        ) {
            (self.actionModel, self.commands, self.framesPerSecond) = (actionModel, commands, framesPerSecond)
            (self.lookBack, self.carries) = (lookBack, carries)
        }

        public var leastWeights: Double {
            actionModel.leastWeights + (carries == true ? Double(actionModel.codes * 3 * actionModel.imageSize * actionModel.imageSize) : 0)
        }

        /// Throws a `TrainingError` when the numbers do not fit each other.
        public func check() throws {
            try actionModel.check()
            guard (0.01 ... 1000).contains(framesPerSecond) else {
                throw TrainingError("pixel regression: \(framesPerSecond) frames a second are none that data can have")
            }
            guard (1 ..< actionModel.frames).contains(lookBack) else {
                throw TrainingError("pixel regression: looks back at 1 to \(actionModel.frames - 1) frames, not \(lookBack)")
            }
            guard commands.allSatisfy({ (0 ..< actionModel.codes).contains($0.action) }) else {
                throw TrainingError("pixel regression: a command names an action that is none of the \(actionModel.codes)")
            }
        }
    }

    public let configuration: Configuration
    public let model: LatentActionModel
    /// Where pixels come from; nil where nothing is carried over.
    public let flow: Flow?

    public init(_ configuration: Configuration, _ model: LatentActionModel) {
        (self.configuration, self.model) = (configuration, model)
        let c = configuration.actionModel
        flow = configuration.carries == true ? Flow(actions: c.codes, side: c.imageSize) : nil
    }

    /// - Throws: `TrainingError` or `SafeTensorsError` when the file is missing, damaged, or another model's.
    public convenience init(checkpoint url: URL) throws {
        let (configuration, file) = try Checkpoint.open(
            url, kind: PixelRegression.kind, madeBy: "train-dynamics pixel-regression", as: Configuration.self)
        var generator = SeededGenerator(seed: 0)
        self.init(configuration, LatentActionModel(configuration.actionModel, using: &generator))
        try Checkpoint.fill(tensors, from: file)
    }

    /// What a file of it holds.
    public var tensors: [NamedTensor] { model.tensors + (flow?.tensors(in: "flow") ?? []) }

    public var imageSize: Int { configuration.actionModel.imageSize }
    public var framesPerSecond: Double { configuration.framesPerSecond }
    public var commands: [Command] { configuration.commands }
    public var actionReader: ActionReader { ActionReader(codesOf: model) }
    public var contextFrames: Int { configuration.lookBack }
    public var parameterCount: Int { model.parameterCount }
    public var drawsSamples: Bool { false }

    public func dream(from frames: Tensor, actions: [Int]) -> any Dream {
        let (batch, all) = (frames.size(0), frames.size(1)), length = min(all, contextFrames)
        precondition(
            all >= 1 && actions.count == batch * (all - 1),
            "\(actions.count) actions between \(frames.shape) frames; there is one fewer than frames")
        let led = (0 ..< batch).flatMap { b -> ArraySlice<Int> in actions[b * (all - 1) ..< (b + 1) * (all - 1)].suffix(length - 1) }
        return PixelDream(world: self, frames: frames.sliced(axis: 1, all - length ..< all), led: led)
    }

    /// It sees pixels as they are.
    public func reconstructed(_ frames: Tensor) -> Tensor { frames }
}

/// The last frames, and what led from each to the next.
struct PixelDream: Dream {
    let world: PixelRegression
    /// [B,L,H,W,3], L at most what it looks back at.
    private var frames: Tensor
    /// B·(L-1) codes.
    private var led: [Int]
    /// What was seen last, if it is carried over.
    private var carried: CarriedPicture?

    init(world: PixelRegression, frames: Tensor, led: [Int]) {
        (self.world, self.frames, self.led) = (world, frames, led)
        let last = frames.size(1) - 1
        carried = world.flow == nil ? nil
            : CarriedPicture(frames.sliced(axis: 1, last ..< last + 1).reshaped([frames.size(0)] + frames.shape.dropFirst(2)))
    }

    var batch: Int { frames.size(0) }

    mutating func step(_ actions: [Int], _ sampling: Sampling, using generator: inout SeededGenerator) -> Tensor {
        let (b, length) = (batch, frames.size(1)), size = world.imageSize
        precondition(actions.count == b, "\(actions.count) actions for \(b) dreams")
        // The code of a frame leads to the next one: those of the past, and the new one.
        let codes = (0 ..< b).flatMap { i -> [Int] in Array(led[i * (length - 1) ..< (i + 1) * (length - 1)]) + [actions[i]] }
        let next = Tensor.withoutGradients {
            world.model.predict(frames, codes: codes).sliced(axis: 1, length - 1 ..< length).clamped(0, 1)       // [B,1,H,W,3]
        }
        let kept = min(length, world.configuration.lookBack - 1)
        frames = kept == 0 ? next : .concatenated([frames.sliced(axis: 1, length - kept ..< length), next], axis: 1)
        led = (0 ..< b).flatMap { i -> ArraySlice<Int> in codes[i * length ..< (i + 1) * length].suffix(kept) }
        let drawn = next.reshaped([b, size, size, 3])
        if let flow = world.flow { carried?.move(flow, actions) }
        // Shown, and not drawn from: what it draws next hangs on its own frames alone.
        return carried?.confirmed(by: drawn, patch: world.configuration.actionModel.patchSize) ?? drawn
    }

    func selecting(_ rows: [Int]) -> PixelDream {
        var chosen = PixelDream(world: world, frames: frames.rows(at: rows), led: WorldModels.selecting(rows, of: led, batch: batch))
        chosen.carried = carried?.selecting(rows)
        return chosen
    }
}
