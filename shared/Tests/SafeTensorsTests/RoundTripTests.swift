// RoundTripTests.swift - do the same numbers come back, from our own files and across to Python and back?

import CommandTesting
import XCTest
@testable import SafeTensors

final class RoundTripTests: FolderTestCase {
    func testEveryTypeComesBack() throws {
        let url = folder.appendingPathComponent("all.safetensors")
        try sampleWriter().write(to: url)
        let file = try SafeTensorsFile(contentsOf: url)
        XCTAssertEqual(file.names, ["bytes", "empty", "floats", "half", "integers", "scalar"])
        XCTAssertEqual(file.metadata, ["fps": "4", "slash/\"quote\"": "ä ☃"])
        XCTAssertEqual(try file.floats("floats"), [1, -2, .infinity, 0.1, .leastNonzeroMagnitude, -0.0])
        XCTAssertEqual(file.entries["floats"]?.shape, [2, 3])
        XCTAssertEqual(try file.integers("integers"), [.min, -1, .max])
        XCTAssertEqual(try file.integers("bytes"), [0, 127, 255])
        XCTAssertEqual(Array(try file.bytes("bytes")), [0, 127, 255])
        XCTAssertEqual(try file.floats("half"), [1.5, -2])
        XCTAssertEqual(try file.floats("scalar"), [3.25])
        XCTAssertEqual(file.entries["scalar"]?.shape, [])
        XCTAssertEqual(try file.floats("empty"), [])
    }

    func testNotANumberKeepsItsBits() throws {
        let url = folder.appendingPathComponent("nan.safetensors")
        var writer = SafeTensorsWriter()
        writer.add("x", shape: [1], floats: [Float(bitPattern: 0x7FC0_1234)])
        try writer.write(to: url)
        XCTAssertEqual(try SafeTensorsFile(contentsOf: url).floats("x")[0].bitPattern, 0x7FC0_1234)
    }

    func testTheBytesDoNotDependOnTheOrderOfAdding() throws {
        var urls: [URL] = []
        for names in [["a", "b", "c"], ["c", "a", "b"]] {
            var writer = SafeTensorsWriter(metadata: ["k": "v", "a": "b"])
            for name in names { writer.add(name, shape: [1], bytes: Array(name.utf8)) }
            urls.append(folder.appendingPathComponent("\(names[0]).safetensors"))
            try writer.write(to: urls.last!)
        }
        XCTAssertEqual(try Data(contentsOf: urls[0]), try Data(contentsOf: urls[1]))
    }

    /// The Python package pads the header so that the data can be mapped as numbers; so do we.
    func testEveryTensorStartsAtAMultipleOfItsSize() throws {
        for length in 1 ... 9 {
            let url = folder.appendingPathComponent("aligned.safetensors")
            var writer = SafeTensorsWriter()
            writer.add(String(repeating: "n", count: length), shape: [length], bytes: Array(repeating: 1, count: length))
            writer.add("wide", shape: [1], integers: [7])
            try writer.write(to: url)
            let header = try Data(contentsOf: url).withUnsafeBytes { $0.load(as: UInt64.self) }
            XCTAssertEqual(header % 8, 0)
            XCTAssertEqual(try SafeTensorsFile(contentsOf: url).entries["wide"]?.bytes, 0 ..< 8)
        }
    }

    func testAnEmptyFileOfNoTensors() throws {
        let url = folder.appendingPathComponent("none.safetensors")
        try SafeTensorsWriter().write(to: url)
        XCTAssertEqual(try SafeTensorsFile(contentsOf: url).names, [])
    }

    func testWhatPythonWroteOpensHere() throws {
        let file = try SafeTensorsFile(contentsOf: fixture("python.safetensors"))
        let numbers: [Float] = [-2.5, 0, 1, 0.375, 65504, -6.103515625e-05]
        for name in ["f64", "f32", "f16"] {
            XCTAssertEqual(try file.floats(name), numbers, name)
            XCTAssertEqual(file.entries[name]?.shape, [2, 3])
        }
        // Eight bits of mantissa: cut off, not rounded.
        XCTAssertEqual(try file.floats("bf16"), numbers.map { Float(bitPattern: $0.bitPattern & 0xFFFF_0000) })
        XCTAssertEqual(try file.integers("i64"), [-(1 << 62), -1, 0, 1 << 62])
        XCTAssertEqual(try file.integers("i32"), [Int(Int32.min), Int(Int32.max)])
        XCTAssertEqual(try file.integers("u8"), Array(0 ..< 256))
        XCTAssertEqual(try file.floats("scalar"), [3.25])
        XCTAssertEqual(file.entries["empty"]?.shape, [0, 4])
        XCTAssertEqual(file.metadata, ["source": "python", "quote\"": "ä ☃ \\ / \n"])
    }

    func testPythonReadsTheSameNumbers() throws {
        let url = folder.appendingPathComponent("for-python.safetensors")
        try sampleWriter().write(to: url)
        let script = """
            import sys
            try:
                import numpy as np
                from safetensors import safe_open
                from safetensors.numpy import load_file
            except ImportError:
                sys.exit(77)
            t = load_file(sys.argv[1])
            assert sorted(t) == ["bytes", "empty", "floats", "half", "integers", "scalar"], sorted(t)
            assert np.array_equal(t["floats"], np.array([[1, -2, np.inf], [0.1, 2**-149, -0.0]], np.float32)), t["floats"]
            assert t["integers"].tolist() == [-2**63, -1, 2**63 - 1] and t["integers"].dtype == np.int64
            assert t["bytes"].tolist() == [0, 127, 255] and t["bytes"].dtype == np.uint8
            assert t["half"].tolist() == [1.5, -2.0] and t["half"].dtype == np.float16
            assert t["scalar"].shape == () and t["scalar"] == 3.25 and t["empty"].shape == (0, 4)
            with safe_open(sys.argv[1], "np") as f:
                assert f.metadata() == {"fps": "4", 'slash/"quote"': "ä ☃"}, f.metadata()
            """
        let (status, output) = try runPython(script, [url.path])
        try XCTSkipIf(status == 77 || status == 127, "needs Python with safetensors and numpy (WORKBOOK_PYTHON names the interpreter)")
        XCTAssertEqual(status, 0, output)
    }
}
