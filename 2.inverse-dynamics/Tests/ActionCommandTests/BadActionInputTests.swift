// BadActionInputTests.swift - what does a learner read when something is wrong, and is everything else still as it was?

import CommandTesting
import Foundation
import SafeTensors
import XCTest

final class BadActionInputTests: ActionCommandTestCase {
    func testFlags() throws {
        try refuse(train("latent", "--preset", "tinny"), "--preset is default, tiny or patient", "tinny")
        try refuse(train("latent", "--codes", "6"), "--codes is a power of two", "6")
        try refuse(train("latent", "--quantizer", "pq"), "fsq or vq", "pq")
        try refuse(train("latent", "--conditioning", "sum"), "adaln or add", "sum")
        try refuse(train("latent", "--teacher", "me"), "maps or nobody", "me")
        try refuse(train("nothing"), "--model")
    }

    func testDataThatDoesNotFit() throws {
        try refuse(train("latent", data: file("nowhere")), "nowhere/train", "there is no such folder", "episodes record")
        try Self.record(into: file("small/train"), count: 1, size: 32)
        try refuse(train("latent", data: file("small")), "small/train", "32x32", "--size 64")
        try refuse(train("supervised", data: file("small")), "small/train", "labels were asked for")
        try Self.record(into: file("silent/train"), count: 1, withActions: false)
        try refuse(train("supervised", data: file("silent")), "silent/train", "not every episode has actions", "--model latent")
        try refuse(train("latent", data: file("silent")), "silent/validation", "there is no such folder")
        try Self.record(into: file("short/train"), count: 1, frames: 3)
        try refuse(train("latent", data: file("short")), "short/train", "a clip takes 4 frames, the longest episode has 3")
    }

    func testRunsThatExistOrDoNot() throws {
        try refuse(train("latent", "--resume"), "checkpoints/default", "nothing to resume", "without --resume")
        try succeed(train("latent", "--steps", "2"))
        try refuse(train("latent", "--steps", "2"), "checkpoints/default", "exists", "--resume", "--overwrite", "--run")
        try refuse(train("latent", "--steps", "6", "--overwrite", "--learning-rate", "1e30"),
                   "the loss is not a number", "checkpoints/default is kept", "lower --learning-rate")
    }

    func testDamagedRuns() throws {
        let validate = ["validate-actions", "--data", Self.data.path]
        try refuse(validate, "checkpoints/default/model.safetensors", "no such checkpoint", "`train-actions`")
        try succeed(train("latent", "--steps", "2"))
        let model = file("checkpoints/default/model.safetensors"), state = file("checkpoints/default/training-state.safetensors")
        for url in [model, state] { try Data(contentsOf: url).dropLast(1000).write(to: url) }
        try refuse(validate, "model.safetensors", "truncated", "`train-actions`")
        try refuse(train("latent", "--resume"), "training-state.safetensors", "truncated", "--overwrite")
        for url in [model, state] { try SafeTensorsWriter(metadata: ["kind": "video-tokenizer"]).write(to: url) }
        let complaint = "holds a video-tokenizer, not a latent-action-model"
        try refuse(validate, "model.safetensors", complaint)
        try refuse(train("latent", "--resume"), "training-state.safetensors", complaint)
        // The supervised models are in runs of their own.
        try succeed(train("latent", "--steps", "2", "--overwrite"))
        try FileManager.default.createDirectory(at: file("checkpoints/default/labels-all"), withIntermediateDirectories: true)
        try Data("no model".utf8).write(to: file("checkpoints/default/labels-all/model.safetensors"))
        try refuse(validate, "labels-all/model.safetensors", "not a safetensors file", "--model supervised")
        try refuse(["label-actions", "--data", Self.data.path, "--model", "supervised", "--output", "labeled"],
                   "labels-all/model.safetensors", "not a safetensors file", "--model supervised")
    }

    func testValidationOfOtherData() throws {
        try succeed(train("latent", "--steps", "2"))
        for split in ["train", "validation"] { try Self.record(into: file("small/\(split)"), count: 1, size: 32) }
        try refuse(["validate-actions", "--data", "small"], "small/train", "32x32", "--size 64")
        try Self.record(into: file("short/train"), count: 1)
        try Self.record(into: file("short/validation"), count: 1, frames: 3)
        try refuse(["validate-actions", "--data", "short"], "short/validation", "no episode has the 4 frames of a clip")
    }

    func testLabeling() throws {
        func label(_ more: String...) -> [String] { ["label-actions", "--data", "data", "--threads", "1"] + more }
        try refuse(label("--output", "labeled"), "default/model.safetensors", "no such checkpoint", "`train-actions`")
        try succeed(train("latent", "--steps", "2"))
        try refuse(label("--output", "labeled"), "data", "there are no episodes")
        try Self.record(into: file("data/train"), count: 1)
        try refuse(label("--output", "labeled"), "data/train/0.safetensors", "has actions already", "--relabel")
        try refuse(label("--output", "data", "--relabel"), "cannot replace the data it is made from", "--output")
        try refuse(label("--output", "labeled", "--relabel", "--model", "supervised"),
                   "labels-all/model.safetensors", "no such checkpoint", "--model supervised")
        try succeed(label("--output", "labeled", "--relabel"))
        try refuse(label("--output", "labeled", "--relabel"), "labeled", "--overwrite")
        try succeed(label("--output", "labeled", "--relabel", "--overwrite"))
        try Self.record(into: file("data/validation"), count: 1, size: 32)
        try refuse(label("--output", "other", "--relabel"), "data/validation", "32x32", "--size 64")
    }
}
