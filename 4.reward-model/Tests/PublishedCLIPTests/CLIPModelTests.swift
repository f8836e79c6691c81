// CLIPModelTests.swift - does a folder of published weights give what the `transformers` library gives?

import CommandTesting
import Foundation
import Pictures
@testable import PublishedCLIP
import RewardModel
import SafeTensors
import Tensors
import Training
import XCTest

final class CLIPModelTests: FolderTestCase {
    private let images = [(64, 64), (50, 80), (120, 33), (9, 9)].enumerated().map { picture($1.0, $1.1, seed: $0) }
    private let sentences = [
        Prompts.positive[0], Prompts.negative[0], "", "Toys!!! 🙂 in 2024", String(repeating: "toy ", count: 100), "a <|endoftext|> b",
    ]

    private func assertEqual(_ actual: Tensor, _ name: String, within tolerance: Float, line: UInt = #line) throws {
        let file = try SafeTensorsFile(contentsOf: fixture("models.safetensors"))
        XCTAssertEqual(actual.shape, file.entries[name]!.shape, name, line: line)
        let worst = zip(actual.values, try file.floats(name)).map { abs($0 - $1) }.max()!
        XCTAssertLessThan(worst, tolerance, name, line: line)
    }

    /// A model like ViT-B/32 in F32 and one like ViT-L/14 in F16; pictures of any shape, sentences of any length.
    func testLogitsAgainstTransformers() throws {
        for name in ["base", "large"] {
            let model = try CLIPModel(folder: fixture(name))
            try assertEqual(model.logitsPerImage(images, sentences), "\(name).logits", within: 1e-3)
            try assertEqual(model.embeddings(of: images), "\(name).images", within: 1e-5)
            try assertEqual(model.embeddings(of: sentences), "\(name).texts", within: 1e-5)
        }
    }

    func testMorePicturesThanAreComputedAtOnce() throws {
        let model = try CLIPModel(folder: fixture("base"))
        let many = model.embeddings(of: (0 ..< 19).map { images[$0 % 4] }), few = model.embeddings(of: images)
        for b in 0 ..< 19 { for i in 0 ..< 24 { XCTAssertEqual(many.pointer[b * 24 + i], few.pointer[b % 4 * 24 + i], accuracy: 1e-6) } }
    }

    /// The same weights, rounded to 16 bits in two ways.
    func testHalfPrecisionWeights() throws {
        _ = try copy()
        try rewriteWeights { _, shape, floats in (shape, .f16, floats.map { Float16($0).bitPattern }.data) }
        try assertEqual(CLIPModel(folder: file("clip")).embeddings(of: sentences), "base.texts", within: 2e-2)
        _ = try copy()
        try rewriteWeights { _, shape, floats in (shape, .bf16, floats.map { UInt16($0.bitPattern >> 16) }.data) }
        try assertEqual(CLIPModel(folder: file("clip")).embeddings(of: sentences), "base.texts", within: 1e-1)
    }

    func testWhatASentenceLosesIsSaid() throws {
        let model = try CLIPModel(folder: fixture("base"))
        for sentence in Prompts.positive + Prompts.negative { XCTAssertFalse(model.isCut(sentence)) }
        XCTAssertTrue(model.isCut(String(repeating: "toy ", count: 76)))
    }

    func testReward() throws {
        let model = try CLIPModel(folder: fixture("base")), logits = model.logitsPerImage(images, Array(sentences[..<2])).values
        for (image, reward) in images.indices.map({ ($0, 1 / (1 + exp(logits[2 * $0 + 1] - logits[2 * $0]))) }) {
            let frames = Tensor(images[image].pixels.map { Float($0) / 255 }, shape: [1, images[image].height, images[image].width, 3])
            let clip = CLIPReward(model, positive: [sentences[0]], negative: [sentences[1]])
            XCTAssertEqual(clip.rewards(of: frames)[0], reward, accuracy: 1e-4)
        }
        let soft = CLIPReward(model, positive: ["a toy"], negative: ["a floor"], scale: 2)
        for cosines in soft.cosines(of: images) {
            XCTAssertEqual(soft.reward(cosines), 1 / (1 + exp(-2 * (cosines.positive - cosines.negative))), accuracy: 1e-6)
        }
        // The other way round it is the rest.
        let other = CLIPReward(model, positive: ["a floor"], negative: ["a toy"], scale: 2)
        for (a, b) in zip(soft.cosines(of: images).map(soft.reward), other.cosines(of: images).map(other.reward)) {
            XCTAssertEqual(a + b, 1, accuracy: 1e-5)
        }
        // Of several sentences on one side the mean counts.
        let both = CLIPReward(model, positive: ["a toy", "a floor"], negative: ["a floor"])
        for (mean, one) in zip(both.cosines(of: images), soft.cosines(of: images)) {
            XCTAssertEqual(mean.positive, (one.positive + one.negative) / 2, accuracy: 1e-5)
            XCTAssertEqual(mean.negative, one.negative, accuracy: 1e-5)
        }
    }
}

final class CLIPConfigurationTests: FolderTestCase {
    private func read(_ json: String) throws -> CLIPConfiguration {
        try Data(json.utf8).write(to: file("config.json"))
        return try CLIPConfiguration(contentsOf: file("config.json"))
    }

    func testDefaultsAreThoseOfTheSmallestPublishedModel() throws {
        let c = try read("{}")
        XCTAssertEqual(c.vision, .init(width: 768, hiddenWidth: 3072, layers: 12, heads: 12, activation: .quickGELU, epsilon: 1e-5))
        XCTAssertEqual(c.text, .init(width: 512, hiddenWidth: 2048, layers: 12, heads: 8, activation: .quickGELU, epsilon: 1e-5))
        XCTAssertEqual(
            [c.vocabularySize, c.textLength, c.endToken, c.imageSize, c.patchSize, c.projectionWidth], [49408, 77, 49407, 224, 32, 512])
        XCTAssertEqual(try read(#"{"model_type": "clip", "text_config": null, "text_config_dict": null, "projection_dim": null}"#), c)
    }

    func testTheOldFormReplacesTheNew() throws {
        let c = try read("""
            {"text_config": {"hidden_size": 64, "eos_token_id": 2}, "text_config_dict": {"hidden_size": 768, "num_attention_heads": 12},
             "vision_config": {"patch_size": 14}, "vision_config_dict": null}
            """)
        XCTAssertEqual([c.text.width, c.text.heads, c.endToken, c.patchSize], [768, 12, 49407, 14])
    }

    func testWhatIsNoCLIP() throws {
        func refuse(_ json: String, _ words: String..., line: UInt = #line) {
            XCTAssertThrowsError(try read(json), line: line) { error in
                for word in words + ["config.json"] {
                    XCTAssertTrue("\(error)".contains(word), "'\(word)' is not in: \(error)", line: line)
                }
                XCTAssertFalse("\(error)".contains("\n"), line: line)
            }
        }
        refuse("", "not a JSON object")
        refuse("[]", "not a JSON object")
        refuse(#"{"model_type": "siglip"}"#, "a 'siglip', not a 'clip'")
        refuse(#"{"text_config": 3}"#, "text_config is not an object")
        refuse(#"{"vision_config": {"hidden_size": "large"}}"#, "vision_config.hidden_size", "whole number")
        refuse(#"{"vision_config": {"hidden_size": 0}}"#, "vision_config.hidden_size")
        refuse(#"{"vision_config": {"hidden_size": 1e30}}"#, "vision_config.hidden_size")
        refuse(#"{"vision_config": {"hidden_size": 100}}"#, "12 heads do not divide")
        refuse(#"{"text_config": {"hidden_act": "swish"}}"#, "swish", "quick_gelu and gelu")
        refuse(#"{"text_config": {"layer_norm_eps": -1}}"#, "layer_norm_eps")
        refuse(#"{"vision_config": {"patch_size": 500}}"#, "vision_config.patch_size is 500, too large")
        refuse(#"{"vision_config": {"num_channels": 1}}"#, "RGB")
        refuse(#"{"text_config": {"max_position_embeddings": 1}}"#, "max_position_embeddings")
    }
}
