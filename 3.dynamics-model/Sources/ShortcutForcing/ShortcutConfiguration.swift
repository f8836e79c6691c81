// ShortcutConfiguration.swift - every number that decides what a shortcut model is. It is stored in its checkpoint.

import Training
import WorldModels

/// The shape of a shortcut model, and how it was trained. What it shares with its eye (S, Z) is taken from the eye.
public struct ShortcutConfiguration: ModelConfiguration, Equatable {
    /// S, the latents of a frame, in rows and columns where they have places in the picture.
    public var rows = 4, columns = 4
    /// Z, the numbers of a latent.
    public var latentDimensions = 16
    /// T, the most frames of a training clip: a dream looks back at T-1.
    public var frames = 24
    /// T of most steps. Short clips are many places, long ones are memory.
    public var shortFrames = 8
    /// A
    public var actions = 5
    /// E
    public var embeddingDimensions = 128
    /// nh
    public var heads = 4
    /// The inner width of SwiGLU.
    public var hiddenDimensions = 344
    public var blocks = 4
    /// Kmax, a power of two: the finest step is 1/Kmax of the way from noise to data.
    public var finestSteps = 8
    /// "shortcut": a coarse step learns from two of half its length. "meanflow": from the finest step along the true way, and a shorter
    /// one from there. "flow": finest steps only.
    public var objective = "shortcut"
    /// What the network's output is: "x", the clean latents, or "v", the way from the noise to them.
    public var prediction = "x"
    /// What the past of a training clip looks like: "light" (a little noise, as in a dream) or "any" (diffusion
    /// forcing: every frame has its own signal level).
    public var past = "light"
    /// How much of a past frame is noise, in training and in a dream.
    public var contextNoise: Float = 0.1
    /// Whether frames with more signal count more: w = 0.9·τ + 0.1.
    public var ramp = false
    /// What a person can ask for.
    public var commands: [Command] = []
    /// Of the data: one imagined frame is 1 / framesPerSecond seconds.
    public var framesPerSecond = 4.0

    /// S
    public var latents: Int { rows * columns }
    /// The label of a past frame: levels 0 ..< Kmax are on the grid, this one is "seen, with a little noise".
    public var pastLevel: Int { finestSteps }

    public init() {}

    /// Trains in minutes on two cores.
    public static let standard = ShortcutConfiguration()

    /// Seconds instead of minutes, to try things out.
    public static let tiny: ShortcutConfiguration = {
        var c = ShortcutConfiguration()
        (c.frames, c.shortFrames, c.embeddingDimensions, c.heads, c.hiddenDimensions, c.blocks) = (8, 4, 64, 2, 176, 2)
        return c
    }()

    /// The signal level τ of a label: k/Kmax, and what the past keeps.
    func signal(_ level: Int) -> Float { level == pastLevel ? 1 - contextNoise : Float(level) / Float(finestSteps) }

    /// Of the table of actions, and in each block of attention and the feed-forward layer.
    public var leastWeights: Double {
        let E = Double(embeddingDimensions)
        return Double(actions) * E + Double(blocks) * E * (4 * E + 3 * Double(hiddenDimensions))
    }

    /// Throws a `TrainingError` when the numbers do not fit each other.
    public func check() throws {
        let require = Requirement(of: "shortcut configuration")
        try require(
            (1 ... 64).contains(rows) && (1 ... 64).contains(columns) && (1 ... 4096).contains(latentDimensions),
            "\(rows)x\(columns) latents of \(latentDimensions) numbers")
        try require(
            [actions, blocks, heads, embeddingDimensions, hiddenDimensions].allSatisfy { $0 <= 65536 }, "sizes beyond 65536 are no laptop's"
        )
        try require.framesPerSecond(framesPerSecond)
        try require(actions > 0 && blocks > 0 && hiddenDimensions > 0, "actions, blocks and hidden dimensions are positive")
        try require((2 ... 256).contains(frames) && (2 ... frames).contains(shortFrames), "clips of \(shortFrames) and \(frames) frames")
        try require.heads(heads, in: embeddingDimensions)
        try require(
            (2 ... 128).contains(finestSteps) && finestSteps & (finestSteps - 1) == 0,
            "the finest steps are a power of two from 2 to 128, not \(finestSteps)")
        try require(
            ["shortcut", "meanflow", "flow"].contains(objective), "the objective is shortcut, meanflow or flow, not \(objective)")
        try require(["x", "v"].contains(prediction), "the prediction is x or v, not \(prediction)")
        try require(["light", "any"].contains(past), "the past is light or any, not \(past)")
        try require((0 ... 1).contains(contextNoise), "the context noise is a share from 0 to 1, not \(contextNoise)")
        try require.commands(commands, of: actions)
    }
}
