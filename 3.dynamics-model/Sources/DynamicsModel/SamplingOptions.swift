// SamplingOptions.swift - the flags of every command that imagines.

import ArgumentParser

public struct SamplingOptions: ParsableArguments {
    @Option(help: "Decoding steps for a frame: passes in which its tokens are filled in.")
    public var samplingSteps = Sampling().steps
    @Option(help: "0: the middle of what is possible; 1: as likely as the model holds them to be.")
    public var temperature = Sampling().temperature

    public init() {}

    public mutating func validate() throws {
        guard (1 ... 64).contains(samplingSteps) else { throw ValidationError("--sampling-steps must be at least 1, and at most 64") }
        guard (0 ... 10).contains(temperature) else { throw ValidationError("--temperature must be at least 0, and at most 10") }
    }

    public var sampling: Sampling { Sampling(steps: samplingSteps, temperature: temperature) }
}
