// WorldModel.swift - what does anybody ask of a world model, whatever it is made of?
//
// To begin with a few frames that were seen, and to go on: a dream. How it remembers and how it draws is its own affair. `play`, `imagine`,
// the yardsticks and the planner of stage 4 know these two protocols and nothing else, so a new family of models is a library, a training
// loop and a chapter, and no command changes for it.

import Episodes
import Randomness
import Tensors
import Training

/// A trained model of what comes next.
public protocol WorldModel: AnyObject {
    /// H = W, in pixels.
    var imageSize: Int { get }
    /// One imagined frame is 1 / framesPerSecond seconds.
    var framesPerSecond: Double { get }
    /// What a person can ask for.
    var commands: [Command] { get }
    /// What an action is for this model, and who says which it was.
    var actionReader: ActionReader { get }
    /// The most frames that a dream can be begun with; of longer pasts the last are used.
    var contextFrames: Int { get }
    /// How many numbers were learned, those of its eye too.
    var parameterCount: Int { get }
    /// Whether `Sampling.temperature` makes a difference: a model that draws no samples has only a mean.
    var drawsSamples: Bool { get }
    /// Passes a frame that are enough for planning, where many futures are compared; nil for as many as it draws with.
    var planningSteps: Int? { get }

    /// B dreams that have seen these frames.
    /// - Parameters:
    ///   - frames: [B,L,H,W,3] in 0...1, L at least 1.
    ///   - actions: B·(L-1), what led from each frame to the next.
    func dream(from frames: Tensor, actions: [Int]) -> any Dream
    /// What its own eye makes of true frames [B,T,H,W,3] -> [B,T,H,W,3]: nothing that it draws itself can be better. A model of pixels
    /// gives them back as they are.
    func reconstructed(_ frames: Tensor) -> Tensor
    /// - Throws: `TrainingError` when this cannot be said of a frame: most worlds hear no words.
    func check(words: String) throws
    /// What only a model of this family can say of itself, for `validate-dynamics`.
    func ownMeasures(on validation: EpisodeSet, _ sampling: Sampling) throws -> OwnMeasures
}

/// B imagined futures that go on together. A value: a copy can take another action, and that is how a planner compares futures.
public protocol Dream {
    /// B
    var batch: Int { get }
    /// Imagines the next frame of each of the B dreams -> [B,H,W,3], about 0...1.
    mutating func step(_ actions: [Int], _ sampling: Sampling, using generator: inout SeededGenerator) -> Tensor
    /// Dream `rows[i]` becomes dream i: to drop some, or to repeat them.
    func selecting(_ rows: [Int]) -> Self
    /// Does now what the next step would have to do first, such as to read frames that are not yet in memory: copies that are made after
    /// that need not each do it again.
    mutating func catchUp()
    /// For each place of the last frames, row by row, how sure the model was, 0...1, and in which pass it was filled in, from 0. Empty
    /// where a family has no such thing.
    var confidences: [Float] { get }
    var filledAt: [Int] { get }
}

extension WorldModel {
    public var planningSteps: Int? { nil }
    public func check(words: String) throws { throw TrainingError.hearsNoWords }
    public func ownMeasures(on validation: EpisodeSet, _ sampling: Sampling) throws -> OwnMeasures { OwnMeasures() }
    /// A
    public var actionCount: Int { actionReader.count }
    public func action(named name: String) -> Int? { commands.first { $0.name == name }?.action }

    /// Whether these episodes can be imagined.
    /// - Throws: `EpisodeError` when frames have another size, `TrainingError` when the model needs recorded actions and there are none, or
    ///   others than it knows.
    public func check(_ episodes: EpisodeSet) throws {
        try episodes.check(size: imageSize)
        try actionReader.check(episodes)
    }
}

extension TrainingError {
    public static let hearsNoWords = TrainingError(
        "this world hears no words; one that does is made by `train-dynamics --order raster --words --run gaia`")
}

extension Dream {
    public mutating func catchUp() {}
    public var confidences: [Float] { [] }
    public var filledAt: [Int] { [] }
    /// Each dream `times` times, its copies next to each other: a, b -> a, a, b, b.
    public func repeated(_ times: Int) -> Self { selecting((0 ..< batch * times).map { $0 / times }) }
}

/// B lists, one after the other, in the order of `rows`.
public func selecting<Value>(_ rows: [Int], of values: [Value], batch: Int) -> [Value] {
    let size = values.count / batch
    return rows.flatMap { values[$0 * size ..< ($0 + 1) * size] }
}
