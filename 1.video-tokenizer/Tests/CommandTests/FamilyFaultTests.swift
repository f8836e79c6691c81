// FamilyFaultTests.swift - what holds for the main road's files holds for those of every family: damaged ones,
// and numbers that are not to be believed.

import CommandTesting
import FrameCoding
import FrameEncoders
import SafeTensors
import Tensors
import XCTest

final class FamilyFaultTests: TokenizerCommandTestCase {
    private static let families = [[], ["masked-autoencoder"], ["vae"], ["joint-embedding"], ["joint-embedding", "--objective", "masks"]]

    private func train(_ family: [String], _ more: String...) -> [String] {
        ["train-tokenizer"] + family.prefix(1) + ["--data", Self.data.path, "--preset", "tiny", "--batch-size", "8", "--threads", "1"]
            + family.dropFirst() + more
    }

    func testNumbersOfConfigurationsAreNotBelieved() throws {
        for (i, family) in Self.families.enumerated() {
            try succeed(train(family, "--run", "\(i)", "--steps", "1"))
            let model = file("checkpoints/\(i)/model.safetensors")
            try assertNoNumberIsBelieved(in: model) {
                let eye = try FrameEncoders.open(model)
                guard eye.imageSize <= 128 else { return }
                XCTAssertEqual(eye.latents(of: Tensor(repeating: 0.5, shape: [1, 1, eye.imageSize, eye.imageSize, 3])).size(0), 1)
            }
        }
    }

    func testDamagedRuns() throws {
        for (i, family) in Self.families.dropFirst().enumerated() {
            try succeed(train(family, "--run", "\(i)", "--steps", "4", "--stop-at", "2"))
            let resume = ["train-tokenizer"] + family.prefix(1) + ["--data", Self.data.path, "--run", "\(i)", "--resume"]
            let model = file("checkpoints/\(i)/model.safetensors"), state = file("checkpoints/\(i)/training-state.safetensors")
            let bytes = try [Data(contentsOf: model), Data(contentsOf: state)]
            try bytes[0].dropLast(100).write(to: model)
            try refuse(["validate-tokenizer", "--data", Self.data.path, "--run", "\(i)"], "checkpoints/\(i)/model.safetensors", "truncated")
            try bytes[0].write(to: model)
            try bytes[1].dropLast(100).write(to: state)
            try refuse(resume, "checkpoints/\(i)/training-state.safetensors", "truncated", "--overwrite")
            // What decides the next step is all there, or the run is not gone on with.
            let whole = try SafeTensorsFile(contentsOf: Self.write(bytes[1], to: state))
            for (key, value) in [
                ("generators", "{}"), ("optimizer_steps", "[]"),
                ("plan", "{\"steps\":4,\"batchSize\":-1,\"learningRate\":1,\"seed\":1,\"threads\":1}"),
            ] {
                var writer = SafeTensorsWriter(metadata: whole.metadata.merging([key: value]) { $1 })
                for name in whole.names { writer.add(name, shape: whole.entries[name]!.shape, floats: try whole.floats(name)) }
                try writer.write(to: state)
                try refuse(resume, "checkpoints/\(i)/training-state.safetensors", "--overwrite")
                try bytes[1].write(to: state)
            }
            try succeed(resume)
        }
    }

    private static func write(_ data: Data, to url: URL) throws -> URL {
        try data.write(to: url)
        return url
    }
}
