// FusedKernels.swift - one kernel against the same formula written from small operations.
//
// Shapes are those of the default tokenizer: 8 clips of 8 frames of 64 patches, 128 wide.

import Tensors

/// The same function written twice.
struct Contest {
    let name: String, inputs: [Tensor]
    let fused: () -> Tensor, separate: () -> Tensor

    /// Prints how many times longer, and how much larger, the separate way is.
    func measure(_ repeats: Int) {
        Workers.count = 1
        let (a, b) = (Tensor.withoutGradients(fused), Tensor.withoutGradients(separate))
        let difference = zip(a.values, b.values).map { abs($0 - $1) }.max()!
        precondition(difference < 1e-3, "\(name): the two ways differ by \(difference)")

        let forward = bestTimes(repeats, [{ _ = Tensor.withoutGradients(fused) }, { _ = Tensor.withoutGradients(separate) }])
        let slope = random(1, a.count)
        /// Backward starts from one number, so the result is multiplied with `slope` first; what that costs is `start`.
        func step(_ make: () -> Tensor) {
            make().reshaped([1, slope.count]).linear(slope).backward()
            inputs.forEach { $0.clearGradient() }
        }
        let leaf = random(1, a.count).asParameter()
        let both = bestTimes(repeats, [{ step(fused) }, { step(separate) }, { step { leaf }; leaf.clearGradient() }])
        let start = both[2]
        row(name, times(forward[1] / forward[0]), times((both[1] - start) / (both[0] - start)),
            times(Double(memory { step(separate) }) / Double(memory { step(fused) })))
    }

    /// Bytes that `body` needs at the same time, beyond what is held already.
    private func memory(_ body: () -> Void) -> Int {
        Memory.empty()
        let before = Memory.bytesAllocated
        body()
        return Memory.bytesAllocated - before
    }
}

/// The contests of the README's table.
func fusedKernels() -> [Contest] {
    let (B, T, N, E, hidden, heads) = (8, 8, 64, 128, 344, 4)
    let x = random(B * T * N, E).asParameter(), residual = random(B * T * N, E, deviation: 2).asParameter()
    let gain = random(E).asParameter(), weight = random(E, E, deviation: 0.1).asParameter()
    let gate = random(B * T * N, hidden).asParameter(), up = random(B * T * N, hidden, deviation: 2).asParameter()
    let qkv = random(B, T, N, 3 * E).asParameter()
    let picture = random(8, 16, 16, 96).asParameter(), windows = random(96, 9 * 96, deviation: 0.03).asParameter()
    // 0 where a frame may look, -∞ where it may not (its future), for each clip, patch and head.
    let mask = Tensor((0 ..< T * T).map { $0 % T <= $0 / T ? 0 : -1e9 }, shape: [T, T]).expanded(to: [B, N, heads, T, T])

    return [
        Contest(
            name: "RMS norm, `[4096,128]`", inputs: [x, gain],
            fused: { x.rmsNorm(gain) },
            separate: { x / (x.squared().mean(axis: -1) + 1e-6).squareRoot() * gain }),
        Contest(
            name: "linear + residual, `[4096,128]×[128,128]`", inputs: [x, weight, residual],
            fused: { x.linear(weight, residual: residual) },
            separate: { x.linear(weight) + residual }),
        Contest(
            name: "SwiGLU's middle, `[4096,344]`", inputs: [gate, up],
            fused: { Tensor.swiGLU(gate: gate, up: up) },
            separate: { gate.silu() * up }),
        Contest(
            name: "attention over space, L=64", inputs: [qkv],
            fused: { qkv.attention(axis: 2, heads: heads, isCausal: false) },
            separate: { separateAttention(qkv, heads: heads, isOverTime: false, mask: nil) }),
        Contest(
            name: "causal attention over time, L=8", inputs: [qkv],
            fused: { qkv.attention(axis: 1, heads: heads, isCausal: true) },
            separate: { separateAttention(qkv, heads: heads, isOverTime: true, mask: mask) }),
        Contest(
            name: "convolution 3×3, `[8,16,16,96]`", inputs: [picture, windows],
            fused: { picture.convolution(windows, padding: 1) },
            separate: { separateConvolution(picture, windows) }),
    ]
}

/// Attention as one would write it first: cut, transpose, multiply, softmax, multiply, transpose back.
private func separateAttention(_ qkv: Tensor, heads: Int, isOverTime: Bool, mask: Tensor?) -> Tensor {
    let (B, T, N, E) = (qkv.size(0), qkv.size(1), qkv.size(2), qkv.size(3) / 3)
    // [B,T,N,E] -> [B,T,nh,N,hd] over space, [B,N,nh,T,hd] over time
    let order = isOverTime ? [0, 2, 3, 1, 4] : [0, 1, 3, 2, 4], back = isOverTime ? [0, 3, 1, 2, 4] : [0, 1, 3, 2, 4]
    let (q, k, v) = (part(0), part(1), part(2))
    func part(_ i: Int) -> Tensor {
        qkv.sliced(axis: 3, i * E ..< (i + 1) * E).reshaped([B, T, N, heads, E / heads]).permuted(order)
    }
    var scores = q.matmul(k.transposed()) * (1 / Float(E / heads).squareRoot())
    if let mask { scores = scores + mask }
    return scores.softmax().matmul(v).permuted(back).reshaped([B, T, N, E])
}

/// A convolution as a linear layer on its windows, nine shifted copies of the picture side by side.
private func separateConvolution(_ x: Tensor, _ weight: Tensor) -> Tensor {
    let (H, W) = (x.size(1), x.size(2)), framed = x.padded(axis: 1, before: 1, after: 1).padded(axis: 2, before: 1, after: 1)
    let shifted = (0 ..< 9).map { framed.sliced(axis: 1, $0 / 3 ..< $0 / 3 + H).sliced(axis: 2, $0 % 3 ..< $0 % 3 + W) }
    return Tensor.concatenated(shifted, axis: 3).linear(weight)
}
