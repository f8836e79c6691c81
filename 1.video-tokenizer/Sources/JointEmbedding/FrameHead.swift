// FrameHead.swift - how do the features of all patches become one vector for the frame?
//
// Averaging them would forget where things are, and where the Kong is is what we want to know. So each patch is squeezed to a few numbers,
// all patches' numbers are laid side by side, and one matrix reads them. It ends without a norm: a norm would fix the vector's length, and
// a loss that asks for a normal distribution (SIGReg.swift) would fight it.

import Layers
import Randomness
import Tensors

/// [F,N,E] -> [F,D]
final class FrameHead: Module {
    private let squeeze: Linear, read: Linear

    init(_ c: JointEmbeddingConfiguration, outputs: Int? = nil, using generator: inout SeededGenerator) {
        squeeze = Linear(c.embeddingDimensions, 8, using: &generator)
        read = Linear(8 * c.patches, outputs ?? c.vectorDimensions, using: &generator)
    }

    func callAsFunction(_ patches: Tensor) -> Tensor { read(squeeze(patches).reshaped([patches.size(0), -1])) }

    var tensors: [NamedTensor] { squeeze.tensors(in: "squeeze") + read.tensors(in: "read") }
}
