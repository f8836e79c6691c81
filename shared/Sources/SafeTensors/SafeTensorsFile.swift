// SafeTensorsFile.swift - how are tensors read from disk without loading the file?
//
// The file is mapped into memory: opening reads only the header, and the numbers of a tensor arrive when they
// are touched. A data set larger than the memory works, and reading the same episode twice costs nothing.

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
                throw SafeTensorsError(url, "a header of \(length) bytes does not fit in \(mapping.count) bytes; it is truncated or not a safetensors file")
            }
            dataStart = 8 + Int(length)
            let header = try Header.parse(.init(rebasing: mapping[8 ..< dataStart]), of: url)
            entries = try header.entries(dataCount: mapping.count - dataStart, of: url)
            metadata = header.metadata ?? [:]
        } catch {
            SafeTensorsFile.unmap(mapping)
            throw error
        }
        self.url = url
        self.mapping = mapping
    }

    deinit { SafeTensorsFile.unmap(mapping) }

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
            throw SafeTensorsError(url, "there is no tensor '\(name)', only: \(names.prefix(10).joined(separator: ", "))")
        }
        return entry
    }

    private static func map(_ url: URL) throws -> UnsafeRawBufferPointer {
        let file = open(url.path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw FileError("read", url) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw FileError("read", url) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw SafeTensorsError(url, "this is not a file") }
        // Nothing of zero length can be mapped; an empty buffer fails the first check of `init`.
        if status.st_size == 0 { return .init(start: nil, count: 0) }
        guard let start = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, file, 0), start != MAP_FAILED else {
            throw FileError("map", url)
        }
        return .init(start: start, count: Int(status.st_size))
    }

    private static func unmap(_ mapping: UnsafeRawBufferPointer) {
        if let start = mapping.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), mapping.count) }
    }
}
