// Samples.swift - what the tests of this target share: fixtures, folders to damage, and pictures by formula.

import CommandTesting
import Foundation
import Pictures
import SafeTensors
import XCTest

func fixture(_ name: String) -> URL { Bundle.module.resourceURL!.appendingPathComponent("Fixtures").appendingPathComponent(name) }

/// The same as `picture` in make_goldens.py.
func picture(_ width: Int, _ height: Int, seed: Int) -> Image {
    var pixels: [UInt8] = []
    for y in 0 ..< height { for x in 0 ..< width { for c in 0 ..< 3 {
        let soft = x * (c + 2) * 3 + y * (5 - c) * 2 + seed * 31, sharp = x * x * 7 + y * 13 + x * y * 3 + c * 57 + seed * 101
        pixels.append(UInt8(((x / 8 + y / 8 + seed) % 3 == 0 ? sharp : soft) % 256))
    } } }
    return Image(width: width, height: height, pixels: pixels)
}

extension FolderTestCase {
    /// A copy of a model's folder, to be changed. Each call makes it anew.
    func copy(of name: String = "base") throws -> URL {
        let copy = file("clip")
        try? FileManager.default.removeItem(at: copy)
        try FileManager.default.copyItem(at: fixture(name), to: copy)
        return copy
    }

    /// Replaces text in a file of the copied model.
    func edit(_ name: String, _ old: String, _ new: String) throws {
        let url = file("clip/\(name)"), text = try String(contentsOf: url, encoding: .utf8)
        XCTAssertTrue(text.contains(old), "'\(old)' is not in \(name)")
        try text.replacingOccurrences(of: old, with: new).write(to: url, atomically: true, encoding: .utf8)
    }

    /// Writes the copied model's weights again, with some left out or otherwise.
    func rewriteWeights(_ change: (_ name: String, _ shape: [Int], _ floats: [Float]) -> (shape: [Int], dtype: DType, raw: Data)?) throws {
        let url = file("clip/model.safetensors"), old = try SafeTensorsFile(contentsOf: url)
        var writer = SafeTensorsWriter()
        for (name, entry) in old.entries where entry.dtype != .i64 {
            if let new = change(name, entry.shape, try old.floats(name)) {
                writer.add(name, shape: new.shape, dtype: new.dtype, raw: new.raw)
            }
        }
        try writer.write(to: url)
    }
}

extension Array where Element: BitwiseCopyable {
    /// The bytes of the elements.
    var data: Data { withUnsafeBytes { Data($0) } }
}
