// Tensor+Convolution.swift - 2-D convolution as a matrix product.
//
// Each output pixel is a dot product of the weights with one window of the input. Writing all windows side by side as the
// columns of a matrix ("im2col") makes the whole layer one product, which OpenBLAS does at full speed.

extension Tensor {
    /// [B,C,H,W] * weight [O,C,k,k] (+ bias [O]) -> [B,O,H',W'] with H' = (H + 2·padding - k) / stride + 1, as `torch.conv2d`.
    public func convolution2D(_ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0) -> Tensor {
        precondition(shape.count == 4 && weight.shape.count == 4 && shape[1] == weight.shape[1] && weight.shape[2] == weight.shape[3],
                     "convolution2D: \(shape) does not fit the weight \(weight.shape)")
        let window = Window(
            channels: shape[1], height: shape[2], width: shape[3], size: weight.shape[2], stride: stride, padding: padding)
        let (batch, output) = (shape[0], weight.shape[0])
        let (k, pixels) = (window.rows, window.outHeight * window.outWidth)
        let result = Tensor(uninitialized: [batch, output, window.outHeight, window.outWidth])
        let columns = Buffer(count: k * pixels)
        defer { withExtendedLifetime(columns) {} }
        for b in 0 ..< batch {
            let y = result.pointer + b * output * pixels
            for o in 0 ..< output { (y + o * pixels).update(repeating: bias?.pointer[o] ?? 0, count: pixels) }
            window.unfold(pointer + b * count / batch, into: columns.pointer)
            OpenBLAS.multiply(output, pixels, k, weight.pointer, lda: k, columns.pointer, ldb: pixels, y, ldc: pixels, beta: 1)
        }
        return result.recorded(from: [self, weight] + (bias.map { [$0] } ?? [])) { [self] result in
            let dy = result.gradientPointer, columns = Buffer(count: k * pixels)
            defer { withExtendedLifetime(columns) {} }
            weight.accumulate { dw, beta in  // dW = Σ over images of dY·columnsᵀ
                for b in 0 ..< batch {
                    window.unfold(pointer + b * count / batch, into: columns.pointer)
                    OpenBLAS.multiply(
                        output, k, pixels, dy + b * output * pixels, lda: pixels, columns.pointer, ldb: pixels, transposeB: true,
                        dw, ldc: k, beta: b == 0 ? beta : 1)
                }
            }
            accumulate { dx, beta in  // dX: Wᵀ·dY gives the windows; overlapping windows add up
                if beta == 0 { dx.update(repeating: 0, count: count) }
                for b in 0 ..< batch {
                    OpenBLAS.multiply(
                        k, pixels, output, weight.pointer, lda: k, transposeA: true, dy + b * output * pixels, ldb: pixels,
                        columns.pointer, ldc: pixels)
                    window.fold(columns.pointer, addingTo: dx + b * count / batch)
                }
            }
            bias?.accumulate { db, beta in
                for o in 0 ..< output {
                    var sum: Float = 0
                    for b in 0 ..< batch { for i in 0 ..< pixels { sum += dy[(b * output + o) * pixels + i] } }
                    db[o] = (beta == 0 ? 0 : db[o]) + sum
                }
            }
        }
    }
}

/// Which input pixel each window of a convolution sees.
private struct Window {
    let channels: Int, height: Int, width: Int, size: Int, stride: Int, padding: Int
    var outHeight: Int { (height + 2 * padding - size) / stride + 1 }
    var outWidth: Int { (width + 2 * padding - size) / stride + 1 }
    /// The height of the matrix of windows: C·k·k.
    var rows: Int { channels * size * size }

    /// Calls `body` for each element of the matrix of windows [C·k·k, H'·W'] with the index of its pixel in the image, nil in
    /// the padding.
    @inline(__always)
    private func forEach(_ body: (_ element: Int, _ pixel: Int?) -> Void) {
        var element = 0
        for row in 0 ..< rows {
            let (channel, ky, kx) = (row / (size * size), row / size % size, row % size)
            for oy in 0 ..< outHeight {
                let y = oy * stride + ky - padding
                for ox in 0 ..< outWidth {
                    let x = ox * stride + kx - padding
                    let isInside = y >= 0 && y < height && x >= 0 && x < width
                    body(element, isInside ? (channel * height + y) * width + x : nil)
                    element += 1
                }
            }
        }
    }

    func unfold(_ image: UnsafeMutablePointer<Float>, into columns: UnsafeMutablePointer<Float>) {
        forEach { element, pixel in columns[element] = pixel.map { image[$0] } ?? 0 }
    }

    func fold(_ columns: UnsafeMutablePointer<Float>, addingTo image: UnsafeMutablePointer<Float>) {
        forEach { element, pixel in if let pixel { image[pixel] += columns[element] } }
    }
}
