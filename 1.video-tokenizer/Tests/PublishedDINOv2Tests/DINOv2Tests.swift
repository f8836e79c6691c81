// DINOv2Tests.swift - does a folder of published weights give what the `transformers` library gives - and would we notice if it did not?

import CommandTesting
import Foundation
@testable import PublishedDINOv2
import Layers
import SafeTensors
import Tensors
import Training
import XCTest

func fixture(_ name: String) -> URL { Bundle.module.resourceURL!.appendingPathComponent("Fixtures").appendingPathComponent(name) }

/// The same as `pixels` in make_goldens.py: [1,3,H,W].
func pixels(_ height: Int, _ width: Int) -> Tensor {
    var values: [Float] = []
    for c in 0 ..< 3 { for y in 0 ..< height { for x in 0 ..< width {
        let number: Int = (x * x * 7 + y * 13 + x * y * 3 + c * 57) % 255
        values.append(Float(number) / 127.5 - 1)
    } } }
    return Tensor(values, shape: [1, 3, height, width])
}

final class DINOv2Tests: FolderTestCase {
    private let sizes = [(70, 70), (56, 56), (98, 98), (56, 84), (28, 14), (14, 350)]
    private let goldens = try! SafeTensorsFile(contentsOf: fixture("features.safetensors"))

    private func distance(_ actual: Tensor, _ name: String) throws -> Float {
        XCTAssertEqual(actual.count, goldens.entries[name]!.shape.reduce(1, *), name)
        return zip(actual.values, try goldens.floats(name)).map { abs($0 - $1) }.max()!
    }

    /// Native, smaller, larger, not square, and as many patches as the table in another shape; stage by stage.
    func testFeaturesAgainstTransformers() throws {
        for name in ["base", "registers", "swiglu"] {
            let model = try DINOv2(folder: fixture(name))
            for (height, width) in name == "swiglu" ? Array(sizes[..<2]) : sizes {
                let key = "\(name).\(height)x\(width)", picture = pixels(height, width)
                XCTAssertLessThan(try distance(model.embedded(picture), key + ".embedded"), 1e-5, key)
                XCTAssertLessThan(try distance(model.afterFirstBlock(picture), key + ".block0"), 1e-4, key)
                XCTAssertLessThan(try distance(model(picture), key + ".features"), 1e-4, key)
            }
        }
    }

    func testResizeAgainstPyTorch() throws {
        let grid = Tensor(try goldens.floats("grid"), shape: [5, 5, 3])
        for (rows, columns) in [(4, 4), (7, 7), (4, 6), (2, 3), (11, 3)] {
            for isAntialiased in [false, true] {
                let key = "grid.\(rows)x\(columns).\(isAntialiased ? "True" : "False")"
                XCTAssertLessThan(
                    try distance(cubicallyResized(grid, rows: rows, columns: columns, isAntialiased: isAntialiased), key), 1e-5, key)
            }
        }
    }

    /// Each mistake that has been made with these models, made on purpose: the goldens must object, by far more than they forgive.
    func testGoldensWouldNoticeTheUsualMistakes() throws {
        // The other habit of resizing.
        let grid = Tensor(try goldens.floats("grid"), shape: [5, 5, 3])
        XCTAssertGreaterThan(try distance(cubicallyResized(grid, rows: 7, columns: 7, isAntialiased: true), "grid.7x7.False"), 1e-2)
        XCTAssertGreaterThan(try distance(cubicallyResized(grid, rows: 4, columns: 4, isAntialiased: false), "grid.4x4.True"), 1e-2)
        // Rows for columns.
        let base = try DINOv2(folder: fixture("base")), wide = pixels(56, 84)
        let turned = base.positions(rows: 6, columns: 4), table = base.positions(rows: 4, columns: 6)
        XCTAssertGreaterThan(zip(turned.values, table.values).map { abs($0 - $1) }.max()!, 1e-3)
        XCTAssertGreaterThan(try distance(base(wide.permuted([0, 1, 3, 2])), "base.56x84.features"), 0.1)
        // Another epsilon.
        for (name, old, new) in [("base", "1e-06", "1e-12"), ("registers", "0.01", "1e-06")] {
            try copy(name)
            try edit("config.json", "\"layer_norm_eps\": \(old)", "\"layer_norm_eps\": \(new)")
            XCTAssertGreaterThan(
                try distance(DINOv2(folder: folder.appendingPathComponent("dino"))(pixels(70, 70)), "\(name).70x70.features"), 1e-3, name)
        }
        // GELU by tanh: after one layer of the kind of numbers that it sees, ten times what the goldens forgive.
        let steps: [Float] = (0 ..< 400).map { Float($0) / 50 - 4 }
        let x = Tensor(steps, shape: [400]), cube: Tensor = x * x * x
        let inner: Tensor = (x + cube * 0.044715) * 0.7978845608
        XCTAssertGreaterThan(zip(x.gelu().values, (x * 0.5 * (inner.tanh() + 1)).values).map { abs($0 - $1) }.max()!, 4e-4)
        // A parameter that a loader might lose: each bias, scale and token matters.
        for part in [
            "layer_scale2.lambda1", "attention.attention.key.weight", "attention.attention.value.bias", "norm2.bias", "mlp.fc2.bias",
        ] {
            try copy("registers")
            try rewrite { name, floats in name == "encoder.layer.0." + part ? floats.map { _ in part.hasSuffix("lambda1") ? 1 : 0 } : floats
            }
            XCTAssertGreaterThan(
                try distance(DINOv2(folder: folder.appendingPathComponent("dino"))(pixels(70, 70)), "registers.70x70.features"), 1e-3, part)
        }
    }

    func testFramesBecomePatches() throws {
        let model = try DINOv2(folder: fixture("registers")), E = model.configuration.width
        let frames = Tensor((0 ..< 3 * 64 * 64 * 3).map { Float($0 * 7919 % 256) / 255 }, shape: [1, 3, 64, 64, 3])
        let features = model.patchFeatures(of: frames)
        XCTAssertEqual(features.shape, [1, 3, 16, E])
        // A frame knows nothing of other frames.
        let alone = model.patchFeatures(of: frames.sliced(axis: 1, 1 ..< 2))
        for i in 0 ..< 16 * E { XCTAssertEqual(features.pointer[16 * E + i], alone.pointer[i], accuracy: 1e-5) }
    }

    /// A model with a classifier on top, and one without.
    func testNamesWithAPrefix() throws {
        try copy("base")
        try rewrite(prefix: "dinov2.") { $1 }
        XCTAssertLessThan(try distance(DINOv2(folder: folder.appendingPathComponent("dino"))(pixels(70, 70)), "base.70x70.features"), 1e-4)
    }

    /// The largest models are cut into several files.
    func testWeightsInSeveralFiles() throws {
        try copy("base")
        func file(_ name: String) -> URL { folder.appendingPathComponent("dino/" + name) }
        let whole = try SafeTensorsFile(contentsOf: file("model.safetensors")), parts = ["a.safetensors", "b.safetensors"]
        var map: [String: String] = [:]
        for (number, part) in parts.enumerated() {
            var writer = SafeTensorsWriter()
            for (i, name) in whole.names.enumerated() where i % 2 == number {
                writer.add(name, shape: whole.entries[name]!.shape, floats: try whole.floats(name))
                map[name] = part
            }
            try writer.write(to: file(part))
        }
        try FileManager.default.removeItem(at: file("model.safetensors"))
        try JSONEncoder().encode(["weight_map": map]).write(to: file("model.safetensors.index.json"))
        XCTAssertLessThan(try distance(DINOv2(folder: folder.appendingPathComponent("dino"))(pixels(70, 70)), "base.70x70.features"), 1e-4)
        try FileManager.default.removeItem(at: file(parts[1]))
        XCTAssertThrowsError(try DINOv2(folder: folder.appendingPathComponent("dino"))) {
            XCTAssertTrue("\($0)".contains("b.safetensors: no such file"), "\($0)")
        }
    }

    func testBadFoldersGiveOneLine() throws {
        func refuse(_ words: String..., line: UInt = #line) {
            XCTAssertThrowsError(try DINOv2(folder: folder.appendingPathComponent("dino")), line: line) { error in
                let text = "\(error)"
                XCTAssertFalse(text.contains("\n"), text, line: line)
                for word in words { XCTAssertTrue(text.contains(word), "\(word): \(text)", line: line) }
            }
        }
        refuse("no such folder")
        for name in DINOv2.files {
            try copy("base")
            try FileManager.default.removeItem(at: folder.appendingPathComponent("dino/" + name))
            refuse(name, "no such file")
        }
        for (old, new, word) in [
            ("\"dinov2\"", "\"vit\"", "describes a 'vit'"), ("\"hidden_size\": 24", "\"hidden_size\": 25", "heads do not divide"),
                                 ("\"hidden_size\": 24", "\"hidden_size\": 48", "config.json asks for"), ("\"num_hidden_layers\": 2",
                                     "\"num_hidden_layers\": 3", "layer.2"),
            ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": -1", "num_hidden_layers"), ("\"gelu\"", "\"relu\"", "hidden_act"),
            ("\"patch_size\": 14", "\"patch_size\": \"14\"", "patch_size"), ("1e-06", "-1", "layer_norm_eps"), ("{", "[", "JSON"),
                                 ("\"image_size\": 70", "\"image_size\": 7", "patch_size")] {
            try copy("base")
            try edit("config.json", old, new)
            refuse(word)
        }
        try copy("base")
        try Data("version https://git-lfs.github.com/spec/v1\n".utf8).write(to: folder.appendingPathComponent("dino/model.safetensors"))
        refuse("git lfs pull")
        try copy("base")
        let weights = folder.appendingPathComponent("dino/model.safetensors"), bytes = try Data(contentsOf: weights)
        try bytes.prefix(bytes.count / 2).write(to: weights)
        refuse("download it again")
    }

    // MARK: Folders to damage

    private func copy(_ name: String) throws {
        let copy = folder.appendingPathComponent("dino")
        try? FileManager.default.removeItem(at: copy)
        try FileManager.default.copyItem(at: fixture(name), to: copy)
    }

    private func edit(_ name: String, _ old: String, _ new: String) throws {
        let url = folder.appendingPathComponent("dino/" + name), text = try String(contentsOf: url, encoding: .utf8)
        XCTAssertTrue(text.contains(old), "'\(old)' is not in \(name)")
        try text.replacingOccurrences(of: old, with: new).write(to: url, atomically: true, encoding: .utf8)
    }

    private func rewrite(prefix: String = "", _ change: (_ name: String, _ floats: [Float]) -> [Float]) throws {
        let url = folder.appendingPathComponent("dino/model.safetensors"), old = try SafeTensorsFile(contentsOf: url)
        var writer = SafeTensorsWriter()
        for (name, entry) in old.entries { writer.add(prefix + name, shape: entry.shape, floats: change(name, try old.floats(name))) }
        try writer.write(to: url)
    }
}
