// CheckpointTests.swift - do the same numbers come back, and does nothing change when they cannot?

import Layers
import SafeTensors
import Tensors
@testable import Training
import XCTest

final class CheckpointTests: TrainingTestCase {
    private func write(_ model: SampleModel, kind: String = "sample") throws -> URL {
        let url = file("model.safetensors")
        try Checkpoint.write(model.tensors, metadata: Checkpoint.metadata(kind: kind, configuration: SampleConfiguration()), to: url)
        return url
    }

    private func open(_ url: URL) throws -> (configuration: SampleConfiguration, file: SafeTensorsFile) {
        try Checkpoint.open(url, kind: "sample", madeBy: "train-sample", as: SampleConfiguration.self)
    }

    func testNumbersConfigurationAndKindComeBack() throws {
        let model = SampleModel([.leastNonzeroMagnitude, -0.0, 1e38, 0.1])
        let (configuration, file) = try open(try write(model))
        XCTAssertEqual(configuration, SampleConfiguration())
        XCTAssertEqual(file.metadata["kind"], "sample")
        let other = SampleModel()
        try Checkpoint.fill(other.tensors, from: file)
        XCTAssertEqual(other.values.map(\.bitPattern), model.values.map(\.bitPattern))
    }

    func testWhatCannotBeOpened() throws {
        assertThrows("model.safetensors", "no such checkpoint", "`train-sample`") { try open(file("model.safetensors")) }
        let url = try write(SampleModel(), kind: "reward-model")
        assertThrows("model.safetensors", "holds a reward-model, not a sample", "`train-sample`") { try open(url) }
        try SafeTensorsWriter(metadata: ["kind": "sample", "configuration": "{\"width\": \"two\"}"]).write(to: url)
        assertThrows("model.safetensors", "configuration", "`train-sample`") { try open(url) }
        try SafeTensorsWriter().write(to: url)
        assertThrows("model.safetensors", "unknown kind") { try open(url) }
    }

    func testEveryTruncationIsAnErrorAndChangesNothing() throws {
        let whole = try Data(contentsOf: try write(SampleModel())), model = SampleModel([9, 9, 9, 9]), before = model.values
        for length in 0 ..< whole.count {
            try whole.prefix(length).write(to: file("model.safetensors"))
            assertThrows("model.safetensors", "`train-sample`") {
                try Checkpoint.fill(model.tensors, from: try open(file("model.safetensors")).file)
            }
        }
        XCTAssertEqual(model.values, before)
    }

    func testMissingAndMisshapenTensorsChangeNothing() throws {
        let url = file("model.safetensors"), model = SampleModel(), before = model.values
        var writer = SafeTensorsWriter()
        writer.add("layer.weight", shape: [2, 2], floats: [7, 7, 7, 7])
        try writer.write(to: url)
        assertThrows("model.safetensors", "no tensor 'layer.bias'") {
            try Checkpoint.fill(model.tensors, from: SafeTensorsFile(contentsOf: url))
        }
        writer.add("layer.bias", shape: [2, 1], floats: [7, 7])
        try writer.write(to: url)
        assertThrows("model.safetensors", "'layer.bias' is [2, 1], the model needs [2]") {
            try Checkpoint.fill(model.tensors, from: SafeTensorsFile(contentsOf: url))
        }
        XCTAssertEqual(model.values, before)
    }

    func testPythonReadsTheSameNumbers() throws {
        let url = try write(SampleModel([0.1, -1e-30, 65504, .infinity]))
        try runPython("""
            t = load_file(sys.argv[1])
            assert sorted(t) == ["layer.bias", "layer.weight"], sorted(t)
            assert np.array_equal(t["layer.weight"], np.array([[0.1, -1e-30], [65504, np.inf]], np.float32)), t
            assert np.array_equal(t["layer.bias"], np.array([0.25, -0.125], np.float32)), t
            with safe_open(sys.argv[1], "np") as f:
                assert f.metadata()["kind"] == "sample"
                assert json.loads(f.metadata()["configuration"]) == {"width": 2, "name": 'ä "quoted"'}, f.metadata()
            """, [url.path])
    }

    func testWhatPythonWroteOpensHere() throws {
        let url = file("python.safetensors")
        try runPython("""
            save_file({"layer.weight": np.array([[0.1, -1e-30], [65504, -0.0]], np.float32), "layer.bias": np.array([3, 4], np.float16)},
                      sys.argv[1], {"kind": "sample", "configuration": json.dumps({"width": 5, "name": "from Python"})})
            """, [url.path])
        let (configuration, file) = try open(url), model = SampleModel()
        XCTAssertEqual(configuration, SampleConfiguration(width: 5, name: "from Python"))
        try Checkpoint.fill(model.tensors, from: file)
        XCTAssertEqual(model.values, [0.1, -1e-30, 65504, -0.0, 3, 4])
    }

    /// A configuration of a model of width·width numbers.
    private struct Square: ModelConfiguration, Equatable {
        var width = 2, depth: [Int] = []
        var leastWeights: Double { Double(width) * Double(width) }
        func check() throws { if width < 1 { throw TrainingError("square configuration: the width \(width) is not above 0") } }
    }

    func testConfigurationsAreHeldAgainstTheFile() throws {
        let url = file("model.safetensors")
        func open(_ configuration: String) throws -> Square {
            var writer = SafeTensorsWriter(metadata: ["kind": "square", "configuration": configuration])
            writer.add("weight", shape: [2, 2], floats: [1, 2, 3, 4])
            try writer.write(to: url)
            return try Checkpoint.open(url, kind: "square", madeBy: "train-square", as: Square.self).configuration
        }
        XCTAssertEqual(try open(#"{"width":2,"depth":[]}"#), Square())
        assertThrows("model.safetensors", "at least 9 numbers, there are 4", "`train-square`") { try open(#"{"width":3,"depth":[]}"#) }
        assertThrows("model.safetensors", "at least 81000000 numbers") { try open(#"{"width":9000,"depth":[]}"#) }
        // What is larger than the whole file is said before anything is multiplied with it.
        assertThrows("model.safetensors", "a number in its configuration is 1000000, there are 4") {
            try open(#"{"width":1000000,"depth":[]}"#)
        }
        assertThrows("model.safetensors", "configuration is 4611686018427387904") { try open(#"{"width":4611686018427387904,"depth":[]}"#) }
        assertThrows("model.safetensors", "configuration is 4294967296") { try open(#"{"width":2,"depth":[1,4294967296]}"#) }
        assertThrows("model.safetensors: square configuration: the width -1") { try open(#"{"width":-1,"depth":[]}"#) }
        assertThrows("model.safetensors", "no readable configuration") { try open("null") }
    }

    func testWhatIsNoNumberIsNeitherWrittenNorRead() throws {
        struct Rate: Codable { var rate = Double.nan }
        assertThrows("Rate", "infinite or none at all") { try Checkpoint.metadata(kind: "sample", configuration: Rate()) }
        let model = SampleModel(), before = model.values
        for value in [Float.nan, .infinity] {
            let url = try write(SampleModel([value]))
            assertThrows("model.safetensors: 'layer.weight' holds what is no finite number") {
                try Checkpoint.fill(model.tensors, from: SafeTensorsFile(contentsOf: url))
            }
        }
        XCTAssertEqual(model.values, before)
    }
}
