// VideoPlans.swift - a driver that is told what it will see, and reads off how to get there.
//
//   what it sees and a wish, in words -> a video that begins with the one and ends with the other      stage 3's video diffusion
//   each two neighboring frames of the video -> what must have been done between them                  stage 2's latent actions
//
// UniPi (arXiv 2302.00111): a plan is a video, and the policy is whoever can tell actions from video. The video model knows stage 2's codes
// and no motors, the reader of actions no wishes. Codes are drawn beside the frames that they lead to: then toy and room hang on one thing,
// and move together.

import FrameCoding
import FrameEncoders
import Foundation
import InverseDynamics
import JetBot
import Layers
import Planning
import Randomness
import RewardModel
import SafeTensors
import Tensors
import Training
import VideoDiffusion
import WorldModels

/// A trained run: checkpoints/NAME with `model.safetensors`, and beside it eye, latent actions and scorer.
public final class VideoPlans: Module, TrainedPolicy {
    public static let kind = "video-plans", maker = "train-policy video-plans"
    public static let eyeName = "tokenizer.safetensors", namerName = "actions.safetensors", scorerName = "scorer.safetensors"

    public struct Configuration: ModelConfiguration, Equatable {
        public var video = VideoDiffusionConfiguration.standard
        /// The robot's action that each of stage 2's codes fell on most often in the recording.
        public var actionOfCode: [Int] = []
        /// Whether a video also draws, beside each frame's latents, which code led to it.
        public var drawsCodes = true
        /// What the robot is to see in the end.
        public var wish = "a toy in the center"
        /// Passes in which a frame loses its noise; how much more than fair a video listens to the wish; the actions of a plan that are
        /// carried out before the next.
        public var samplingSteps = 5, guidance: Float = 2, followed = 3
        /// The videos that are drawn for a plan: the one whose end fits the wish best is followed.
        public var candidates = 8
        /// How many passes later each frame begins than the one before it.
        public var delay = 1
        /// What the scorer must say of what is seen for the wish to have come true: then there is nothing to do but to stand. Its scale was
        /// made for one sentence; of "a toy in the center" an earlier one said 0.8 of 96 of 100 pictures with a toy there, and of 1 of 100
        /// others.
        public var enough: Float = 0.8
        public var framesPerSecond = 4.0

        public init() {}

        /// A, the numbers beside a latent that say which code led to its frame.
        var codes: Int { drawsCodes ? actionOfCode.count : 0 }

        public var leastWeights: Double { video.leastWeights }
        public func check() throws {
            try video.check()
            let require = Requirement(of: "video plans")
            try require(
                video.parts == 1 && video.actions == 0 && video.textDimensions > 0,
                "a model of video that hears no sentence, or hears or draws more than it should")
            try require(video.latentDimensions > codes, "latents of \(video.latentDimensions) numbers, \(codes) of them codes")
            try require(
                !actionOfCode.isEmpty && actionOfCode.allSatisfy { Action(rawValue: $0) != nil },
                "a code stands for no action of the robot")
            try require(
                (1 ... 1000).contains(samplingSteps) && (0 ... samplingSteps).contains(delay) && (0 ... 100).contains(guidance),
                "\(samplingSteps) passes, a delay of \(delay), guidance \(guidance)")
            try require((1 ... 1000).contains(candidates), "\(candidates) videos for a plan")
            try require((0 ... 1).contains(enough), "a wish that has come true at a reward of \(enough)")
            try require((1 ..< video.frames).contains(followed), "\(followed) actions of a plan of \(video.frames - 1) are carried out")
            try require.framesPerSecond(framesPerSecond)
        }
    }

    public let configuration: Configuration
    public let video: VideoDiffusion
    let eye: any FrameAutoencoder, namer: LatentActionModel, scorer: Scorer

    public init(
        _ configuration: Configuration, eye: any FrameAutoencoder, namer: LatentActionModel, scorer: Scorer,
        using generator: inout SeededGenerator
    ) {
        (self.configuration, self.eye, self.namer, self.scorer) = (configuration, eye, namer, scorer)
        video = VideoDiffusion(configuration.video, using: &generator)
        // Mean and deviation of A numbers one of which is 1, as if all were as common.
        let (Z, A) = (configuration.video.latentDimensions - configuration.codes, Float(configuration.codes))
        for i in Z ..< configuration.video.latentDimensions {
            (video.mean.pointer[i], video.deviation.pointer[i]) = (1 / A, (A - 1).squareRoot() / A)
        }
    }

    /// - Throws: `TrainingError` or `SafeTensorsError` when a file is missing, damaged, or another model's.
    public convenience init(folder: URL) throws {
        let (configuration, file) = try Checkpoint.open(
            folder.appendingPathComponent("model.safetensors"), kind: VideoPlans.kind, madeBy: VideoPlans.maker, as: Configuration.self)
        let again = "\(VideoPlans.maker) --overwrite"
        func beside(_ name: String) throws -> URL {
            try Checkpoint.checkCompanion(name, of: file, madeBy: again)
            return folder.appendingPathComponent(name)
        }
        let eye = try FrameEncoders.openAutoencoder(beside(VideoPlans.eyeName))
        let namer = try LatentActionModel(checkpoint: beside(VideoPlans.namerName), madeBy: again)
        let scorer = try Scorer(checkpoint: beside(VideoPlans.scorerName))
        let v = configuration.video
        guard eye.latentShape == (v.latents, v.latentDimensions - configuration.codes), eye.frames >= v.frames,
              scorer.model.configuration.embeddingDimensions == v.textDimensions,
              namer.configuration.codes == configuration.actionOfCode.count, namer.configuration.imageSize == eye.imageSize,
              scorer.model.configuration.imageSize == eye.imageSize else {
            throw TrainingError("\(folder.relativePath): eye, actions or scorer are not those that this model was trained with; "
                + "train again with `\(again)`")
        }
        var generator = SeededGenerator(seed: 0)
        self.init(configuration, eye: eye, namer: namer, scorer: scorer, using: &generator)
        try Checkpoint.fill(tensors, from: file)
    }

    public var imageSize: Int { eye.imageSize }
    public var framesPerSecond: Double { configuration.framesPerSecond }
    public var tensors: [NamedTensor] { video.tensors }

    // MARK: Plans

    /// Videos, the first frame of which is seen: [B,T,H,W,3]; what would have to be done between the frames, as stage 2 reads it off them:
    /// [B][T-1]; and the codes that were drawn beside the frames, [B][T-1], or none.
    public struct Plan {
        public let frames: Tensor, actions: [[Action]], codes: [[Int]]
    }

    /// Who may hear a wish: whoever draws videos, and whoever chooses among them.
    public enum Listener: CaseIterable { case drawing, choosing }

    /// Plans of B robots that have seen these frames: of several videos each, the one whose last frame lies nearest to the wish in the
    /// space of pictures and sentences. (Video Language Planning, arXiv 2310.10625, lets a model of pictures and words choose among
    /// videos.)
    /// - Parameters:
    ///   - frames: [B,L,H,W,3] in 0...1, L at most as many as the eye looks at together.
    ///   - hearing: where nobody chooses, one video is drawn.
    public func plan(
        after frames: Tensor, wish: String, hearing: Set<Listener> = Set(Listener.allCases), using generator: inout SeededGenerator
    ) -> Plan {
        let (B, L, T) = (frames.size(0), frames.size(1), configuration.video.frames)
        let n = hearing.contains(.choosing) ? configuration.candidates : 1
        return Tensor.withoutGradients {
            let seen = eye.latents(of: frames).sliced(axis: 1, L - 1 ..< L).rows(at: (0 ..< B * n).map { $0 / n })     // [B·n,1,S,Z]
            let (videos, codes) = draw(from: seen, wish: hearing.contains(.drawing) ? wish : nil, using: &generator)
            let ends = videos.sliced(axis: 1, T - 1 ..< T).reshaped([B * n] + videos.shape.dropFirst(2))
            let fit = scorer.model.directions(of: ends).linear(scorer.model.directions(of: [wish])).values
            let best = (0 ..< B).map { b in (b * n ..< (b + 1) * n).max { fit[$0] < fit[$1] }! }, chosen = videos.rows(at: best)
            return Plan(frames: chosen, actions: actions(of: chosen), codes: best.map { codes[$0] })
        }
    }

    /// A video from each of these latents [B,1,S,Z]: frames [B,T,H,W,3], and the codes that were drawn beside them, [B][T-1].
    private func draw(from seen: Tensor, wish: String?, using generator: inout SeededGenerator) -> (frames: Tensor, codes: [[Int]]) {
        let c = configuration, (B, T, Z) = (seen.size(0), c.video.frames, seen.size(3))
        let sentence = wish.map { scorer.heard([$0]) } ?? Tensor(repeating: 0, shape: [1, c.video.textDimensions])
        let rest = Tensor(repeating: 0, shape: [B, T - 1, c.video.latents, c.video.width])
        let drawn = video.latents(of: video.sample(
            .concatenated([standardized(seen, codes: []), rest], axis: 1), turns: [nil] + Array(0 ..< T - 1),
            told: Told(text: sentence.rows(at: Array(repeating: 0, count: B))), steps: c.samplingSteps, delay: c.delay,
            guidance: wish == nil ? 1 : c.guidance, using: &generator))
        var memory = eye.emptyMemory
        let frames = eye.decode(drawn.sliced(axis: 3, 0 ..< Z), after: &memory).clamped(0, 1)
        guard c.codes > 0 else { return (frames, Array(repeating: [], count: B)) }
        // At all places of a frame should stand the same; where it does not, their mean decides.
        let said = drawn.sliced(axis: 3, Z ..< Z + c.codes).sliced(axis: 1, 1 ..< T).mean(axis: 2).argmax()
        return (frames, (0 ..< B).map { Array(said[$0 * (T - 1) ..< ($0 + 1) * (T - 1)]) })
    }

    /// What is drawn of clips: their latents [B,T,S,Z] and, at every place of a frame, which of A codes led to it, one-hot; standardized:
    /// [B,T,S,Z+A]. What led to the first frame is not said: every code is as likely.
    /// - Parameter codes: B·(T-1).
    public func standardized(_ latents: Tensor, codes: [Int]) -> Tensor {
        let (B, T, S, A) = (latents.size(0), latents.size(1), latents.size(2), configuration.codes)
        guard A > 0 else { return video.standardized(latents) }
        var said = [Float](repeating: 1 / Float(A), count: B * T * A)
        for (i, code) in codes.enumerated() {
            let frame = i / (T - 1) * T + i % (T - 1) + 1
            for a in 0 ..< A { said[frame * A + a] = a == code ? 1 : 0 }
        }
        return video.standardized(.concatenated([latents, Tensor(said, shape: [B, T, 1, A]).expanded(to: [B, T, S, A])], axis: 3))
    }

    /// The codes that stage 2 reads off videos [B,T,H,W,3]: B·(T-1).
    func codes(of videos: Tensor) -> [Int] {
        try! ActionReader(codesOf: namer).actions(of: videos, own: nil)         // a reader of codes throws nothing
    }

    /// What was done between the frames of videos [B,T,H,W,3]: [B][T-1].
    func actions(of videos: Tensor) -> [[Action]] {
        let read = codes(of: videos).map { Action(rawValue: configuration.actionOfCode[$0])! }, count = videos.size(1) - 1
        return (0 ..< videos.size(0)).map { Array(read[$0 * count ..< ($0 + 1) * count]) }
    }

    // MARK: Use

    public func mind() -> any Mind { mind(wishing: configuration.wish) }
    /// A mind with another wish. `stands`: where the wish has come true, whoever heard it.
    func mind(wishing wish: String, hearing: Set<Listener> = Set(Listener.allCases), stands: Bool = true) -> any Mind {
        VideoMind(plans: self, wish: wish, hearing: hearing, stands: stands)
    }

    /// Plan after plan, each from the last frame of the one before, as long as asked; in the scorer's eyes.
    public func promised(from frames: Tensor, steps: Int, using generator: inout SeededGenerator) -> Float {
        var last = frames.reshaped([frames.size(0), 1] + frames.shape.dropFirst()), rewards: [Float] = []
        let T = configuration.video.frames
        while rewards.count < steps * frames.size(0) {
            let plan = plan(after: last, wish: configuration.wish, using: &generator).frames
            let count = min(T - 1, steps - rewards.count / frames.size(0)), new = plan.sliced(axis: 1, 1 ..< 1 + count)
            rewards += scorer.rewards(of: new.reshaped([-1] + frames.shape.dropFirst()))
            last = plan.sliced(axis: 1, T - 1 ..< T)
        }
        return rewards.reduce(0, +) / Float(rewards.count)
    }
}

/// What was seen of late, and what is left of the plan.
struct VideoMind: Mind {
    let plans: VideoPlans, wish: String, hearing: Set<VideoPlans.Listener>, stands: Bool
    private let judge: Scorer
    private var seen: [Tensor] = [], left: [[Action]] = [], generator = SeededGenerator(seed: 0)

    init(plans: VideoPlans, wish: String, hearing: Set<VideoPlans.Listener>, stands: Bool) {
        (self.plans, self.wish, self.hearing, self.stands) = (plans, wish, hearing, stands)
        // The other side is an empty floor alone: a toy far to the left may be just what is wished.
        judge = Scorer(plans.scorer.model, positive: [wish], negative: [Prompts.negative[0]])
    }

    mutating func decide(_ frames: Tensor, after actions: [Int]?) -> Tensor {
        let B = frames.size(0), A = Action.allCases.count
        seen = (seen + [frames.reshaped([B, 1] + frames.shape.dropFirst())]).suffix(plans.eye.frames)
        if left.first?.isEmpty ?? true {
            let plan = plans.plan(after: .concatenated(seen, axis: 1), wish: wish, hearing: hearing, using: &generator)
            left = plan.actions.map { Array($0.prefix(plans.configuration.followed)) }
        }
        // What the plan says is done; where the wish has come true the robot stands until it plans anew.
        if stands {
            for (i, reward) in judge.rewards(of: frames).enumerated() where reward >= plans.configuration.enough {
                left[i] = left[i].map { _ in .stop }
            }
        }
        let chosen = left.map { $0[0] }
        left = left.map { Array($0.dropFirst()) }
        return Tensor(chosen.flatMap { action in (0 ..< A).map { $0 == action.rawValue ? 0 : -1e4 } }, shape: [B, A])
    }

    func selecting(_ rows: [Int]) -> VideoMind {
        var mind = self
        (mind.seen, mind.left) = (seen.map { $0.rows(at: rows) }, rows.map { left[$0] })
        return mind
    }
}
