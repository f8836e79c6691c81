// Tensor+Convolution.swift - how does a layer see a pixel's neighbors, and do so the same way everywhere?
//
// Through a window of k×k pixels that slides over the frame: a linear layer on k·k·C numbers, with the same weights at every place. Since a
// frame is [H,W,C], a window is k runs of k·C numbers that lie side by side. Its three products (forward, and the two gradients of any
// linear layer) all slide windows over a picture in a frame of zeros:
//   y  = windows of x · Wᵀ         dW = dYᵀ · windows of x         dX = windows of dY · W turned by 180°
// (arXiv 1603.07285, chapter 4, draws the third: a pixel is seen from all around, by each window in another place.)

extension Tensor {
    /// [B,H,W,C] -> [B,H',W',O] with H' = (H + 2·padding - k) / stride + 1, as `torch.conv2d`. `weight` is a matrix [O,k·k·C]: for each
    /// output its window, written out row by row. `bias` [O] and `residual` [B,H',W',O] are added to the result.
    public func convolution(
        _ weight: Tensor, bias: Tensor? = nil, residual: Tensor? = nil, stride: Int = 1, padding: Int = 0
    ) -> Tensor {
        precondition(shape.count == 4 && weight.shape.count == 2, "convolution: [B,H,W,C] and [O,k·k·C], not \(shape) and \(weight.shape)")
        let (batch, height, width, channels, output) = (size(0), size(1), size(2), size(3), weight.size(0))
        let k = Int(Double(weight.size(1) / channels).squareRoot().rounded()), run = k * channels
        precondition(k * run == weight.size(1), "convolution: no square window on \(shape) holds \(weight.size(1)) numbers")
        precondition(
            padding < k && height + 2 * padding >= k && width + 2 * padding >= k, "a window of \(k)×\(k), padding \(padding), on \(shape)")
        precondition(bias == nil || bias!.shape == [output], "convolution: the bias \(bias!.shape) is not [\(output)]")
        if k == 1 && stride == 1 { return linear(weight, bias: bias, residual: residual) }
        let (outHeight, outWidth) = ((height + 2 * padding - k) / stride + 1, (width + 2 * padding - k) / stride + 1)
        let result = Tensor(uninitialized: [batch, outHeight, outWidth, output])
        precondition(residual == nil || residual!.shape == result.shape, "convolution: the residual has the shape \(result.shape)")

        if let residual { Tensor.copy(residual.pointer, to: result.pointer, count: result.count) }
        if let bias { Tensor.addToRows(result.pointer, result.count / output, output, bias.pointer, beta: residual == nil ? 0 : 1) }
        let columns = weight.rows(ofPlaces: k * k, turned: false)     // Wᵀ [k·k·C,O]
        slideWindows(over: framed(pointer, shape, at: padding, height + 2 * padding, width + 2 * padding), size: k, stride: stride, columns,
                     into: result.pointer, output, outHeight, outWidth, beta: bias == nil && residual == nil ? 0 : 1)

        return result.recorded(from: [self, weight] + [bias, residual].compactMap { $0 }) { [self] result in
            let dy = result.gradientPointer
            weight.accumulate { dw, beta in
                let frame = framed(pointer, shape, at: padding, height + 2 * padding, width + 2 * padding)
                sumWindows(of: frame, size: k, stride: stride, dy, output, outHeight, outWidth, into: dw, beta: beta)
            }
            accumulate { dx, beta in
                // With a stride, dY lies in the frame with gaps of zeros.
                let frame = framed(dy, result.shape, at: k - 1 - padding, height + k - 1, width + k - 1, step: stride)
                let turned = weight.rows(ofPlaces: k * k, turned: true)     // [k·k·O,C]
                slideWindows(over: frame, size: k, stride: 1, turned, into: dx, channels, height, width, beta: beta)
            }
            bias?.accumulate { db, beta in Tensor.sumRows(dy, result.count / output, output, into: db, beta: beta) }
            residual?.adoptGradient(of: result)
        }
    }

    /// [O,k·k·C] as what the windows are multiplied with, rows filled up with zeros to whole vectors: [k·k·C,O], or with inputs and outputs
    /// in each other's place and each window read from its end: [k·k·O,C].
    private func rows(ofPlaces places: Int, turned: Bool) -> Tensor {
        let (output, length) = (size(0), size(1)), channels = length / places, width = wholeVectors(turned ? channels : output)
        let result = Tensor(uninitialized: [turned ? places * output : length, width]), w = pointer, y = result.pointer
        if width != (turned ? channels : output) { y.update(repeating: 0, count: result.count) }
        for place in 0 ..< places {
            if turned {
                for o in 0 ..< output {
                    (y + ((places - 1 - place) * output + o) * width).update(from: w + o * length + place * channels, count: channels)
                }
            } else {
                for c in place * channels ..< (place + 1) * channels {
                    for o in 0 ..< output { y[c &* width &+ o] = w[o &* length &+ c] }
                }
            }
        }
        return result
    }
}

/// So many numbers, and as many more as fill whole vectors.
private func wholeVectors(_ count: Int) -> Int { (count + 15) / 16 * 16 }

/// Pictures [B,h,w,C] in frames of zeros: [B,height,width,C], the first pixel at (`start`, `start`), `step` from each to the next.
private func framed(
    _ x: UnsafeMutablePointer<Float>, _ shape: [Int], at start: Int, _ height: Int, _ width: Int, step: Int = 1
) -> Tensor {
    let (h, w, channels) = (shape[1], shape[2], shape[3])
    let result = Tensor(uninitialized: [shape[0], height, width, channels])
    Workers.split(shape[0] * height, minimum: max(1, (1 << 14) / (width * channels))) { _, rows in
        for row in rows {
            let target = result.pointer + row * width * channels,
                (y, isBetween) = (row % height - start).quotientAndRemainder(dividingBy: step)
            let isInside = row % height >= start && isBetween == 0 && y < h
            if !isInside || step > 1 || start > 0 || start + w < width { target.update(repeating: 0, count: width * channels) }
            guard isInside else { continue }
            let source = x + ((row / height) * h + y) * w * channels
            if step == 1 {
                (target + start * channels).update(from: source, count: w * channels)
            } else {
                for x in 0 ..< w { (target + (start + x * step) * channels).update(from: source + x * channels, count: channels) }
            }
        }
    }
    return result
}

/// y [B,height,width,O] = beta·y + windows of `frame` · `columns` [k·k·C,O..].
private func slideWindows(
    over frame: Tensor, size: Int, stride: Int, _ columns: Tensor,
    into y: UnsafeMutablePointer<Float>, _ output: Int, _ height: Int, _ width: Int, beta: Float
) {
    let (rowStep, channels, pixels) = (frame.size(2) * frame.size(3), frame.size(3), height * width), tiles = (pixels + 7) / 8
    let starts = (0 ..< tiles * 8).map { i -> Int in  // of each pixel's window, in the first picture
        let pixel = min(i, pixels - 1)
        return (pixel / width * rowStep + pixel % width * channels) * stride
    }
    Workers.split(frame.size(0) * tiles, minimum: max(1, 30_000 / (columns.count))) { _, range in
        let room = TileRoom()
        for i in range {
            let (picture, tile) = i.quotientAndRemainder(dividingBy: tiles), y = y + (picture * pixels + tile * 8) * output
            starts.withUnsafeBufferPointer { starts in
                sumRow(frame.pointer + picture * frame.count / frame.size(0), starts.baseAddress! + tile * 8, rows: size, rowStep: rowStep,
                    count: size * channels, step: 1, columns.pointer, width: columns.size(1), valid: min(8, pixels - tile * 8),
                    tile: room.pointer
                ) { pixel, column, sums in store(sums, at: y + pixel * output + column, min(16, output - column), beta) }
            }
        }
    }
}

/// dw [O,k·k·C] = beta·dw + Σ over pixels of dYᵀ · windows of `frame`. Each worker has places in the windows of its own, so the order of
/// the additions is fixed, whatever the number of workers.
private func sumWindows(
    of frame: Tensor, size: Int, stride: Int, _ dy: UnsafeMutablePointer<Float>, _ output: Int, _ height: Int, _ width: Int,
    into dw: UnsafeMutablePointer<Float>, beta: Float
) {
    let (rowStep, channels, pixels, batch) = (frame.size(2) * frame.size(3), frame.size(3), height * width, frame.size(0))
    let (run, whole, length) = (size * channels, wholeVectors(output), size * size * channels), tiles = (run + 7) / 8
    var filled: Tensor?  // dY in whole vectors
    if whole != output {
        filled = Tensor(repeating: 0, shape: [batch * pixels, whole])
        for i in 0 ..< batch * pixels { (filled!.pointer + i * whole).update(from: dy + i * output, count: output) }
    }
    let dy = filled?.pointer ?? dy
    Workers.split(size * tiles, minimum: max(1, 1_000_000 / max(1, batch * pixels * whole * 8))) { _, range in
        let room = TileRoom(), sums = Buffer(count: 8 * whole)
        for i in range {
            let (row, tile) = i.quotientAndRemainder(dividingBy: tiles), valid = min(8, run - tile * 8)
            let starts = (0 ..< 8).map { row * rowStep + tile * 8 + min($0, valid - 1) }
            sums.pointer.update(repeating: 0, count: 8 * whole)
            for picture in 0 ..< batch {
                sumRow(
                    frame.pointer + picture * frame.count / batch, starts, rows: height, rowStep: stride * rowStep, count: width,
                    step: stride * channels,
                    dy + picture * pixels * whole, width: whole, valid: valid, tile: room.pointer
                ) { entry, column, more in
                    let place = entry * whole + column
                    sums.pointer.setVector(at: place, sums.pointer.vector(at: place) + more)
                }
            }
            for o in 0 ..< output {
                let target = dw + o * length + row * run + tile * 8
                for entry in 0 ..< valid { target[entry] = (beta == 0 ? 0 : target[entry]) + sums.pointer[entry * whole + o] }
            }
        }
    }
}

/// y = beta·y + sums, the first `count` of them; beta is 0 or 1.
@inline(__always)
private func store(_ sums: Vector, at y: UnsafeMutablePointer<Float>, _ count: Int, _ beta: Float) {
    if count == 16 {
        y.setVector(at: 0, beta == 0 ? sums : y.vector(at: 0) + sums)
    } else {
        for lane in 0 ..< count { y[lane] = (beta == 0 ? 0 : y[lane]) + sums[lane] }
    }
}
