// Tensor+Resampling.swift - frames at another size: larger for a decoder, smaller for what looks at the whole.
//
// The nearest pixel, the mean, the largest, or all of a square as one pixel with more channels. None has weights: what is to be learned
// about it, the convolution that follows learns.

extension Tensor {
    /// Each pixel becomes a square of `factor`×`factor`: [B,H,W,C] -> [B,f·H,f·W,C], as `torch.nn.Upsample` with the nearest pixel.
    public func upsampled(by factor: Int = 2) -> Tensor {
        let (width, channels) = (size(2), size(3)), row = width * channels
        let result = Tensor(uninitialized: [size(0), size(1) * factor, width * factor, channels])
        Workers.split(size(0) * size(1), minimum: max(1, 8192 / row)) { _, rows in
            for y in rows {
                let target = result.pointer + y * factor * factor * row
                for x in 0 ..< width {
                    for i in 0 ..< factor {
                        (target + (x * factor + i) * channels).update(from: pointer + y * row + x * channels, count: channels)
                    }
                }
                for i in 1 ..< max(1, factor) { (target + i * factor * row).update(from: target, count: factor * row) }
            }
        }
        return result.recorded(from: [self]) { [self] result in
            let dy = result.gradientPointer
            accumulate { dx, beta in  // a pixel answers for its whole square
                Workers.split(size(0) * size(1), minimum: max(1, 8192 / row)) { _, rows in
                    for y in rows {
                        let dx = dx + y * row
                        if beta == 0 { dx.update(repeating: 0, count: row) }
                        for i in 0 ..< factor {
                            let dy = dy + (y * factor + i) * factor * row
                            for x in 0 ..< width {
                                for j in 0 ..< factor {
                                    for c in 0 ..< channels { dx[x * channels + c] += dy[(x * factor + j) * channels + c] }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Each square of `factor`×`factor` pixels becomes one with all their channels: [B,H,W,C] ->
    /// [B,H/f,W/f,f·f·C] (arXiv 1609.05158, the other way).
    public func spaceToDepth(_ factor: Int) -> Tensor {
        let (batch, height, width, channels) = (size(0), size(1), size(2), size(3))
        precondition(height % factor == 0 && width % factor == 0, "\(shape) has no whole squares of \(factor)")
        return reshaped([batch, height / factor, factor, width / factor, factor * channels]).permuted([0, 1, 3, 2, 4])
            .reshaped([batch, height / factor, width / factor, factor * factor * channels])
    }

    /// ... and back: [B,H,W,f·f·C] -> [B,f·H,f·W,C].
    public func depthToSpace(_ factor: Int) -> Tensor {
        let (batch, height, width, channels) = (size(0), size(1), size(2), size(3) / (factor * factor))
        return reshaped([batch, height, width, factor, factor * channels]).permuted([0, 1, 3, 2, 4])
            .reshaped([batch, height * factor, width * factor, channels])
    }

    /// The mean of each square of `factor`×`factor` pixels: [B,H,W,C] -> [B,H/f,W/f,C].
    public func averagePooled(by factor: Int = 2) -> Tensor {
        let channels = size(3), squares = spaceToDepth(factor)
        return squares.reshaped([squares.count / (factor * factor * channels), factor * factor, channels]).mean(axis: 1)
            .reshaped(squares.shape.dropLast() + [channels])
    }

    /// The largest of each square of `factor`×`factor` pixels, channel by channel: [B,H,W,C] -> [B,H/f,W/f,C]. The gradient goes to it
    /// alone (the first, if several are equal).
    public func maxPooled(by factor: Int = 2) -> Tensor {
        let (channels, places) = (size(3), factor * factor), squares = spaceToDepth(factor)
        let result = Tensor(uninitialized: squares.shape.dropLast() + [channels])
        var winners = [Int](repeating: 0, count: result.count)  // where in `squares` it stood
        for square in 0 ..< result.count / channels {
            for c in 0 ..< channels {
                let first = square * places * channels + c
                var best = first
                for place in 1 ..< max(1, places) where squares.pointer[first + place * channels] > squares.pointer[best] {
                    best = first + place * channels
                }
                winners[square * channels + c] = best
                result.pointer[square * channels + c] = squares.pointer[best]
            }
        }
        return result.recorded(from: [squares]) { result in
            let dy = result.gradientPointer
            squares.accumulate { dx, beta in
                if beta == 0 { dx.update(repeating: 0, count: squares.count) }
                for (i, winner) in winners.enumerated() { dx[winner] += dy[i] }
            }
        }
    }
}
