// Scaling.swift - how does the cost grow with the number of frames?
//
// The promise of the space-time factorization (Genie, arXiv 2402.15391, section 2): attention over space is done frame by frame,
// so a clip of twice as many frames costs twice as much, not four times; only the small attention over time grows faster. With a
// memory of the past, the next frame costs nearly the same whether it is the second or the sixteenth.

import DynamicsModel
import Layers
import Randomness
import SideBySide
import Tensors
import VideoTokenizer
import WorldModels

/// A model in training.
final class TrainingContest {
    private let model: MaskedDynamics, optimizer: AdamW, batch: Batch

    init(_ configuration: DynamicsConfiguration, _ batch: Batch) {
        var generator = SeededGenerator(seed: 1)
        model = MaskedDynamics(configuration, using: &generator)
        optimizer = AdamW(model.parameters)
        self.batch = batch
    }

    /// Forward, backward, clipping, AdamW.
    func step() {
        batch.loss(batch.logits(of: model)).backward()
        clipGradients(of: model.parameters, to: 1)
        optimizer.step(learningRate: 1e-3)
    }
}

/// Prints one row for each T.
func printScaling(
    _ shape: DynamicsConfiguration, _ batches: [Int: Batch], _ lengths: [Int], _ sampling: Sampling, _ rounds: Int,
    _ opponent: PyTorch?
) {
    let columns = ["T", "training step", "of it a frame", "next frame after T-1", "attention, space + time",
                   "attention, all to all", "pytorch: training step", "pytorch: next frame"]
    let B = batches[lengths[0]]!.clips
    print("\nmilliseconds, best of \(rounds); attention of one block, forward, on \(B) clips of T frames\n")
    printRow(columns)
    printRow(columns.map { _ in "---" })
    for T in lengths {
        var c = shape
        c.frames = T
        let contest = TrainingContest(c, batches[T]!), clips = batches[T]!.clips
        let step = taken(turns: rounds, ours: { contest.step() }, opponent, "train \(T) 1")
        let next = nextFrame(c, sampling, rounds, opponent)
        let attention = attentionTimes(c, clips: clips, rounds)
        let times = [step.ours, step.ours.map { $0 / Double(clips * T) }, next.ours, attention.factorized, attention.full,
                     step.theirs, next.theirs]
        printRow(["\(T)"] + times.map { $0.min().map { String(format: "%.1f", $0) } ?? "-" })
        Memory.empty()
    }
}

private func printRow(_ cells: [String]) { print("| \(cells.joined(separator: " | ")) |") }

/// Sampling one frame after T-1 that are remembered.
private func nextFrame(_ c: DynamicsConfiguration, _ sampling: Sampling, _ rounds: Int, _ opponent: PyTorch?) -> Times {
    var generator = SeededGenerator(seed: 1)
    let model = MaskedDynamics(c, using: &generator),
        codebook = FiniteScalarQuantizer(levels: c.levels).latents(of: Array(0 ..< c.vocabulary))
    let tokens = (0 ..< (c.frames - 1) * c.patches).map { _ in generator.integer(below: c.vocabulary) }
    let led: [Int?] = [nil] + Array(repeating: 0, count: c.frames - 2), last = Array(tokens.suffix(c.patches))
    var past = model.emptyMemory
    model.read(tokens, actions: led, batch: 1, into: &past)
    let expected = c.expects == true ? Tensor(repeating: 0, shape: [1, 1, c.patches, c.expectedWidth]) : nil
    return taken(turns: rounds, ours: {
        _ = model.sample([0], after: past, last: last, expected: expected, codebook: codebook, sampling, using: &generator)
    }, opponent, "next \(c.frames) 1")
}

/// Attention over [B,T,N]: the patches of a frame with each other and then the frames of a patch, or all T·N with each other.
private func attentionTimes(_ c: DynamicsConfiguration, clips: Int, _ rounds: Int) -> (factorized: [Double], full: [Double]) {
    var generator = SeededGenerator(seed: 1)
    let (E, T, N) = (c.embeddingDimensions, c.frames, c.patches)
    let qkv = Tensor.uniform([clips, T, N, 3 * E], -1, 1, using: &generator)  // [B,T,N,3E]
    let flat = qkv.reshaped([clips, T * N, 3 * E])
    func factorized() {
        _ = qkv.attention(axis: 2, heads: c.heads, isCausal: false)
        _ = qkv.attention(axis: 1, heads: c.heads, isCausal: true)
    }
    func full() { _ = flat.attention(axis: 1, heads: c.heads, isCausal: false) }
    let times = taken(turns: rounds, ours: factorized, nil, ""), all = taken(turns: rounds, ours: full, nil, "")
    return (times.ours, all.ours)
}
