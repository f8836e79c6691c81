// ConvolutionTests.swift - the matrix product against four loops that say what a convolution is.

@testable import Tensors
import XCTest

final class ConvolutionTests: XCTestCase {
    private func plain(_ x: Tensor, _ w: Tensor, _ bias: Tensor, stride: Int, padding: Int) -> Tensor {
        let (batch, channels, height, width) = (x.size(0), x.size(1), x.size(2), x.size(3)), (output, k) = (w.size(0), w.size(2))
        let (h, v) = ((width + 2 * padding - k) / stride + 1, (height + 2 * padding - k) / stride + 1)
        let y = Tensor(repeating: 0, shape: [batch, output, v, h])
        for b in 0 ..< batch { for o in 0 ..< output { for oy in 0 ..< v { for ox in 0 ..< h {
            var sum = bias.pointer[o]
            for c in 0 ..< channels { for ky in 0 ..< k { for kx in 0 ..< k {
                let (iy, ix) = (oy * stride + ky - padding, ox * stride + kx - padding)
                guard 0 ..< height ~= iy, 0 ..< width ~= ix else { continue }
                sum += x.pointer[((b * channels + c) * height + iy) * width + ix] * w.pointer[((o * channels + c) * k + ky) * k + kx]
            } } }
            y.pointer[((b * output + o) * v + oy) * h + ox] = sum
        } } } }
        return y
    }

    func testAgreesWithTheLoops() {
        for (k, stride, padding) in [(1, 1, 0), (3, 1, 1), (3, 2, 1), (4, 2, 1), (4, 4, 0), (5, 3, 4)] {
            let x = random([3, 5, 17, 14]), w = random([6, 5, k, k]), bias = random([6])
            poisonReleasedMemory()
            let y = x.convolution2D(w, bias: bias, stride: stride, padding: padding)
            let expected = plain(x, w, bias, stride: stride, padding: padding)
            XCTAssertEqual(y.shape, expected.shape)
            assertClose(y.values, expected.values, 1e-4, "\(k)×\(k), stride \(stride), padding \(padding)")
        }
    }
}
