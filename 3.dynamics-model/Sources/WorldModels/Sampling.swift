// Sampling.swift - the mean of what is possible, or one of the things that are?
//
// Where a door may be anywhere, the mean is fog, and a sample is a door at some place. The mean is nearer to the truth pixel by pixel, and
// no frame that anybody will ever see; a sample looks like one. Most families can give both, and both are measured, each under its own
// name.

/// How frames are drawn.
public struct Sampling: Equatable {
    /// K, passes through the network for a frame; nil leaves it to the family.
    public var steps: Int?
    /// 0: nothing is drawn by chance, the frame is the mean, or the middle, of what is possible. 1: a frame as likely as the model holds it
    /// to be.
    public var temperature: Float
    /// What the frame is said to show, for worlds that hear words (`WorldModel.check`); nil: nothing is said.
    public var words: String?
    /// How much is made of what is said: 0 nothing, 1 as learned, above 1 more than that (classifier-free guidance, arXiv 2207.12598).
    public var guidance: Float

    public init(steps: Int? = nil, temperature: Float = 0, words: String? = nil, guidance: Float = 1) {
        (self.steps, self.temperature, self.words, self.guidance) = (steps, temperature, words, guidance)
    }

    /// Enough for a word about something as small as a toy to be heard.
    public static let usualGuidance: Float = 6

    public static let mean = Sampling(temperature: 0), sample = Sampling(temperature: 1)
}
