// Tensor+GroupNorm.swift - how are the channels of a picture kept at one size?
//
// A picture's own mean and spread, over all its pixels and a group of channels, are taken out (arXiv 1803.08494, equation 1); then each
// channel is scaled and shifted. Scale and shift are learned once for all pictures, or said for each picture by something that knows more,
// an action or a noise level: adaptive group norm (arXiv 2105.05233, section 3).
//
// All is said by two numbers for each picture and channel, in both directions, so every pass over the pixels is a·x + b:
//   y = scale·n + shift,  n = (x - m)·r        dx = r·(g - mean(g) - n·mean(g·n)),  g = scale·dy

extension Tensor {
    /// [B,..,C] -> the same shape. `scale` and `shift`: [C], the same for all pictures, or [B,C], a row for each; nil: 1 and 0.
    public func groupNorm(_ groups: Int, scale: Tensor? = nil, shift: Tensor? = nil, epsilon: Float = 1e-5) -> Tensor {
        let (batch, channels) = (shape[0], size(-1)), pixels = count / max(1, batch * channels), width = channels / groups
        precondition(channels % groups == 0, "group norm: \(channels) channels are not \(groups) equal groups")
        precondition([scale, shift].allSatisfy { $0 == nil || $0!.shape == [channels] || $0!.shape == [batch, channels] },
                     "group norm: scale and shift are [\(channels)] or [\(batch),\(channels)]")
        let result = Tensor(uninitialized: shape), members = Float(pixels * width)
        let means = Buffer(count: batch * channels), inverses = Buffer(count: batch * channels)  // m and r, written out for each channel
        /// Row `b` of scale or shift.
        func row(_ values: Tensor?, _ b: Int) -> UnsafeMutablePointer<Float>? {
            values.map { $0.pointer + ($0.shape.count == 2 ? b * channels : 0) }
        }

        Workers.split(batch) { _, images in
            let scratch = Buffer(count: 2 * channels), a = scratch.pointer, k = a + channels
            for b in images {
                let x = pointer + b * pixels * channels, y = result.pointer + b * pixels * channels
                let m = means.pointer + b * channels, r = inverses.pointer + b * channels
                k.update(repeating: 0, count: channels)
                for p in 0 ..< pixels { for c in 0 ..< channels { k[c] += x[p * channels + c] } }
                share(k, among: groups, width) { m[$0] = $1 / members }
                k.update(repeating: 0, count: channels)
                // Not Σx² - count·m²: where m is large, that subtracts two nearly equal numbers and keeps their rounding errors.
                for p in 0 ..< pixels {
                    let x = x + p * channels
                    for c in 0 ..< channels { k[c] += (x[c] - m[c]) * (x[c] - m[c]) }
                }
                share(k, among: groups, width) { r[$0] = 1 / ($1 / members + epsilon).squareRoot() }
                let scale = row(scale, b), shift = row(shift, b)
                for c in 0 ..< channels {
                    a[c] = r[c] * (scale?[c] ?? 1)
                    k[c] = (shift?[c] ?? 0) - m[c] * a[c]
                }
                for p in 0 ..< pixels {
                    let x = x + p * channels, y = y + p * channels
                    for c in 0 ..< channels { y[c] = a[c] * x[c] + k[c] }
                }
            }
        }

        return result.recorded(from: [self] + [scale, shift].compactMap { $0 }) { [self] result in
            let sums = Buffer(count: 2 * batch * channels)  // Σ dy and Σ dy·n over the pixels of each picture and channel
            let ofDY = sums.pointer, ofDYN = sums.pointer + batch * channels
            Workers.split(batch) { _, images in
                for b in images {
                    let x = pointer + b * pixels * channels, dy = result.gradientPointer + b * pixels * channels
                    let m = means.pointer + b * channels, r = inverses.pointer + b * channels
                    let s = ofDY + b * channels, n = ofDYN + b * channels
                    s.update(repeating: 0, count: channels)
                    n.update(repeating: 0, count: channels)
                    for p in 0 ..< pixels {
                        let x = x + p * channels, dy = dy + p * channels
                        for c in 0 ..< channels {
                            s[c] += dy[c]
                            n[c] += dy[c] * (x[c] - m[c])
                        }
                    }
                    for c in 0 ..< channels { n[c] *= r[c] }
                }
            }
            accumulate { dx, beta in
                Workers.split(batch) { _, images in
                    let scratch = Buffer(count: 3 * channels), a = scratch.pointer, h = a + channels, k = h + channels
                    for b in images {
                        let x = pointer + b * pixels * channels, dy = result.gradientPointer + b * pixels * channels,
                            dx = dx + b * pixels * channels
                        let m = means.pointer + b * channels, r = inverses.pointer + b * channels, scale = row(scale, b)
                        // dx = a·dy + h·x + k
                        for c in 0 ..< channels {
                            a[c] = (scale?[c] ?? 1) * ofDYN[b * channels + c]
                            k[c] = (scale?[c] ?? 1) * ofDY[b * channels + c]
                        }
                        share(a, among: groups, width) { h[$0] = -r[$0] * r[$0] * $1 / members }
                        share(k, among: groups, width) { k[$0] = -r[$0] * $1 / members - h[$0] * m[$0] }
                        for c in 0 ..< channels { a[c] = r[c] * (scale?[c] ?? 1) }
                        for p in 0 ..< pixels {
                            let x = x + p * channels, dy = dy + p * channels, dx = dx + p * channels
                            if beta == 0 {
                                for c in 0 ..< channels { dx[c] = a[c] * dy[c] + h[c] * x[c] + k[c] }
                            } else {
                                for c in 0 ..< channels { dx[c] += a[c] * dy[c] + h[c] * x[c] + k[c] }
                            }
                        }
                    }
                }
            }
            for (parameter, share) in [(scale, ofDYN), (shift, ofDY)] {
                parameter?.accumulate { gradient, beta in
                    if parameter!.shape.count == 2 {
                        for i in 0 ..< batch * channels { gradient[i] = (beta == 0 ? 0 : gradient[i]) + share[i] }
                    } else {
                        Tensor.sumRows(share, batch, channels, into: gradient, beta: beta)
                    }
                }
            }
            withExtendedLifetime(sums) {}
        }
    }
}

/// Adds the channels' sums up within each group and hands the total to each of its channels.
@inline(__always)
private func share(_ sums: UnsafeMutablePointer<Float>, among groups: Int, _ width: Int, _ body: (_ channel: Int, _ total: Float) -> Void) {
    for group in 0 ..< groups {
        var total: Float = 0
        for c in group * width ..< (group + 1) * width { total += sums[c] }
        for c in group * width ..< (group + 1) * width { body(c, total) }
    }
}
