// Golden.swift - does ours give the numbers that PyTorch computed (Fixtures/make_goldens.py)?

import Foundation
import Layers
import SafeTensors
import Tensors
import XCTest

/// One file of them.
public struct Golden {
    public let file: SafeTensorsFile

    /// `name` without its extension; the test's bundle is `.module`.
    public init(_ name: String, in bundle: Bundle) throws {
        file = try SafeTensorsFile(contentsOf: XCTUnwrap(bundle.url(forResource: "Fixtures/\(name)", withExtension: "safetensors"), name))
    }

    public func has(_ key: String) -> Bool { file.entries[key] != nil }
    public func tensor(_ key: String) throws -> Tensor { Tensor(try file.floats(key), shape: file.entries[key]?.shape ?? []) }
    public func floats(_ key: String) throws -> [Float] { try file.floats(key) }
    public func integers(_ key: String) throws -> [Int] { try file.integers(key) }

    /// Puts the numbers under `prefix` into a module. Both have the same names, the checkpoint's keys, and the same shapes.
    public func fill(_ module: any Module, from prefix: String = "weights.", file: StaticString = #filePath, line: UInt = #line) throws {
        let names = self.file.names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        XCTAssertEqual(Set(module.parameters.map(\.name)), Set(names), "names are the checkpoint's keys", file: file, line: line)
        for (name, parameter) in module.parameters { try fill(parameter, from: prefix + name, file: file, line: line) }
    }

    public func fill(_ parameter: Tensor, from key: String, file: StaticString = #filePath, line: UInt = #line) throws {
        let value = try tensor(key)
        XCTAssertEqual(parameter.shape, value.shape, key, file: file, line: line)
        guard parameter.shape == value.shape else { return }
        parameter.pointer.update(from: value.pointer, count: value.count)
    }

    /// Every gradient of a module.
    public func assertGradients(
        of module: any Module, under prefix: String = "gradients.", within tolerance: Float, file: StaticString = #filePath,
        line: UInt = #line
    ) throws {
        for (name, parameter) in module.parameters {
            assertEqual(
                parameter.gradient, try tensor(prefix + name), within: tolerance, "gradient of \(name)", file: file, line: line)
        }
    }
}

/// Of the same shape, and every number within `tolerance`, relative to the largest of the expected ones.
public func assertEqual(
    _ actual: Tensor?, _ expected: Tensor, within tolerance: Float = 2e-6, _ message: String, file: StaticString = #filePath,
    line: UInt = #line
) {
    guard let actual else { return XCTFail("\(message): there is none", file: file, line: line) }
    if (actual.count, expected.count) != (1, 1) { XCTAssertEqual(actual.shape, expected.shape, message, file: file, line: line) }
    let scale = max(1e-6, expected.values.map(abs).max() ?? 0)
    let errors = zip(actual.values, expected.values).map { abs($0 - $1) / scale }
    guard let worst = errors.indices.first(where: { !(errors[$0] <= tolerance) }) else { return }
    XCTFail("\(message): [\(worst)] is \(actual.pointer[worst]), expected \(expected.pointer[worst])", file: file, line: line)
}
