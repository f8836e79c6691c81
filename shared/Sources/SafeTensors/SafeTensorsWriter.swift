// SafeTensorsWriter.swift - how are tensors written so that this workbook and Python can map them?

import Files
import Foundation

/// Collects tensors, then writes them all in one file, whole or not at all.
public struct SafeTensorsWriter {
    private var metadata: [String: String]
    private var tensors: [(name: String, shape: [Int], dtype: DType, data: Data)] = []

    public init(metadata: [String: String] = [:]) { self.metadata = metadata }

    /// Adds an F32 tensor. The number of `floats` must be the product of `shape`.
    public mutating func add(_ name: String, shape: [Int], floats: [Float]) {
        add(name, shape: shape, dtype: .f32, raw: floats.withUnsafeBytes { Data($0) })
    }

    /// Adds an F16 tensor: half the bytes, 11 bits of precision, numbers up to 65,504.
    public mutating func add(_ name: String, shape: [Int], halves: [Float]) {
        add(name, shape: shape, dtype: .f16, raw: halves.map(Float16.init).withUnsafeBytes { Data($0) })
    }

    /// Adds an I64 tensor.
    public mutating func add(_ name: String, shape: [Int], integers: [Int]) {
        add(name, shape: shape, dtype: .i64, raw: integers.map(Int64.init).withUnsafeBytes { Data($0) })
    }

    /// Adds a U8 tensor.
    public mutating func add(_ name: String, shape: [Int], bytes: [UInt8]) {
        add(name, shape: shape, dtype: .u8, raw: Data(bytes))
    }

    /// Adds a tensor of any type from its little-endian bytes.
    public mutating func add(_ name: String, shape: [Int], dtype: DType, raw: Data) {
        precondition(shape.reduce(dtype.size, *) == raw.count, "'\(name)': \(dtype.rawValue) \(shape) is not \(raw.count) bytes")
        precondition(name != Header.metadataKey && !tensors.contains { $0.name == name }, "'\(name)' cannot be used, or is used twice")
        tensors.append((name, shape, dtype, raw))
    }

    /// Writes the file at `url`. The same tensors give the same bytes, in whatever order they were added.
    /// - Throws: `FileError`; an earlier file at `url` is then still there.
    public func write(to url: URL) throws { try writeAtomically(pieces(), to: url) }

    /// The bytes of the file, in the order of its parts.
    public func pieces() throws -> [Data] {
        // Wide types first: so each tensor begins at a multiple of its own size.
        let ordered = tensors.sorted { ($1.dtype.size, $0.name) < ($0.dtype.size, $1.name) }
        var header = Header(metadata: metadata)
        var end = 0
        for tensor in ordered {
            header.tensors[tensor.name] = .init(dtype: tensor.dtype.rawValue, shape: tensor.shape, offsets: [end, end + tensor.data.count])
            end += tensor.data.count
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var front = try encoder.encode(header)
        front.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - front.count % 8) % 8))
        let length = withUnsafeBytes(of: UInt64(front.count).littleEndian) { Data($0) }
        return [length, front] + ordered.map(\.data)
    }
}
