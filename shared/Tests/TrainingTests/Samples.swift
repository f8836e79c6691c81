// Samples.swift - a model of four numbers, and what else the tests of this target share.

import CommandTesting
import Foundation
import Layers
import Tensors
@testable import Training
import XCTest

final class SampleModel: Module {
    let weight = Tensor([1, -2, 0.5, 3], shape: [2, 2]), bias = Tensor([0.25, -0.125], shape: [2])
    var tensors: [NamedTensor] { [("layer.weight", weight), ("layer.bias", bias)] }

    init(_ values: [Float]? = nil) {
        for (i, value) in (values ?? []).enumerated() { weight.pointer[i] = value }
        for tensor in [weight, bias] { tensor.requiresGradient = true }
    }

    /// A gradient that is not the same for any two numbers, so that the moments are not either.
    func step(_ optimizer: any Optimizer) {
        ((weight * weight * weight).sum() + (bias * bias).sum()).backward()
        optimizer.step(learningRate: 0.1)
    }

    var values: [Float] { weight.values + bias.values }
}

struct SampleConfiguration: Codable, Equatable {
    var width = 2, name = "ä \"quoted\""
}

/// Tests in a temporary folder that is the current one: a run's folder is checkpoints/NAME below it.
class TrainingTestCase: FolderTestCase {
    private var previous = ""

    override func setUpWithError() throws {
        try super.setUpWithError()
        previous = FileManager.default.currentDirectoryPath
        XCTAssertTrue(FileManager.default.changeCurrentDirectoryPath(folder.path))
    }

    override func tearDownWithError() throws { XCTAssertTrue(FileManager.default.changeCurrentDirectoryPath(previous)) }

    func options(_ arguments: String...) throws -> TrainingOptions { try TrainingOptions.parse(arguments) }
}

/// Runs a script with the interpreter of the environment variable WORKBOOK_PYTHON, or `python3`.
/// - Throws: `XCTSkip` when there is none, or none with safetensors and numpy.
func runPython(_ script: String, _ arguments: [String]) throws {
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [ProcessInfo.processInfo.environment["WORKBOOK_PYTHON"] ?? "python3", "-c", """
        import json, sys
        try:
            import numpy as np
            from safetensors import safe_open
            from safetensors.numpy import load_file, save_file
        except ImportError:
            sys.exit(77)

        """ + script] + arguments
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try XCTSkipIf(
        [77, 127].contains(process.terminationStatus), "needs Python with safetensors and numpy (WORKBOOK_PYTHON names the interpreter)")
    XCTAssertEqual(process.terminationStatus, 0, String(decoding: output, as: UTF8.self))
}
