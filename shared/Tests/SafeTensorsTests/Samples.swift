// Samples.swift - the files, folders and the Python that the tests of this target share.

import Foundation
import SafeTensors

func fixture(_ name: String) -> URL {
    Bundle.module.resourceURL!.appendingPathComponent("Fixtures").appendingPathComponent(name)
}

/// One tensor of each kind that the workbook writes.
func sampleWriter() -> SafeTensorsWriter {
    var writer = SafeTensorsWriter(metadata: ["fps": "4", "slash/\"quote\"": "ä ☃"])
    writer.add("floats", shape: [2, 3], floats: [1, -2, .infinity, 0.1, .leastNonzeroMagnitude, -0.0])
    writer.add("integers", shape: [3], integers: [.min, -1, .max])
    writer.add("bytes", shape: [3], bytes: [0, 127, 255])
    writer.add("half", shape: [2], dtype: .f16, raw: Data([0x00, 0x3E, 0x00, 0xC0]))
    writer.add("scalar", shape: [], floats: [3.25])
    writer.add("empty", shape: [0, 4], floats: [])
    return writer
}

/// Runs a script with the interpreter of the environment variable WORKBOOK_PYTHON, or `python3`.
/// Returns the exit status (127 when there is no such interpreter) and what it said.
func runPython(_ script: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [ProcessInfo.processInfo.environment["WORKBOOK_PYTHON"] ?? "python3", "-c", script] + arguments
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}
