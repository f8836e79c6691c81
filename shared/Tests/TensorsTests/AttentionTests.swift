// AttentionTests.swift - does the fused kernel compute what the equation says, along any axis?
//
// The other side of the comparison is written from permute, matmul and softmax, one line a step of the equation.

import CommandTesting
import Foundation
@testable import Tensors
import XCTest

final class AttentionTests: XCTestCase {
    /// Angles without any pattern, [L, hd/2].
    private func angles(_ length: Int, _ headWidth: Int) -> [[Float]] {
        (0 ..< length).map { p in (0 ..< headWidth / 2).map { i in Float(p) * 0.7 + Float(i * p) * 0.3 } }
    }

    /// softmax(q·kᵀ / √hd)·v for `qkv` [outer, L, inner, 3·nh·hd], one transposition and one product at a time.
    private func plain(_ qkv: Tensor, heads: Int, isCausal: Bool, angles: [[Float]]?, sees: ((Int, Int) -> Bool)? = nil) -> Tensor {
        let (outer, l, inner) = (qkv.size(0), qkv.size(1), qkv.size(2)), hd = qkv.size(3) / 3 / heads
        let split = qkv.reshaped([outer, l, inner, 3, heads, hd]).permuted([3, 0, 2, 4, 1, 5])  // [3,outer,inner,nh,L,hd]
        func part(_ i: Int) -> Tensor { split.sliced(axis: 0, i ..< i + 1).reshaped([outer, inner, heads, l, hd]) }
        func turned(_ x: Tensor) -> Tensor {
            guard let angles else { return x }
            let cosines = Tensor(angles.flatMap { $0.map(cosf) }, shape: [l, hd / 2]),
                sines = Tensor(angles.flatMap { $0.map(sinf) }, shape: [l, hd / 2])
            let a = x.sliced(axis: -1, 0 ..< hd / 2), b = x.sliced(axis: -1, hd / 2 ..< hd)
            return Tensor.concatenated([a * cosines - b * sines, b * cosines + a * sines], axis: -1)
        }
        var scores = turned(part(0)).matmul(turned(part(1)).transposed()) / Float(hd).squareRoot()
        if isCausal { scores = scores + Tensor((0 ..< l * l).map { $0 % l > $0 / l ? -1e9 : 0 }, shape: [l, l]) }
        if let sees { scores = scores + Tensor((0 ..< l * l).map { sees($0 / l, $0 % l) ? 0 : -1e9 }, shape: [l, l]) }
        return scores.softmax().matmul(part(2)).permuted([0, 3, 1, 2, 4]).reshaped([outer, l, inner, heads * hd])
    }

    /// Lengths and widths around the kernel's vectors of 16 and its blocks of 4 × 32.
    func testAgreesWithTheEquation() {
        for (l, hd) in [(1, 4), (2, 8), (5, 6), (15, 16), (16, 32), (17, 18), (33, 48), (48, 34), (64, 32)] {
            for isCausal in [false, true] {
                for table in [nil, angles(l, hd)] {
                    let heads = 2, name = "L \(l), hd \(hd), causal \(isCausal), rotary \(table != nil)"
                    let qkv = random([2, l, 3, 3 * heads * hd]).asParameter()
                    poisonReleasedMemory(upTo: 4096)
                    let fused = { (x: [Tensor]) in
                        x[0].attention(axis: 1, heads: heads, isCausal: isCausal, rotary: table.map(RotaryTable.init))
                    }
                    let expected = { (x: [Tensor]) in self.plain(x[0], heads: heads, isCausal: isCausal, angles: table) }
                    assertClose(fused([qkv]).values, expected([qkv]).values, 1e-5, name)
                    assertClose(gradients(of: [qkv], fused)[0]!, gradients(of: [qkv], expected)[0]!, 5e-5, "gradient, " + name)
                }
            }
        }
    }

    func testAMaskSaysWhoSeesWhom() {
        // Each position sees itself and those whose number divides its own: no prefix could say that.
        func sees(_ i: Int, _ j: Int) -> Bool { (i + 1) % (j + 1) == 0 }
        for l in [1, 5, 17] {
            let qkv = random([2, l, 3, 24]).asParameter(), table = angles(l, 4)
            let mask = AttentionMask(length: l, sees: sees)
            poisonReleasedMemory(upTo: 4096)
            let fused = { (x: [Tensor]) in
                x[0].attention(axis: 1, heads: 2, isCausal: false, rotary: RotaryTable(angles: table), mask: mask)
            }
            let expected = { (x: [Tensor]) in self.plain(x[0], heads: 2, isCausal: false, angles: table, sees: sees) }
            assertClose(fused([qkv]).values, expected([qkv]).values, 1e-5, "L \(l)")
            assertClose(gradients(of: [qkv], fused)[0]!, gradients(of: [qkv], expected)[0]!, 5e-5, "gradient, L \(l)")
        }
        // What is not seen has no part at all, not a small one.
        let x = random([4, 12]), mask = AttentionMask(length: 4) { i, j in i == 3 || j < 2 }
        var y = x.values
        for i in 24 ..< 48 { y[i] = 1e6 }
        let before = x.attention(axis: 0, heads: 2, isCausal: false, mask: mask),
            after = Tensor(y, shape: [4, 12]).attention(axis: 0, heads: 2, isCausal: false, mask: mask)
        XCTAssertEqual(before.values[..<8], after.values[..<8])
    }

    func testThePastNeedNotBeComputedAgain() {
        Tensor.withoutGradients {
            for (past, present) in [(1, 1), (7, 1), (15, 1), (16, 2), (3, 5)] {
                let all = random([2, past + present, 3, 24]), table = RotaryTable(angles: angles(past + present, 4))
                let whole = all.attention(axis: 1, heads: 2, isCausal: true, rotary: table)
                let part = all.sliced(axis: 1, past ..< past + present)
                    .attention(axis: 1, heads: 2, isCausal: true, rotary: table, past: all.sliced(axis: 1, 0 ..< past))
                assertClose(part.values, whole.sliced(axis: 1, past ..< past + present).values, 1e-6, "\(past) and \(present)")
            }
        }
    }

    func testGradientsAlongEveryAxis() {
        for (axis, shape) in [
            (0, [5, 12]), (-2, [5, 12]), (1, [2, 5, 12]), (-3, [2, 3, 2, 12]), (1, [2, 3, 2, 12]), (0, [3, 2, 12]), (1, [1, 17, 12]),
        ] {
            for isCausal in [false, true] {
                let l = shape[axis < 0 ? shape.count + axis : axis]
                checkGradients("axis \(axis) of \(shape), causal \(isCausal)", [shape], from: -1, to: 1) {
                    $0[0].attention(axis: axis, heads: 2, isCausal: isCausal)
                }
                checkGradients("the same with rotary", [shape], from: -1, to: 1) {
                    $0[0].attention(axis: axis, heads: 2, isCausal: isCausal, rotary: RotaryTable(angles: angles(l, 2)))
                }
            }
        }
        checkGradients("heads of odd width", [[4, 18]], from: -1, to: 1) { $0[0].attention(axis: 0, heads: 2, isCausal: false) }
    }

    func testCausalAttentionSeesNoFuture() {
        let qkv = random([2, 19, 3, 24])
        let before = qkv.attention(axis: 1, heads: 2, isCausal: true)
        for t in [18, 16, 9, 1] {
            let changed = Tensor.concatenated([qkv.sliced(axis: 1, 0 ..< t), qkv.sliced(axis: 1, t ..< 19) * -3], axis: 1)
            let after = changed.attention(axis: 1, heads: 2, isCausal: true)
            XCTAssertEqual(after.sliced(axis: 1, 0 ..< t).values, before.sliced(axis: 1, 0 ..< t).values, "the past before \(t) changed")
            XCTAssertNotEqual(after.sliced(axis: 1, t ..< t + 1).values, before.sliced(axis: 1, t ..< t + 1).values)
        }
    }

    /// Turning every query and key by the same further angle changes nothing: only distances count.
    func testRotaryPositionsAreRelative() {
        let qkv = random([1, 7, 1, 24]), table = (0 ..< 9).map { p in (0 ..< 4).map { i in Float(p) * 0.4 / Float(i + 1) } }
        let early = qkv.attention(axis: 1, heads: 1, isCausal: false, rotary: RotaryTable(angles: Array(table[0 ..< 7])))
        let late = qkv.attention(axis: 1, heads: 1, isCausal: false, rotary: RotaryTable(angles: Array(table[2 ..< 9])))
        assertClose(early.values, late.values, 1e-5)
    }

    func testLargeScoresDoNotOverflow() {
        let y = (random([1, 20, 1, 12]) * 1000).attention(axis: 1, heads: 1, isCausal: true)
        XCTAssert(y.values.allSatisfy(\.isFinite))
    }
}
