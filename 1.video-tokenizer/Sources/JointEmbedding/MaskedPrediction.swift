// MaskedPrediction.swift - what does the hidden part of the picture look like - not in pixels, in features?
//
//   h  = norm(teacher(frame))                        all patches; no gradient; mean 0 and variance 1, nothing learned
//   ẑ  = predictor(student(context), where?)         from the patches that are shown, for each block that is not
//   L  = smooth L1 (ẑ, h)
//   teacher ← m·teacher + (1 - m)·student,           m from 0.99 up to 1
//
// (I-JEPA, arXiv 2301.08243, section 3; smooth L1 as in the authors' code, where the paper says the mean L2 distance.) Why does it not
// collapse? A constant would be a perfect answer here too. Nobody has a proof: the teacher moves too slowly to follow the student into the
// hole, and the predictor is too narrow to be everything. Set m to 0, and watch the meter.

import FrameCoding
import Layers
import Randomness
import Tensors

/// context features [F,n,E] -> features of the patches asked for [F,m,E]
final class MaskedPredictor: Module {
    private let input: Linear, mask: Tensor, positions: Tensor, blocks: [PatchBlock], norm: RMSNorm, output: Linear

    init(_ c: JointEmbeddingConfiguration, using generator: inout SeededGenerator) {
        let P = c.predictorDimensions
        input = Linear(c.embeddingDimensions, P, using: &generator)
        mask = Tensor.normal([1, P], standardDeviation: 0.02, using: &generator).asParameter()
        positions = gridPositions(side: c.side, width: P)
        blocks = (0 ..< c.predictorBlocks).map { _ in PatchBlock(width: P, heads: 2, hidden: P * 8 / 3, using: &generator) }
        norm = RMSNorm(P)
        output = Linear(P, c.embeddingDimensions, using: &generator)
    }

    func callAsFunction(_ context: Tensor, at places: [[Int]], asking asked: [[Int]]) -> Tensor {
        let (F, n, P) = (context.size(0), context.size(1), mask.size(1)), m = asked[0].count
        func place(_ places: [[Int]], _ count: Int) -> Tensor { positions.rows(at: places.flatMap { $0 }).reshaped([F, count, P]) }
        let shown = input(context) + place(places, n)                               // [F,n,P]
        let questions = place(asked, m) + mask                                      // [F,m,P]: the same token, other places
        let x = blocks.reduce(Tensor.concatenated([shown, questions], axis: 1)) { $1($0) }
        return output(norm(x.sliced(axis: 1, n ..< n + m)))
    }

    var tensors: [NamedTensor] {
        input.tensors(in: "input") + [("mask", mask)] + blocks.enumerated().flatMap { $1.tensors(in: "blocks.\($0)") }
            + norm.tensors(in: "norm") + output.tensors(in: "output")
    }
}

/// target ← m·target + (1 - m)·source, tensor by tensor.
func followSlowly(_ target: any Module, _ source: any Module, momentum m: Float) {
    for ((_, slow), (_, fast)) in zip(target.tensors, source.tensors) {
        for i in 0 ..< slow.count { slow.pointer[i] = m * slow.pointer[i] + (1 - m) * fast.pointer[i] }
    }
}

extension JointEmbedding {
    /// The loss of I-JEPA on frames [B,T,H,W,3].
    func maskedLoss(_ frames: Tensor, using generator: inout SeededGenerator) -> Tensor {
        let masks = BlockMasks(frames: frames.size(0) * frames.size(1), side: configuration.side, using: &generator)
        let truth = Tensor.withoutGradients { teacher!(frames).layerNormalized() }  // [F,N,E]
        let context = encoder(frames, keeping: masks.context)                       // [F,n,E]
        let losses = masks.targets.map { block in
            predictor!(context, at: masks.context, asking: block).meanSmoothAbsoluteError(Tensor.withoutGradients { truth.places(block) })
        }
        return losses.reduce(Tensor(0), +) / Float(losses.count)
    }

    /// After each step of the optimizer. `progress` is 0 at the start and 1 at the end.
    public func updateTeacher(progress: Float) {
        guard let teacher else { return }
        let m = configuration.teacherMomentum
        followSlowly(teacher, encoder, momentum: m == 0 ? 0 : m + (1 - m) * min(1, progress))
    }
}
