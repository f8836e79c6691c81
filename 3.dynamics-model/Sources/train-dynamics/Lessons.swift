// Lessons.swift - what does the dynamics model learn from? Episodes as stage 1's tokens, with stage 2's names for what was done in between,
// and what stage 2's decoder expects to see next.

import DynamicsModel
import Episodes
import Foundation
import FrameEncoders
import InverseDynamics
import OpticalFlow
import Randomness
import Tensors
import Training
import VideoTokenizer

/// The models of earlier stages that a run is made from, and keeps.
struct EarlierModels {
    let eyes: TrainedModel<VideoTokenizer>
    /// Who names actions; nil where the episodes' own are learned.
    let namer: TrainedModel<LatentActionModel>?

    /// The runs of stages 1 and 2 that are asked for.
    init(tokenizer: String, actionModel: String?) throws {
        eyes = try TrainedModel(PretrainedWeights.model(ofRunAt: tokenizer)) { try VideoTokenizer(checkpoint: $0) }
        try FrameEncoders.check(framesPerLatent: eyes.model.framesPerLatent, of: URL(fileURLWithPath: tokenizer))
        namer = try actionModel.map {
            try TrainedModel(PretrainedWeights.model(ofRunAt: $0)) { try LatentActionModel(checkpoint: $0) }
        }
    }

    /// What a run has kept is what it goes on with.
    init(keptIn run: Run, named: Bool) throws {
        let again = "train-dynamics --overwrite"
        eyes = try TrainedModel(run.file("tokenizer.safetensors")) { try VideoTokenizer(checkpoint: $0, madeBy: again) }
        namer = named
            ? try TrainedModel(run.file("actions.safetensors")) { try LatentActionModel(checkpoint: $0, madeBy: again) } : nil
    }

    func keep(in run: Run) {
        run.keep(eyes.bytes, as: "tokenizer.safetensors")
        if let namer { run.keep(namer.bytes, as: "actions.safetensors") }
    }
}

/// The episodes of a split, as the model reads them.
struct Lessons {
    let episodes: EpisodeSet, tokens: TokenEpisodes
    private var expected: ExpectedEpisodes?
    private var sayings: Sayings?

    init(_ episodes: EpisodeSet, _ models: EarlierModels) throws {
        (self.episodes, tokens) = (episodes, try TokenEpisodes(episodes, tokenizer: models.eyes, actionModel: models.namer))
    }

    /// From here on clips come with what is expected of them: by stage 2's decoder and, where there is a flow, of the frame that it
    /// carries.
    mutating func expect(_ models: EarlierModels, _ flow: Flow?) throws {
        expected = try ExpectedEpisodes(episodes, tokens: tokens, tokenizer: models.eyes, actionModel: models.namer!, flow: flow)
    }

    /// From here on clips come with words.
    /// - Throws: `TrainingError` when the episodes do not say where the toy was.
    mutating func caption() throws { sayings = try Sayings(episodes) }

    /// Of clips of T frames: B·T·N tokens and B·(T-1) actions.
    func clips(at places: [ClipPlace], length: Int) -> (tokens: [Int], actions: [Int]) { tokens.clips(at: places, length: length) }

    /// What is expected of frames 2...T of the same clips, each from an age that is drawn: [B,T-1,N,Z or 2Z].
    func expectations(at places: [ClipPlace], length: Int, using generator: inout SeededGenerator) -> Tensor? {
        expected?.clips(at: places, length: length, using: &generator)
    }

    /// What is said of each frame of the same clips, B·T·w words; none where the model hears none.
    func words(at places: [ClipPlace], for model: MaskedDynamics, using generator: inout SeededGenerator) -> [Int] {
        sayings?.words(at: places, length: model.configuration.frames, for: model, using: &generator) ?? []
    }
}
