// SafeTensorsFile.swift - how are tensors read from disk without loading the file?
//
// The file is mapped into memory: opening reads only the header, and the numbers of a tensor arrive when they
// are touched. A data set larger than the memory works, and reading the same episode twice costs nothing.

@_exported import Files    // whoever reads and writes tensors reads and writes files
import Foundation

/// A safetensors file, memory-mapped, and checked when it is opened.
public final class SafeTensorsFile: @unchecked Sendable {
    /// One tensor of the file. `bytes` counts from the end of the header.
    public struct Entry: Equatable, Sendable {
        public let dtype: DType
        public let shape: [Int]
        public let bytes: Range<Int>
    }

    public let url: URL
    public let metadata: [String: String]
    public let entries: [String: Entry]
    /// Tensors of number types that are not known here, and what their types are called.
    public let unknownTypes: [String: String]
    /// The names of the tensors, sorted.
    public var names: [String] { entries.keys.sorted() }

    private let mapping: UnsafeRawBufferPointer
    private let dataStart: Int

    /// Maps the file at `url`.
    /// - Throws: `FileError` when it cannot be read; `SafeTensorsError` when it is truncated, its header is not
    ///   JSON, or a tensor's type, shape and place do not fit each other and the file.
    public init(contentsOf url: URL) throws {
        let mapping = try SafeTensorsFile.map(url)
        do {
            guard mapping.count >= 8 else {
                throw SafeTensorsError(url, "\(mapping.count) bytes are too few for a safetensors file; it is truncated")
            }
            let length = UInt64(littleEndian: mapping.loadUnaligned(as: UInt64.self))
            guard length <= UInt64(min(mapping.count - 8, Header.largest)) else {
                throw SafeTensorsError(
                    url, "a header of \(length) bytes does not fit in \(mapping.count) bytes; it is truncated or not a safetensors file")
            }
            dataStart = 8 + Int(length)
            let header = try Header.parse(.init(rebasing: mapping[8 ..< dataStart]), of: url)
            (entries, unknownTypes) = try header.entries(dataCount: mapping.count - dataStart, of: url)
            metadata = header.metadata ?? [:]
        } catch {
            SafeTensorsFile.unmap(mapping)
            throw error
        }
        self.url = url
        self.mapping = mapping
    }

    deinit { SafeTensorsFile.unmap(mapping) }

    /// How many numbers all tensors hold together: what is built to hold them need not be larger.
    public var numberCount: Int { entries.values.reduce(0) { $0 + $1.bytes.count / $1.dtype.size } }

    /// Sixteen digits that change when the file does, a byte of it or its length.
    public func fingerprint() -> String { withExtendedLifetime(self) { SafeTensors.fingerprint(of: mapping) } }

    /// The bytes of a tensor, inside the mapping: valid only while this object lives.
    public func bytes(_ name: String) throws -> UnsafeRawBufferPointer {
        let range = try entry(name).bytes
        return .init(rebasing: mapping[dataStart + range.lowerBound ..< dataStart + range.upperBound])
    }

    /// The numbers of a tensor of type F64, F32, F16 or BF16, copied, row by row.
    public func floats(_ name: String) throws -> [Float] {
        let dtype = try entry(name).dtype
        guard let numbers = dtype.floats(try bytes(name)) else {
            throw SafeTensorsError(url, "the tensor '\(name)' is \(dtype.rawValue); floats were expected")
        }
        return numbers
    }

    /// The numbers of a tensor of type I64, I32, I16, I8, U16 or U8, copied, row by row.
    public func integers(_ name: String) throws -> [Int] {
        let dtype = try entry(name).dtype
        guard let numbers = dtype.integers(try bytes(name)) else {
            throw SafeTensorsError(url, "the tensor '\(name)' is \(dtype.rawValue); integers were expected")
        }
        return numbers
    }

    private func entry(_ name: String) throws -> Entry {
        guard let entry = entries[name] else {
            if let type = unknownTypes[name] {
                throw SafeTensorsError(url, "the tensor '\(name)' has the number type '\(type)', which is not known here")
            }
            throw SafeTensorsError(url, "there is no tensor '\(name)', only: \(names.prefix(10).joined(separator: ", "))")
        }
        return entry
    }

    private static func map(_ url: URL) throws -> UnsafeRawBufferPointer {
        let (file, size) = try openFile(url)
        defer { close(file) }
        // Nothing of zero length can be mapped; an empty buffer fails the first check of `init`.
        if size == 0 { return .init(start: nil, count: 0) }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0), start != MAP_FAILED else {
            throw FileError("map", url)
        }
        MappedFiles.add(start, size, url)
        return .init(start: start, count: size)
    }

    private static func unmap(_ mapping: UnsafeRawBufferPointer) {
        guard let start = mapping.baseAddress else { return }
        MappedFiles.remove(start)
        munmap(UnsafeMutableRawPointer(mutating: start), mapping.count)
    }
}
