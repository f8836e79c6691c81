// Machine.swift - what do the right kernels, a second thread, whole vectors and used buffers bring?

import COpenBLAS
import Foundation
import Tensors

/// A matrix product `[4096,128]×[128,384]` straight from OpenBLAS, before the tensor package has said a word to it.
enum PlainProduct {
    static let (m, n, k) = (4096, 384, 128)
    static var operations: Double { 2 * Double(m * n * k) }

    static func gigaflops(_ repeats: Int) -> (kernels: String, value: Double) {
        let a = random(m, k), b = random(k, n), c = Tensor(uninitialized: [m, n])
        openblas_set_num_threads(1)
        let best = bestTimes(repeats, [{
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(m), Int32(n), Int32(k), 1,
                        a.pointer, Int32(k), b.pointer, Int32(n), 0, c.pointer, Int32(n))
        }])
        return (String(cString: openblas_get_corename()), operations / best[0] * 1e-9)
    }
}

/// The same product through the tensor package.
func compareProducts(_ plain: (kernels: String, value: Double), _ repeats: Int) {
    Workers.count = 1
    let (m, n, k) = (PlainProduct.m, PlainProduct.n, PlainProduct.k), a = random(m, k), b = random(k, n)
    let best = bestTimes(repeats, [{ _ = a.matmul(b) }])
    let ours = PlainProduct.operations / best[0] * 1e-9
    row(String(format: "product `[4096,128]×[128,384]`: %.0f GFLOP/s with OpenBLAS's choice (%@), %.0f with ours (%@)",
               plain.value, plain.kernels, ours, OpenBLAS.kernels), times(ours / plain.value))
}

func compareThreads(_ repeats: Int) {
    let x = random(4096, 128), weight = random(384, 128), gain = random(128), qkv = random(8, 8, 64, 384)
    func compare(_ name: String, _ operation: @escaping () -> Void) {
        let best = bestTimes(repeats, [1, 2].map { threads in { Workers.count = threads; operation() } })
        row("two threads instead of one: \(name)", times(best[0] / best[1]))
    }
    compare("that product") { _ = x.linear(weight) }
    compare("RMS norm") { _ = x.rmsNorm(gain) }
    compare("attention over space") { _ = qkv.attention(axis: 2, heads: 4, isCausal: false) }
    Workers.count = 1
}

/// Sixteen numbers at a time, and two ways to spoil it.
func compareVectors(_ repeats: Int) {
    let x = random(4096, 128), y = Tensor(uninitialized: x.shape), count = x.count
    let source = UnsafeRawPointer(x.pointer).assumingMemoryBound(to: Vector.self)
    let target = UnsafeMutableRawPointer(y.pointer).assumingMemoryBound(to: Vector.self)
    let bound = Vector(repeating: Float(repeats > 0 ? 1 : 0))  // 1, but the compiler cannot know
    let best = bestTimes(repeats, [
        { _ = x.silu() },
        { for i in 0 ..< count { y.pointer[i] = x.pointer[i] / (1 + expf(-x.pointer[i])) } },
        { for i in 0 ..< count / 16 { target[i] = pointwiseMin(pointwiseMax(source[i], Vector(repeating: -1)), Vector(repeating: 1)) } },
            {
                for i in 0 ..< count / 16 {
                    target[i] = source[i].clamped(lowerBound: Vector(repeating: -1), upperBound: Vector(repeating: 1))
                }
            },
        { for i in 0 ..< count / 16 { target[i] = pointwiseMin(pointwiseMax(source[i], -bound), bound) } },
    ])
    row("SiLU with `Vector.exp` instead of the C library's `expf`", times(best[1] / best[0]))
    row("limiting with `pointwiseMin/Max` and constants instead of `.clamped`", times(best[3] / best[2]))
    row("the same instead of `pointwiseMin/Max` and variables", times(best[4] / best[2]))
}

/// Eight small layers with the shelf as it is, and with the shelf emptied before every step.
func compareBuffers(_ repeats: Int) {
    let x = random(4096, 128).asParameter(), gain = random(128).asParameter()
    func step() {
        var h = x
        for _ in 0 ..< 8 { h = h.rmsNorm(gain).silu() + h }
        h.squared().mean().backward()
        [x, gain].forEach { $0.clearGradient() }
    }
    let best = bestTimes(repeats, [step, { Memory.empty(); step() }])
    row("eight small layers with buffers from the shelf instead of from the system", "-", times(best[1] / best[0]))
    let before = Memory.bytesAllocated
    for _ in 0 ..< 200 { step() }
    row("bytes taken from the system by 200 further steps", "-", "-", "\(Memory.bytesAllocated - before)")
}
