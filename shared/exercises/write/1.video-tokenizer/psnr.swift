// psnr - how good is a picture, in decibels?
//
// Ten times the logarithm, to base ten, of 1 over the mean squared error. A picture has no colors below 0 and above 1, so what a model says
// outside is cut off first. Read section 10 of 1.video-tokenizer/README.md; the house's own is ReconstructionMetrics.swift.

import Foundation

/// Of a frame and the truth, as many numbers each; at most 100 dB, so that equal pictures have a number too.
public func psnr(of frame: [Float], _ truth: [Float]) -> Double {
    // hole: return 0
    var sum = 0.0
    for (x, y) in zip(frame, truth) {
        let difference = Double(max(0, min(1, x)) - y)
        sum += difference * difference
    }
    return -10 * log10(max(sum / Double(frame.count), 1e-10))
    // end of hole
}

// hint 1: 10·log10(1 / error) = -10·log10(error). Which error gives 100 dB?
// hint 2: Cut off x with max(0, min(1, x)), add up the squares in Double, divide by the count, and keep the error at 1e-10 or more.
// hint 3: -10 * log10(max(sum / Double(frame.count), 1e-10)), with sum over zip(frame, truth) of (max(0, min(1, x)) - y)².
