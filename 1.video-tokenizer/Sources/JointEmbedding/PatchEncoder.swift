// PatchEncoder.swift - how does one frame, all of it or what a mask has left, become features?
//
// A vision transformer (arXiv 2010.11929): patches, places, blocks in which every patch listens to every other. It sees one frame at a
// time, as V-JEPA 2-AC's does: an encoder that looks over a clip and is asked about its first frames has seen their future.

import FrameCoding
import Layers
import Randomness
import Tensors

/// x + attention(norm(x)), then x + feedForward(norm(x)): [F,L,E] -> [F,L,E], any L.
final class PatchBlock: Module {
    private let attentionNorm: RMSNorm, qkv: Linear, output: Linear, feedForwardNorm: RMSNorm, feedForward: SwiGLU
    private let heads: Int

    init(width: Int, heads: Int, hidden: Int, using generator: inout SeededGenerator) {
        attentionNorm = RMSNorm(width)
        qkv = Linear(width, 3 * width, bias: false, hiddenMaps: 3, using: &generator)
        output = Linear(width, width, bias: false, hiddenMaps: 1, using: &generator)
        feedForwardNorm = RMSNorm(width)
        feedForward = SwiGLU(width: width, hidden: hidden, using: &generator)
        self.heads = heads
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let heard = output(qkv(attentionNorm(x)).attention(axis: 1, heads: heads, isCausal: false), residual: x)
        return feedForward(feedForwardNorm(heard), residual: heard)
    }

    var tensors: [NamedTensor] {
        attentionNorm.tensors(in: "attention.norm") + qkv.tensors(in: "attention.qkv") + output.tensors(in: "attention.output")
            + feedForwardNorm.tensors(in: "feedforward.norm") + feedForward.tensors(in: "feedforward")
    }
}

/// frames [B,T,H,W,3] -> features of their patches [B·T,N,E].
public final class PatchEncoder: Module {
    private let embedding: Linear, positions: Tensor, blocks: [PatchBlock], norm: RMSNorm
    private let patchSize: Int

    public init(_ c: JointEmbeddingConfiguration, using generator: inout SeededGenerator) {
        let E = c.embeddingDimensions
        embedding = Linear(c.patchSize * c.patchSize * 3, E, using: &generator)
        positions = gridPositions(side: c.side, width: E)
        blocks = (0 ..< c.blocks).map { _ in PatchBlock(width: E, heads: c.heads, hidden: c.hiddenDimensions, using: &generator) }
        norm = RMSNorm(E)
        patchSize = c.patchSize
    }

    /// With `kept`, only those patches of each frame are looked at, as many in each: [B·T,N,E] -> [B·T,n,E]. The others might not exist.
    public func callAsFunction(_ frames: Tensor, keeping kept: [[Int]]? = nil) -> Tensor {
        let N = positions.size(0)
        var x = patches(of: frames, size: patchSize)
        x = (embedding(x.reshaped([-1, N, x.size(-1)])) + positions)    // [F,N,E]
        if let kept { x = x.places(kept) }
        return norm(blocks.reduce(x) { $1($0) })
    }

    public var tensors: [NamedTensor] {
        embedding.tensors(in: "embedding") + blocks.enumerated().flatMap { $1.tensors(in: "blocks.\($0)") } + norm.tensors(in: "norm")
    }
}

extension Tensor {
    /// Picks places of each row: [F,N,E] with n places for each of the F -> [F,n,E].
    func places(_ places: [[Int]]) -> Tensor {
        let (F, N, E) = (size(0), size(1), size(2)), n = places[0].count
        precondition(
            places.count == F && places.allSatisfy { $0.count == n }, "places for \(places.count) of \(F) rows, or not equally many in each"
        )
        return reshaped([F * N, E]).rows(at: places.enumerated().flatMap { f, chosen in chosen.map { f * N + $0 } }).reshaped([F, n, E])
    }

    /// Each row (last dimension) with mean 0 and variance 1, and nothing learned.
    func layerNormalized() -> Tensor {
        let E = size(-1)
        return layerNorm(Tensor(repeating: 1, shape: [E]), Tensor(repeating: 0, shape: [E]))
    }
}
