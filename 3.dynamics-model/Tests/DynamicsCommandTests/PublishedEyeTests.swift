// PublishedEyeTests.swift - a folder with a DINOv2 as the eye: a small one with random numbers, as the real ones are too large to keep
// here.

import CommandTesting
import Foundation
import Randomness
import SafeTensors
import Tensors
import Worlds
import XCTest

final class PublishedEyeTests: DynamicsCommandTestCase {
    /// `config.json` and `model.safetensors` as facebook/dinov2-small has them: 5x5 positions, width 24, two layers.
    private func makeDINO(_ name: String = "dino") throws {
        var generator = SeededGenerator(seed: 4), writer = SafeTensorsWriter(metadata: ["format": "pt"])
        func add(_ name: String, _ shape: Int..., around mean: Float = 0) {
            writer.add(name, shape: shape, floats: (0 ..< shape.reduce(1, *)).map { _ in mean + 0.2 * generator.normal() })
        }
        let E = 24, embeddings = "embeddings.patch_embeddings.projection"
        add("embeddings.cls_token", 1, 1, E)
        add("embeddings.mask_token", 1, E)
        add("embeddings.position_embeddings", 1, 26, E)
        add("\(embeddings).weight", E, 3, 14, 14)
        add("\(embeddings).bias", E)
        for layer in ["encoder.layer.0", "encoder.layer.1"] {
            for part in ["attention.attention.query", "attention.attention.key", "attention.attention.value", "attention.output.dense"] {
                add("\(layer).\(part).weight", E, E)
                add("\(layer).\(part).bias", E)
            }
            for (part, input, output) in [("mlp.fc1", E, 4 * E), ("mlp.fc2", 4 * E, E)] {
                add("\(layer).\(part).weight", output, input)
                add("\(layer).\(part).bias", output)
            }
            for part in ["norm1.weight", "norm2.weight", "layer_scale1.lambda1", "layer_scale2.lambda1"] {
                add("\(layer).\(part)", E, around: 1)
            }
            for part in ["norm1.bias", "norm2.bias"] { add("\(layer).\(part)", E) }
        }
        add("layernorm.weight", E, around: 1)
        add("layernorm.bias", E)
        try FileManager.default.createDirectory(at: file(name), withIntermediateDirectories: true)
        try writer.write(to: file("\(name)/model.safetensors"))
        try Data("""
            {"model_type": "dinov2", "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "mlp_ratio": 4,
             "hidden_act": "gelu", "patch_size": 14, "image_size": 70, "layer_norm_eps": 1e-06, "qkv_bias": true}
            """.utf8).write(to: file("\(name)/config.json"))
    }

    func testAPublishedDINOv2IsAnEye() throws {
        try makeDINO()
        for split in ["train", "validation"] { try Self.record(into: file("data/\(split)"), count: 2, size: 64) }
        func train(_ run: String, _ more: String...) -> [String] {
            ["train-dynamics", "latent-prediction", "--data", "data", "--run", run] + more
        }
        let begin = ["--preset", "tiny", "--batch-size", "2", "--threads", "1", "--eye", "dino"]
        let output = try succeed(train("whole", "--steps", "4") + begin)
        XCTAssertTrue(output.contains("16 places of 24"), output)
        try succeed(train("parts", "--steps", "4", "--stop-at", "2") + begin)
        // The run is complete in itself.
        try FileManager.default.removeItem(at: file("dino"))
        try succeed(train("parts", "--resume"))
        try assertSameFiles(["model.safetensors", "eye.safetensors", "config.json"], in: "whole", and: "parts")
        let world = try Worlds.open(file("checkpoints/whole")), pictures = Tensor(repeating: 0.5, shape: [1, 2, 64, 64, 3])
        var dream = world.dream(from: pictures, actions: [1]), generator = SeededGenerator(seed: 1)
        XCTAssertEqual(dream.step([2], .mean, using: &generator).shape, [1, 64, 64, 3])

        // Its shape is a part of it, and damage to either file is told.
        let shape = file("checkpoints/whole/config.json"), text = try String(contentsOf: shape, encoding: .utf8)
        try text.replacingOccurrences(of: "1e-06", with: "1e-12").write(to: shape, atomically: true, encoding: .utf8)
        try refuse(["validate-dynamics", "--data", "data", "--run", "whole"], "checkpoints/whole/config.json", "is not the one")
        try FileManager.default.removeItem(at: shape)
        try refuse(["validate-dynamics", "--data", "data", "--run", "whole"], "checkpoints/whole/config.json", "is missing")
        try makeDINO()
        try Data("{}".utf8).write(to: file("dino/config.json"))
        try refuse(train("other") + begin, "config.json", "describes a 'none'")
        try FileManager.default.removeItem(at: file("dino/config.json"))
        try refuse(train("other") + begin, "model of unknown kind")
    }
}
