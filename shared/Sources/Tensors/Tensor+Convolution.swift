// Tensor+Convolution.swift - how does a layer see a pixel's neighbors, and do so the same way everywhere?
//
// Through a window of k×k pixels that slides over the frame. Written out as a row, a window is k·k·C numbers, and the layer is a linear
// one on all those rows ("im2col"; arXiv 1410.0759, section 3): OpenBLAS does it at full speed. Since a frame is [H,W,C], a window is
// k runs of k·C numbers that already lie side by side, and writing it out is k copies. (Windows.swift)

extension Tensor {
    /// [B,H,W,C] -> [B,H',W',O] with H' = (H + 2·padding - k) / stride + 1, as `torch.conv2d`. `weight` is a matrix [O,k·k·C]: for each output
    /// its window, written out row by row. `bias` [O] and `residual` [B,H',W',O] are added in the same pass over memory.
    public func convolution(
        _ weight: Tensor, bias: Tensor? = nil, residual: Tensor? = nil, stride: Int = 1, padding: Int = 0
    ) -> Tensor {
        precondition(shape.count == 4 && weight.shape.count == 2, "convolution: [B,H,W,C] and [O,k·k·C], not \(shape) and \(weight.shape)")
        let windows = Windows(of: shape, length: weight.size(1), stride: stride, padding: padding)
        if windows.size == 1 && stride == 1 && padding == 0 { return linear(weight, bias: bias, residual: residual) }
        let output = weight.size(0), length = windows.length
        let result = Tensor(uninitialized: [shape[0], windows.outHeight, windows.outWidth, output])
        precondition(residual == nil || residual!.shape == result.shape, "convolution: the residual has the shape \(result.shape)")

        if let residual { Tensor.copy(residual.pointer, to: result.pointer, count: result.count) }
        if let bias { Tensor.addToRows(result.pointer, result.count / output, output, bias.pointer, beta: residual == nil ? 0 : 1) }
        windows.multiply(pointer, by: weight, into: result.pointer, beta: bias == nil && residual == nil ? 0 : 1)

        return result.recorded(from: [self, weight] + [bias, residual].compactMap { $0 }) { [self] result in
            let dy = result.gradientPointer
            weight.accumulate { dw, beta in  // dW = dYᵀ·windows
                let shares = Tensor(repeating: 0, shape: [Workers.count, weight.count])  // each worker adds up its own
                windows.forEachBlock(of: pointer, outputs: output) { part, pixels, block in
                    OpenBLAS.multiply(
                        output, length, pixels.count, dy + pixels.lowerBound * output, lda: output, transposeA: true, block, ldb: length,
                        shares.pointer + part * weight.count, ldc: length, beta: 1, isAlone: true)
                }
                Tensor.sumRows(shares.pointer, Workers.count, weight.count, into: dw, beta: beta)
            }
            accumulate { dx, beta in
                if stride == 1 && padding < windows.size {
                    // A pixel is seen from all around, by each window in another place: one more convolution, of dY, with the windows turned by 180°.
                    Windows(of: result.shape, size: windows.size, stride: 1, padding: windows.size - 1 - padding)
                        .multiply(dy, by: weight.turned(channels: size(-1)), into: dx, beta: beta)
                } else {
                    windows.spread(dy, through: weight, onto: dx, beta: beta)
                }
            }
            bias?.accumulate { db, beta in Tensor.sumRows(dy, result.count / output, output, into: db, beta: beta) }
            residual?.adoptGradient(of: result)
        }
    }

    /// [O,k·k·C] -> [C,k·k·O]: inputs and outputs change places, and each window is read from its end.
    private func turned(channels: Int) -> Tensor {
        let (output, places) = (size(0), size(1) / channels)
        let result = Tensor(uninitialized: [channels, places * output])
        for c in 0 ..< channels {
            for place in 0 ..< places {
                let row = result.pointer + (c * places + places - 1 - place) * output, column = pointer + place * channels + c
                for o in 0 ..< output { row[o] = column[o * places * channels] }
            }
        }
        return result
    }
}
