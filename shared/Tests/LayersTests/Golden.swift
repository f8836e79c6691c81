// Golden.swift - numbers that PyTorch computed (Fixtures/make_goldens.py), to hold ours against.

import Foundation
import SafeTensors
import Tensors
import XCTest

/// One file of fixtures.
struct Golden {
    let file: SafeTensorsFile

    /// `name` without its extension.
    init(_ name: String) throws {
        file = try SafeTensorsFile(contentsOf: Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "safetensors")!)
    }

    func has(_ key: String) -> Bool { file.entries[key] != nil }
    func tensor(_ key: String) throws -> Tensor { Tensor(try file.floats(key), shape: file.entries[key]?.shape ?? []) }
    func integers(_ key: String) throws -> [Int] { try file.integers(key) }
}

/// Every number within `tolerance`, relative to the largest of the expected ones or 1.
func assertEqual(
    _ actual: Tensor?, _ expected: Tensor, within tolerance: Float = 2e-6, _ message: String, file: StaticString = #filePath,
    line: UInt = #line
) {
    guard let actual else { return XCTFail("\(message): there is none", file: file, line: line) }
    XCTAssertEqual(actual.count, expected.count, message, file: file, line: line)
    let scale = max(1, expected.values.map(abs).max() ?? 1)
    let errors = zip(actual.values, expected.values).map { abs($0 - $1) / scale }
    guard let worst = errors.indices.first(where: { !(errors[$0] <= tolerance) }) else { return }
    XCTFail("\(message): [\(worst)] is \(actual.pointer[worst]), expected \(expected.pointer[worst])", file: file, line: line)
}
