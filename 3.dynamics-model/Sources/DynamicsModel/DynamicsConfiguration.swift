// DynamicsConfiguration.swift - every number that decides what a dynamics model is. It is stored in its checkpoint.

import Foundation
import Training
import WorldModels

/// The shape of a dynamics model. What it shares with the tokenizer (N, V) is taken from the tokenizer that made its tokens.
public struct DynamicsConfiguration: ModelConfiguration, Equatable {
    /// √N, the patches along a side of the frame.
    public var side = 8
    /// L, the levels of each digit of the tokenizer's codes. The codes of a vector quantizer have one digit: their number.
    public var levels = [8, 5, 5, 5]
    /// Z, the numbers of a patch's latent; nil is one for each digit.
    public var latentDimensions: Int?
    /// T, the frames of a training clip: the model looks back at T-1 frames.
    public var frames = 8
    /// A, the actions that a transition can have.
    public var actions = 8
    /// E
    public var embeddingDimensions = 64
    /// nh
    public var heads = 2
    /// The inner width of SwiGLU.
    public var hiddenDimensions = 176
    public var blocks = 4
    /// G, the heads of `Motion`.
    public var motionHeads = 4
    /// In which order the tokens of a frame are guessed: "surest" first, from under masks (the main road; nil is this too), or "raster",
    /// each from those before it, as a sentence is written (chapters/next-token.md).
    public var order: String?
    /// The words that it understands, for a model that is told what its frames show (see `WordRow`); nil is none. Raster order only.
    public var words: [String]?
    /// Of a model with words, the share of training clips of which it sees no frame: what is not told there can only be guessed.
    public var unseen: Float?
    /// How the share of masked tokens is drawn: "cosine" (MaskGIT) or "uniform", from a half to all (Genie).
    public var masks = "cosine"
    /// The largest share of context tokens that training replaces with random ones, so that a rollout survives its own mistakes.
    public var corruption: Float = 0.1
    /// Whether rare codes, and those of unusual colors, count more in the loss.
    public var weighsCodes = true
    /// Whether what stage 2's decoder expects is laid under the masks (see `Expectation`); nil is no.
    public var expects: Bool?
    /// The pixels along a side of the frames that are carried over to where an action takes them (see `Flow`), a part of what is expected;
    /// nil where none are.
    public var carries: Int?
    /// What the actions are: "latent" (stage 2's codes) or "true" (the episodes' own).
    public var actionKind = "latent"
    /// For each name that a person would use, the action of the model that comes nearest.
    public var commands: [Command] = []
    /// Of the data: one imagined frame is 1 / framesPerSecond seconds.
    public var framesPerSecond = 4.0

    /// N
    public var patches: Int { side * side }
    /// V, the tokenizer's codes. The mask token is one more.
    public var vocabulary: Int { levels.reduce(1, *) }
    /// The mask token: "nobody knows yet". In raster order: "here a frame begins".
    public var maskToken: Int { vocabulary }
    /// Z, of what stage 2 draws; 2Z with what is carried over.
    public var expectedWidth: Int { (latentDimensions ?? levels.count) * (carries == nil ? 1 : 2) }
    public var isWritten: Bool { order == "raster" }

    /// At which places of the frames to be guessed, shown as these tokens, the model is asked: where it sees masks, or everywhere.
    public func asked(_ guessed: [Int]) -> [Int] { guessed.indices.filter { isWritten || guessed[$0] == maskToken } }

    public init() {}

    /// Trains in minutes on two cores.
    public static let standard = DynamicsConfiguration()

    /// Seconds instead of minutes, to try things out.
    public static let tiny: DynamicsConfiguration = {
        var c = DynamicsConfiguration()
        (c.frames, c.blocks) = (4, 2)
        return c
    }()

    /// Of the embeddings of tokens and actions, the tables of motion, the flow, and in each block attention over space
    /// and over time and the feed-forward layer.
    public var leastWeights: Double {
        let (E, N, A) = (Double(embeddingDimensions), Double(side) * Double(side), Double(actions))
        let perBlock = E * (8 * E + 3 * Double(hiddenDimensions)) + A * E
        let flow = A * 3 * Double(carries ?? 0) * Double(carries ?? 0)
        return flow + Double(vocabulary) * E + A * Double(motionHeads) * N * N + Double(blocks) * perBlock
    }

    /// Throws a `TrainingError` when the numbers do not fit each other.
    public func check() throws {
        let require = Requirement(of: "dynamics configuration")
        try require(
            side > 0 && actions > 0 && blocks > 0 && hiddenDimensions > 0, "sides, actions, blocks and hidden dimensions are positive")
        try require.levels(levels, atMost: 65536)
        try require((2 ... 1024).contains(frames), "a clip has at least 2 frames, and at most 1024, not \(frames)")
        try require(side <= 128 && [actions, heads, blocks, hiddenDimensions, embeddingDimensions, motionHeads].allSatisfy { $0 <= 65536 },
                    "more than 128 patches a side, or sizes beyond 65536, are no laptop's")
        try require.framesPerSecond(framesPerSecond)
        try require.heads(heads, in: embeddingDimensions)
        try require(
            motionHeads > 0 && embeddingDimensions % motionHeads == 0,
            "the width \(embeddingDimensions) is not a multiple of \(motionHeads) motion heads")
        try require(["surest", "raster"].contains(order ?? "surest"), "the order is surest or raster, not \(order ?? "")")
        try require(words == nil || isWritten, "words stand above frames that are written: the order is raster")
        try require(words == nil || side >= 8, "a row of words is as long as a frame has columns, and \(side) are too few for a sentence")
        try require((0 ... 1).contains(unseen ?? 0), "the unseen clips are a share from 0 to 1, not \(unseen ?? 0)")
        try require(Set(words ?? []).count == (words ?? []).count, "a word is in the vocabulary twice")
        try require((words?.count ?? 1) <= 65536, "more than 65536 words are no laptop's")
        try require(["cosine", "uniform"].contains(masks), "masks are cosine or uniform, not \(masks)")
        try require((0 ..< 1).contains(corruption), "the corruption is a share from 0 to below 1, not \(corruption)")
        try require(["latent", "true"].contains(actionKind), "actions are latent or true, not \(actionKind)")
        try require(expects != true || actionKind == "latent", "what stage 2 expects hangs on its codes: actions are latent")
        try require(carries == nil || expects == true, "a frame that is carried over is a part of what is expected")
        try require((1 ... 1024).contains(carries ?? 1), "frames of \(carries ?? 1) pixels a side are no laptop's")
        try require((1 ... 65536).contains(latentDimensions ?? 1), "latents of \(latentDimensions ?? 1) numbers are no laptop's")
        try require.commands(commands, of: actions)
    }
}
