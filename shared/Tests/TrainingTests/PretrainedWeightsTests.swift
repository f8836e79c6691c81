// PretrainedWeightsTests.swift - are the workbook's own weights taken where there is no run, and only there?

import SafeTensors
@testable import Training
import XCTest

final class PretrainedWeightsTests: TrainingTestCase {
    private func put(_ folder: String) throws {
        let url = URL(fileURLWithPath: folder)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        try SafeTensorsWriter().write(to: url.appendingPathComponent("model.safetensors"))
    }
    private func folder(_ path: String) -> String { PretrainedWeights.folder(insteadOf: URL(fileURLWithPath: path)).relativePath }

    func testOnlyTheDefaultRunHasAStandIn() throws {
        XCTAssertEqual(folder("checkpoints/default"), "checkpoints/default", "there is nothing else either: the error names the run")
        try put("pretrained")
        try put("stage/pretrained")
        XCTAssertEqual(folder("checkpoints/default"), "pretrained")
        XCTAssertEqual(folder("checkpoints/pretrained"), "pretrained")
        XCTAssertEqual(folder("stage/checkpoints/default/"), "stage/pretrained")
        XCTAssertEqual(folder("./stage/checkpoints/default"), "./stage/pretrained")
        for other in ["checkpoints/mine", "mycheckpoints/default", "other/checkpoints/default", "default"] {
            XCTAssertEqual(folder(other), other)
        }

        // What is measured with the weights is not written beside them.
        let run = TrainedRun("default")
        XCTAssertEqual([run.weights.relativePath, run.results.relativePath], ["pretrained", "checkpoints/pretrained"])
        try run.prepareResults()
        XCTAssertEqual(folder("checkpoints/pretrained"), "pretrained", "a folder of results is no model")

        for name in ["default", "pretrained"] {
            try put("checkpoints/\(name)")
            let own = TrainedRun(name)
            XCTAssertEqual(
                [own.weights.relativePath, own.results.relativePath], ["checkpoints/\(name)", "checkpoints/\(name)"],
                "one's own run comes first")
        }
    }

    func testAPackedModelOpensLikeTheOriginal() throws {
        let model = SampleModel([0.1, -2, 1000.25, 3e-5]),
            metadata = try Checkpoint.metadata(kind: "sample", configuration: SampleConfiguration())
        var writer = SafeTensorsWriter(metadata: metadata)
        for (name, tensor) in model.tensors { writer.add(name, shape: tensor.shape, halves: tensor.values) }
        try writer.write(to: URL(fileURLWithPath: "packed.safetensors"))
        let url = URL(fileURLWithPath: "packed.safetensors")
        let (configuration, file) = try Checkpoint.open(url, kind: "sample", madeBy: "train-sample", as: SampleConfiguration.self)
        XCTAssertEqual(configuration, SampleConfiguration())
        XCTAssert(file.entries.values.allSatisfy { $0.dtype == .f16 })
        let other = SampleModel([0, 0, 0, 0])
        try Checkpoint.fill(other.tensors, from: file)
        for (packed, own) in zip(other.values, model.values) { XCTAssertEqual(packed, own, accuracy: abs(own) / 2048 + 3e-8) }
    }
}
