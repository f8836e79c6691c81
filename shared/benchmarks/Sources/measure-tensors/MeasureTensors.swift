// MeasureTensors.swift - what does each trick of the tensor package save?
//
// Every trick is run against the plain way of writing the same thing, in turns, and the best time of each counts: other
// programs can only make a run slower. Ratios are printed, since milliseconds belong to one machine. The table of
// shared/README.md is the output of this command.

import ArgumentParser
import Foundation
import Randomness
import Tensors

@main
struct MeasureTensors: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure-tensors", abstract: "Times fused kernels, threads, vectors, products and buffers of the tensor package.")

    @Option(help: "How often each way is timed; the best time counts.") var repeats = 30

    func validate() throws {
        if repeats < 1 { throw ValidationError("--repeats must be at least 1") }
    }

    func run() throws {
        let plain = PlainProduct.gigaflops(repeats)  // first: what OpenBLAS chooses before we have told it anything
        print("| what, on one thread unless it says otherwise | forward | forward + backward | memory |")
        print("| --- | --- | --- | --- |")
        for contest in fusedKernels() { contest.measure(repeats) }
        compareProducts(plain, repeats)
        compareThreads(repeats)
        compareVectors(repeats)
        compareBuffers(repeats)
    }
}

/// Prints one row of the table. `-` stands where a number would mean nothing.
func row(_ name: String, _ cells: String...) {
    print("| \(name) | " + (cells + Array(repeating: "-", count: 3 - cells.count)).joined(separator: " | ") + " |")
}

func times(_ ratio: Double) -> String { String(format: ratio < 9.5 ? "%.1f×" : "%.0f×", ratio) }

/// The best times of some ways to do a thing, in seconds. The ways take turns, so that a busy moment hits them all.
func bestTimes(_ repeats: Int, _ ways: [() -> Void]) -> [Double] {
    ways.forEach { $0() }  // the first run finds cold caches and an empty shelf
    var best = ways.map { _ in Double.infinity }
    for _ in 0 ..< repeats {
        for (i, way) in ways.enumerated() {
            let start = DispatchTime.now().uptimeNanoseconds
            way()
            best[i] = min(best[i], Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9)
        }
    }
    return best
}

/// Random numbers in a shape.
func random(_ shape: Int..., deviation: Float = 1) -> Tensor {
    var generator = SeededGenerator(seed: UInt64(shape.reduce(1, *)))
    return Tensor.normal(shape, standardDeviation: deviation, using: &generator)
}
