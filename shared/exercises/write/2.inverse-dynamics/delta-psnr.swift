// delta-psnr - does the decoder listen to its code at all?
//
// Predict a frame with the right code, and again with a random one. How many decibels does the wrong code cost? A decoder that is deaf pays
// nothing (Genie, arXiv 2402.15391, section 3). Read section 5 of 2.inverse-dynamics/README.md.

import Foundation

/// Frames, each a list of numbers in 0 ... 1: the true ones, those predicted with the right codes, those with random codes -> the mean over
/// the frames of PSNR (10·log10(1 / mean squared error)) with the right code, less PSNR with the random one.
public func deltaPSNR(truth: [[Float]], right: [[Float]], random: [[Float]]) -> Double {
    // hole: return -1
    func psnr(_ frame: [Float], _ truth: [Float]) -> Double {
        let error = zip(frame, truth).reduce(0.0) { $0 + pow(Double($1.0 - $1.1), 2) } / Double(truth.count)
        return -10 * log10(max(error, 1e-10))
    }
    let differences = truth.indices.map { psnr(right[$0], truth[$0]) - psnr(random[$0], truth[$0]) }
    return differences.reduce(0, +) / Double(differences.count)
    // end of hole
}

// hint 1: Write PSNR of one frame first, as a function inside the function. Then the mean of the differences, frame by frame.
// hint 2: The mean of logarithms is not the logarithm of the mean: one PSNR for each frame, and only then the mean.
// hint 3: psnr = -10 * log10(max(Σ(x - y)² / count, 1e-10)); truth.indices.map { psnr(right[$0], truth[$0]) - psnr(random[$0],
//         truth[$0]) }, and their mean.
