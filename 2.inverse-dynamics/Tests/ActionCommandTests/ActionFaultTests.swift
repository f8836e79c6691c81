// ActionFaultTests.swift - what was asked of a command holds for all that it trains, and odd data is no end.

import CommandTesting
import Episodes
import Foundation
import InverseDynamics
import SafeTensors
import Tensors
import XCTest

final class ActionFaultTests: ActionCommandTestCase {
    private let parts = ["labels-50", "labels-200", "labels-1000", "labels-all"]

    /// Interrupted when two of the four models had not begun: they become what they would have become.
    func testPartsThatHadNotBegunAreTrainedAsWasAsked() throws {
        try succeed(train("supervised", "--run", "whole", "--steps", "3", "--seed", "7", "--batch-size", "4"))
        try succeed(train("supervised", "--run", "parts", "--steps", "3", "--seed", "7", "--batch-size", "4", "--stop-at", "2"))
        for part in parts.suffix(2) { try FileManager.default.removeItem(at: file("checkpoints/parts/\(part)")) }
        try refuse(
            ["train-actions", "--data", Self.data.path, "--run", "parts", "--model", "supervised", "--resume", "--seed", "8"],
            "keeps seed 7")
        try succeed(["train-actions", "--run", "parts", "--model", "supervised", "--resume"])
        for part in parts {
            try assertSameFiles(["\(part)/model.safetensors", "\(part)/training-state.safetensors"], in: "whole", and: "parts")
        }
    }

    func testNumbersOfConfigurationsAreNotBelieved() throws {
        try succeed(train("latent", "--steps", "2"))
        try succeed(train("supervised", "--steps", "1"))
        let latent = file("checkpoints/default/model.safetensors"), supervised = file("checkpoints/default/labels-50/model.safetensors")
        let frames = Tensor(repeating: 0.5, shape: [1, 2, 16, 16, 3])
        try assertNoNumberIsBelieved(in: latent) {
            let model = try LatentActionModel(checkpoint: latent)
            if model.configuration.imageSize == 16 { XCTAssertEqual(model.codes(of: frames).count, 1) }
        }
        try assertNoNumberIsBelieved(in: supervised) {
            let model = try InverseDynamicsModel(checkpoint: supervised)
            if model.configuration.encoder.imageSize == 16 { XCTAssertEqual(model.actions(of: frames).count, 1) }
        }
    }

    func testTwoFramesThatAreBlack() throws {
        let data = file("fade")
        for split in ["train", "validation"] { try Self.record(into: data.appendingPathComponent(split), count: 1) }
        for split in ["train", "validation"] {
            let url = data.appendingPathComponent("\(split)/0.safetensors")
            var episode = try Episode(contentsOf: url)
            let size = episode.width * episode.height * 3
            for i in 0 ..< (split == "train" ? 12 : 3) * size { episode.frames[i] = 0 }
            try episode.write(to: url)
        }
        for flags in [[], ["--teacher", "nobody"], ["--quantizer", "vq"]] {
            try succeed(train("latent", "--steps", "6", "--overwrite", data: data) + flags)
        }
        try succeed(["validate-actions", "--data", data.path])
    }

    func testAModelOfOtherLabelsThanItsFolderSays() throws {
        try succeed(train("latent", "--steps", "2"))
        try succeed(train("supervised", "--steps", "1"))
        let (few, more) = (
            file("checkpoints/default/labels-50/model.safetensors"), file("checkpoints/default/labels-200/model.safetensors")
        )
        try Data(contentsOf: few).write(to: more)
        try refuse(["validate-actions", "--data", Self.data.path], "labels-200/model.safetensors: was trained on 50 labels, not 200")
    }

    func testNumbersOfCheckpointsAreNotBelieved() throws {
        try succeed(train("latent", "--steps", "1"))
        let url = file("checkpoints/default/model.safetensors"), whole = try SafeTensorsFile(contentsOf: url)
        let configuration = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(whole.metadata["configuration"]!.utf8)) as? [String: Any])
        for key in [
            "imageSize", "frames", "patchSize", "embeddingDimensions", "heads", "hiddenDimensions", "encoderBlocks", "decoderBlocks",
            "mapSide",
        ] {
            for number in [4_611_686_018_427_387_904, 4_294_967_296, 1_000_000, -1] {
                let changed = try JSONSerialization.data(withJSONObject: configuration.merging([key: number]) { $1 })
                var writer = SafeTensorsWriter(
                    metadata: whole.metadata.merging(["configuration": String(decoding: changed, as: UTF8.self)]) { $1 })
                for name in whole.names { writer.add(name, shape: whole.entries[name]!.shape, floats: try whole.floats(name)) }
                try writer.write(to: url)
                try refuse(
                    ["label-actions", "--data", Self.data.path, "--relabel", "--output", "labeled"],
                    "checkpoints/default/model.safetensors: ", "`train-actions`")
            }
        }
    }

    func testALabeledCopyReplacesNobodysWork() throws {
        try succeed(train("latent", "--steps", "1"))
        try Self.record(into: file("data/train"), count: 1, withActions: false)
        try FileManager.default.createDirectory(at: file("mine"), withIntermediateDirectories: true)
        try Data("mine".utf8).write(to: file("mine/.notes"))
        for flags in [[], ["--overwrite"]] {
            try refuse(
                ["label-actions", "--data", "data", "--output", "mine"] + flags, "mine: '.notes' in this folder is no part of a data set")
        }
    }
}
