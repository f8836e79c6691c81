// GoalWorld.swift - what is compared with what, when a picture is the goal?
//
// A world that draws nothing compares latents, as DINO-WM does. A world that draws can compare its drawings, pixel by pixel. The planner
// asks for neither: only for something that goes on as the robot acts, and lies nearer to the goal or farther from it.

import LatentPrediction
import Randomness
import Tensors
import WorldModels

/// A world in which a picture can be a goal.
public protocol GoalWorld {
    /// The world that dreams.
    var model: any WorldModel { get }
    /// What pictures [B,H,W,3] are compared by: [B,..]
    func compared(_ frames: Tensor) -> Tensor
    /// How that goes on after frames [B,L,H,W,3] and the B·(L-1) actions between them.
    func goalDream(from frames: Tensor, actions: [Int]) -> any GoalDream
}

/// Futures of B robots, as what is compared.
public protocol GoalDream {
    var batch: Int { get }
    /// One step: B actions -> what lies before the robots then, [B,..]
    mutating func advance(_ actions: [Int]) -> Tensor
    func selecting(_ rows: [Int]) -> Self
}

extension LatentDream: GoalDream {}

/// Compares standardized latents [B,N,Z] of a world that need not draw.
public struct LatentGoals: GoalWorld {
    public let world: LatentWorld
    public var model: any WorldModel { world }

    public init(_ world: LatentWorld) { self.world = world }

    public func compared(_ frames: Tensor) -> Tensor {
        let c = world.configuration
        return world.latents(of: frames.reshaped([frames.size(0), 1] + frames.shape.dropFirst())).reshaped([
            frames.size(0), c.places, c.width,
        ])
    }

    public func goalDream(from frames: Tensor, actions: [Int]) -> any GoalDream { world.latentDream(from: frames, actions: actions) }
}

/// Compares the drawings of a world that draws: [B,H,W,3].
public struct DrawnGoals: GoalWorld {
    public let model: any WorldModel

    public init(_ model: any WorldModel) { self.model = model }

    public func compared(_ frames: Tensor) -> Tensor { frames }

    public func goalDream(from frames: Tensor, actions: [Int]) -> any GoalDream {
        var dream = Tensor.withoutGradients { model.dream(from: frames, actions: actions) }
        Tensor.withoutGradients { dream.catchUp() }
        return DrawnDream(dream: dream, sampling: Sampling(steps: model.planningSteps, temperature: 0))
    }
}

/// A dream that is looked at.
struct DrawnDream: GoalDream {
    var dream: any Dream, sampling: Sampling, generator = SeededGenerator(seed: 0)

    var batch: Int { dream.batch }
    mutating func advance(_ actions: [Int]) -> Tensor { Tensor.withoutGradients { dream.step(actions, sampling, using: &generator) } }
    func selecting(_ rows: [Int]) -> DrawnDream { DrawnDream(dream: dream.selecting(rows), sampling: sampling, generator: generator) }
}
