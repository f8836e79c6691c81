// SamplingOptions.swift - the flags of every command that imagines.

import ArgumentParser

public struct SamplingOptions: ParsableArguments {
    @Option(help: "Passes through the network for a frame (default: the family's own).")
    public var samplingSteps: Int?
    @Option(help: "0: the mean of what is possible (default); 1: a sample, as likely as the model holds it to be.")
    public var temperature: Float?

    public init() {}

    public mutating func validate() throws {
        if let samplingSteps, !(1 ... 64).contains(samplingSteps) {
            throw ValidationError("--sampling-steps must be at least 1, and at most 64")
        }
        if let temperature, !(0 ... 10).contains(temperature) { throw ValidationError("--temperature must be at least 0, and at most 10") }
    }

    public var sampling: Sampling { Sampling(steps: samplingSteps, temperature: temperature ?? 0) }
}
