// adaptive-norm - how does a code change what a block does?
//
// From the code come three vectors. Two change the normalized copy on its way into the sublayer, the third says how much of the result is
// added: y = x + gate · f(norm(x)·(1 + scale) + shift). Read section 3 of 2.inverse-dynamics/README.md; the house's own is
// ConditionedBlock.swift (DiT, arXiv 2212.09748, section 3.2).

import Tensors

/// x [B,T,N,E]; scale, shift, gate [B,T,E], one for each step, the same for the N patches of a step -> [B,T,N,E]. `normalized(x)` is there.
public func adaptive(_ x: Tensor, scale: Tensor, shift: Tensor, gate: Tensor, sublayer: (Tensor) -> Tensor) -> Tensor {
    // hole: return x
    let (b, t, e) = (x.size(0), x.size(1), x.size(3))
    func forAllPatches(_ part: Tensor) -> Tensor { part.reshaped([b, t, 1, e]) }
    let asked = normalized(x) * (forAllPatches(scale) + 1) + forAllPatches(shift)
    return x + forAllPatches(gate) * sublayer(asked)
    // end of hole
}

/// x / √(mean(x²)), over the last dimension.
public func normalized(_ x: Tensor) -> Tensor { x.rmsNorm(Tensor(repeating: 1, shape: [x.size(-1)])) }

// hint 1: The formula above is nearly the code. Only the shapes do not fit: [B,T,N,E] · [B,T,E]. Which axis is missing?
// hint 2: A part of shape [B,T,1,E] is repeated for all patches by broadcasting: scale.reshaped([b, t, 1, e]).
// hint 3: x + gate' * sublayer(normalized(x) * (scale' + 1) + shift'), where ' means reshaped([b, t, 1, e]).
