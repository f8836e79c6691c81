// ConvolutionTests.swift - the matrix product against loops that say what a convolution is; squares of pixels there and back.

import CommandTesting
@testable import Tensors
import XCTest

final class ConvolutionTests: XCTestCase {
    private func plain(_ x: Tensor, _ w: Tensor, _ bias: Tensor, size k: Int, stride: Int, padding: Int) -> Tensor {
        let (batch, height, width, channels) = (x.size(0), x.size(1), x.size(2), x.size(3)), output = w.size(0)
        let (v, h) = ((height + 2 * padding - k) / stride + 1, (width + 2 * padding - k) / stride + 1)
        let y = Tensor(repeating: 0, shape: [batch, v, h, output])
        for b in 0 ..< batch { for oy in 0 ..< v { for ox in 0 ..< h { for o in 0 ..< output {
            var sum = bias.pointer[o]
            for ky in 0 ..< k { for kx in 0 ..< k { for c in 0 ..< channels {
                let (iy, ix) = (oy * stride + ky - padding, ox * stride + kx - padding)
                guard 0 ..< height ~= iy, 0 ..< width ~= ix else { continue }
                sum += x.pointer[((b * height + iy) * width + ix) * channels + c] * w.pointer[((o * k + ky) * k + kx) * channels + c]
            } } }
            y.pointer[((b * v + oy) * h + ox) * output + o] = sum
        } } } }
        return y
    }

    func testAgreesWithTheLoops() {
        for (k, stride, padding, channels, outputs) in [
            (1, 1, 0, 5, 6), (3, 1, 1, 16, 6), (3, 1, 1, 5, 6), (3, 2, 1, 7, 6), (4, 2, 1, 5, 6), (4, 4, 0, 5, 6), (5, 3, 4, 3, 6),
            (1, 2, 0, 4, 6), (3, 1, 1, 16, 32), (3, 2, 1, 7, 33), (4, 2, 1, 5, 48),
        ] {
            let x = random([3, 17, 14, channels]), w = random([outputs, k * k * channels]), bias = random([outputs])
            poisonReleasedMemory()
            let y = x.convolution(w, bias: bias, stride: stride, padding: padding)
            let expected = plain(x, w, bias, size: k, stride: stride, padding: padding)
            XCTAssertEqual(y.shape, expected.shape)
            assertClose(y.values, expected.values, 1e-4, "\(k)×\(k), stride \(stride), padding \(padding)")
        }
    }

    /// Larger than a block of windows, and cut in the middle of a picture.
    func testManyBlocks() {
        let x = random([2, 33, 64, 24]), w = random([16, 9 * 24], -0.1, 0.1), bias = random([16])
        assertClose(x.convolution(w, bias: bias, padding: 1).values, plain(x, w, bias, size: 3, stride: 1, padding: 1).values, 1e-4)
    }

    func testSquaresOfPixelsThereAndBack() {
        let x = random([2, 6, 4, 3])
        let squares = x.spaceToDepth(2)
        XCTAssertEqual(squares.shape, [2, 3, 2, 12])
        // The first square: two pixels of row 0, then two of row 1.
        XCTAssertEqual(Array(squares.values[0 ..< 12]), Array(x.values[0 ..< 6] + x.values[12 ..< 18]))
        XCTAssertEqual(squares.depthToSpace(2).values, x.values)
        XCTAssertEqual(x.upsampled(by: 3).averagePooled(by: 3).values.count, x.count)
        assertClose(x.upsampled(by: 3).averagePooled(by: 3).values, x.values, 1e-6)
        XCTAssertEqual(x.upsampled(by: 2).maxPooled(by: 2).values, x.values)
    }

    /// Numbers far from zero with little spread: sums of squares would lose it.
    func testGroupNormFarFromZero() {
        let x = random([1, 64, 4], 1000, 1001)
        let y = x.groupNorm(2)
        XCTAssertEqual(y.mean().item, 0, accuracy: 1e-3)
        XCTAssertEqual(y.squared().mean().item, 1, accuracy: 1e-2)
    }
}
