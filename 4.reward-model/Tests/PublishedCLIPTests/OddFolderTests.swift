// OddFolderTests.swift - folders of published models as they are found in the world.

import CommandTesting
import Foundation
import Pictures
@testable import PublishedCLIP
import SafeTensors
import XCTest

final class OddFolderTests: FolderTestCase {
    private let images = (0 ..< 2).map { picture(40, 30, seed: $0) }, sentences = ["a red toy", "an empty floor"]

    private func logits(_ folder: URL) throws -> [Float] { try CLIPModel(folder: folder).logitsPerImage(images, sentences).values }
    private func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: file("clip/\(name)")) }

    // MARK: Pictures

    private func processor(_ json: String, size: Int = 16) throws -> CLIPImageProcessor {
        _ = try copy()
        try write("preprocessor_config.json", json)
        return try CLIPImageProcessor(size: size, folder: file("clip"))
    }

    func testTheModelsOwnNormalization() throws {
        let image = picture(16, 16, seed: 3),
            half = try processor(#"{"image_mean": [0.5, 0.25, 0.5], "image_std": [0.5, 0.5, 0.1], "crop_size": 16, "size": 16}"#)
        let pixels = half([image])
        for c in 0 ..< 3 {
            let expected = (Float(image.pixels[3 * 37 + c]) / 255 - [0.5, 0.25, 0.5][c]) / [0.5, 0.5, 0.1][c]
            XCTAssertEqual(pixels.pointer[c * 256 + 37], expected, accuracy: 1e-6)
        }
        let plain = CLIPImageProcessor(size: 16)([image]).values
        XCTAssertEqual(try processor("{}")([image]).values, plain)
        let published =
            #"{"image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711], "#
            + #""rescale_factor": 0.00392156862745098, "size": {"shortest_edge": 16}, "#
            + #""crop_size": {"height": 16, "width": 16}, "resample": 3, "do_center_crop": true, "do_normalize": true}"#
        XCTAssertEqual(try processor(published)([image]).values, plain)
        XCTAssertEqual(try processor(#"{"do_normalize": false}"#)([image]).values.max()!, Float(image.pixels.max()!) / 255)
        // The newest files.
        _ = try copy()
        try write("processor_config.json", #"{"image_processor": {"image_mean": [0, 0, 0], "image_std": [1, 1, 1]}}"#)
        XCTAssertEqual(try CLIPImageProcessor(size: 16, folder: file("clip"))([image]).values.min()!, Float(image.pixels.min()!) / 255)
    }

    func testAnotherSizeBeforeTheCrop() throws {
        let image = picture(40, 32, seed: 1)
        let larger = try processor(#"{"size": {"shortest_edge": 20}, "crop_size": 16}"#).square(image)
        XCTAssertEqual(larger, image.bicubic(width: 25, height: 20, crop: (4, 2, 16, 16)))
        let squeezed = try processor(#"{"size": {"height": 16, "width": 16}, "crop_size": {"height": 16, "width": 16}}"#).square(image)
        XCTAssertEqual(squeezed, image.bicubic(width: 16, height: 16, crop: (0, 0, 16, 16)))
    }

    func testPreparationsThatAreNotDoneHereAreRefused() throws {
        for json in [
            "[]", #"{"image_mean": [0.5, 0.5]}"#, #"{"image_std": [0.5, 0, 0.5]}"#, #"{"image_mean": "half"}"#, #"{"resample": 2}"#,
            #"{"do_resize": false}"#,
            #"{"do_center_crop": false}"#, #"{"crop_size": 32}"#, #"{"size": {"shortest_edge": 8}}"#, #"{"size": {"longest_edge": 16}}"#,
            #"{"rescale_factor": -1}"#,
                     #"{"do_normalize": "no"}"#] {
            XCTAssertThrowsError(try processor(json), json) {
                XCTAssertTrue("\($0)".contains("preprocessor_config.json: ") && !"\($0)".contains("\n"), "\($0)")
            }
        }
    }

    // MARK: Words

    func testAddedTokens() throws {
        let folder = try copy(), plain = try CLIPModel(folder: folder).tokenizer, size = plain.vocabularySize
        func ids(_ text: String, _ added: [AddedToken]) throws -> [Int] {
            try BytePairTokenizer(vocabulary: file("clip/vocab.json"), merges: file("clip/merges.txt"), added: added).encode(text).ids
        }
        func part(_ text: String) -> [Int] { Array(plain.encode(text).ids.dropFirst().dropLast()) }
        let (start, end) = (plain.startToken, plain.endToken)
        let kong = AddedToken(content: "<Kong>", id: size, isNormalized: true, isSingleWord: false)
        XCTAssertEqual(try ids("a <kong> toy", [kong]), [start] + part("a") + [size] + part("toy") + [end])
        XCTAssertEqual(try ids("a<KONG>toy", [kong]), [start] + part("a") + [size] + part("toy") + [end])
        let exact = AddedToken(content: "<Kong>", id: size, isNormalized: false, isSingleWord: false)
        XCTAssertEqual(try ids("<Kong>", [exact]), [start, size, end])
        XCTAssertEqual(try ids("<kong>", [exact]), plain.encode("<kong>").ids)
        // The longest of those that begin at one place; and a word of its own where that is asked.
        let longer = AddedToken(content: "<Kong>s", id: size + 1, isNormalized: false, isSingleWord: true)
        XCTAssertEqual(try ids("<Kong>s <Kong>sy", [exact, longer]), [start, size + 1, size] + part("sy") + [end])
    }

    func testWhereAddedTokensAreNamed() throws {
        _ = try copy()
        try write("added_tokens.json", #"{"<a>": 700, "<b>": 701}"#)
        XCTAssertEqual(try AddedToken.read(from: file("clip")).map(\.content), ["<a>", "<b>"])
        try write(
            "tokenizer_config.json",
            #"{"added_tokens_decoder": {"762": {"content": "<|startoftext|>", "special": true}, "#
                + #""702": {"content": "<c>", "normalized": false, "special": true}}}"#
        )
        XCTAssertEqual(
            try AddedToken.read(from: file("clip")), [AddedToken(content: "<c>", id: 702, isNormalized: false, isSingleWord: false)])
        try write(
            "tokenizer.json",
            #"{"added_tokens": [{"id": 703, "content": "<d>", "single_word": true, "normalized": true, "special": false}]}"#)
        XCTAssertEqual(
            try AddedToken.read(from: file("clip")), [AddedToken(content: "<d>", id: 703, isNormalized: true, isSingleWord: true)])
        try write("tokenizer.json", #"{"added_tokens": [{"content": "<d>"}]}"#)
        XCTAssertThrowsError(try CLIPModel(folder: file("clip"))) {
            XCTAssertTrue("\($0)".contains("tokenizer.json: its added tokens cannot be read"), "\($0)")
        }
        // More than the model has embeddings for.
        try write("tokenizer.json", #"{"added_tokens": [{"id": 99999, "content": "<d>"}]}"#)
        XCTAssertThrowsError(try CLIPModel(folder: file("clip"))) { XCTAssertTrue("\($0)".contains("do not fit config.json"), "\($0)") }
    }

    func testAMarkAtTheFrontOfTexts() throws {
        let expected = try logits(fixture("base"))
        _ = try copy()
        for name in ["merges.txt", "vocab.json", "config.json"] {
            let url = file("clip/\(name)")
            try (Data([0xEF, 0xBB, 0xBF]) + Data(contentsOf: url)).write(to: url)
        }
        XCTAssertEqual(try logits(file("clip")), expected)
    }

    // MARK: Weights

    func testWeightsInSeveralFiles() throws {
        let expected = try logits(fixture("base"))
        _ = try copy()
        let whole = try SafeTensorsFile(contentsOf: file("clip/model.safetensors"))
        var map: [String: String] = [:]
        for part in 0 ..< 3 {
            let name = "model-0000\(part + 1)-of-00003.safetensors"
            var writer = SafeTensorsWriter(metadata: ["format": "pt"])
            for (i, tensor) in whole.names.enumerated() where i % 3 == part {
                map[tensor] = name
                writer.add(
                    tensor, shape: whole.entries[tensor]!.shape, dtype: whole.entries[tensor]!.dtype, raw: Data(try whole.bytes(tensor)))
            }
            try writer.write(to: file("clip/\(name)"))
        }
        try FileManager.default.removeItem(at: file("clip/model.safetensors"))
        func index(_ map: [String: String]) throws {
            try JSONSerialization.data(withJSONObject: ["metadata": ["total_size": 1], "weight_map": map]).write(
                to: file("clip/model.safetensors.index.json"))
        }
        try index(map)
        XCTAssertEqual(try logits(file("clip")), expected)
        try index(map.mapValues { _ in "../base/model.safetensors" })
        XCTAssertThrowsError(try logits(file("clip"))) { XCTAssertTrue("\($0)".contains("which lies elsewhere"), "\($0)") }
        try index(map)
        try FileManager.default.removeItem(at: file("clip/model-00002-of-00003.safetensors"))
        XCTAssertThrowsError(try logits(file("clip"))) {
            XCTAssertTrue("\($0)".contains("model-00002-of-00003.safetensors: no such file"), "\($0)")
        }
        try write("model.safetensors.index.json", "{}")
        XCTAssertThrowsError(try logits(file("clip"))) { XCTAssertTrue("\($0)".contains("weight_map"), "\($0)") }
    }

    /// Metadata that is null, and beside the needed tensors one of a type that nobody here knows.
    func testWeightsWithMoreToThem() throws {
        let expected = try logits(fixture("base"))
        _ = try copy()
        let url = file("clip/model.safetensors"), old = try Data(contentsOf: url)
        let length = Int(old.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
        var header = try XCTUnwrap(JSONSerialization.jsonObject(with: old[8 ..< 8 + length]) as? [String: Any])
        let end = old.count - 8 - length
        header["__metadata__"] = NSNull()
        header["text_model.embeddings.scales"] = ["dtype": "F8_E8M0", "shape": [3], "data_offsets": [end, end + 3]] as [String: Any]
        func write(_ header: [String: Any]) throws {
            let json = try JSONSerialization.data(withJSONObject: header)
            try (withUnsafeBytes(of: UInt64(json.count)) { Data($0) } + json + old.dropFirst(8 + length) + Data([1, 2, 3])).write(to: url)
        }
        try write(header)
        XCTAssertEqual(try logits(file("clip")), expected)
        // One that is needed.
        var entry = try XCTUnwrap(header["visual_projection.weight"] as? [String: Any])
        entry["dtype"] = "F8_E4M3"
        header["visual_projection.weight"] = entry
        try write(header)
        XCTAssertThrowsError(try logits(file("clip"))) {
            XCTAssertTrue("\($0)".contains("'visual_projection.weight' is F8_E4M3; download the weights as F32"), "\($0)")
        }
    }
}
