// Header.swift - what stands at the front of a safetensors file, and can it be believed?
//
// A file is:   8 bytes   n, the header's length (little endian)
//              n bytes   JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...,
//                               "__metadata__": {"any": "strings"}}
//              the rest  the numbers; offsets count from here, and leave neither overlap nor hole
//
// Nothing in a header is trusted: files get truncated, and a hostile one would have us read what is not ours.
// Format: https://github.com/huggingface/safetensors#format

import Files
import Foundation

/// The file's content is not what its format promises. `description` is one line that names the file.
public struct SafeTensorsError: Error, CustomStringConvertible {
    public let description: String
    init(_ url: URL, _ problem: String) { description = printable("\(url.relativePath): \(problem)") }
}

struct Header: Codable {
    struct Tensor: Codable {
        var dtype: String
        var shape: [Int]
        var offsets: [Int]
        enum CodingKeys: String, CodingKey { case dtype, shape, offsets = "data_offsets" }
    }

    var metadata: [String: String]?
    /// Whether there is an entry for metadata, perhaps null.
    private var hasMetadataKey = false
    var tensors: [String: Tensor] = [:]

    /// The largest header that the reference implementation accepts.
    static let largest = 100_000_000
    static let metadataKey = "__metadata__"

    struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(metadata: [String: String]) { self.metadata = metadata.isEmpty ? nil : metadata }

    init(from decoder: Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        for key in object.allKeys {
            if key.stringValue == Header.metadataKey {
                hasMetadataKey = true
                metadata = try object.decodeNil(forKey: key) ? nil : object.decode([String: String].self, forKey: key)
            } else {
                tensors[key.stringValue] = try object.decode(Tensor.self, forKey: key)
            }
        }
    }

    func encode(to encoder: Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        if let metadata { try object.encode(metadata, forKey: Key(stringValue: Header.metadataKey)) }
        for (name, tensor) in tensors { try object.encode(tensor, forKey: Key(stringValue: name)) }
    }

    /// Parses the JSON of a header.
    static func parse(_ json: UnsafeRawBufferPointer, of url: URL) throws -> Header {
        guard json.first == UInt8(ascii: "{") else {
            throw SafeTensorsError(url, "the header is not a JSON object; this is not a safetensors file")
        }
        let header: Header
        do {
            header = try JSONDecoder().decode(Header.self, from: Data(json))
        } catch DecodingError.dataCorrupted {
            throw SafeTensorsError(url, "the header is not valid JSON; the file is damaged")
        } catch {
            throw SafeTensorsError(url, "a header entry is not {dtype, shape, data_offsets}; the file is damaged")
        }
        // A JSON parser silently keeps one of two equal keys; which of the two tensors was meant?
        guard topLevelKeys(json) == header.tensors.count + (header.hasMetadataKey ? 1 : 0) else {
            throw SafeTensorsError(url, "two tensors of the header have the same name; the file is damaged")
        }
        return header
    }

    /// How many keys the outermost object has: its colons that are not inside a string.
    private static func topLevelKeys(_ json: UnsafeRawBufferPointer) -> Int {
        var depth = 0, count = 0, inString = false, escaped = false
        for byte in json {
            if escaped { escaped = false; continue }
            switch byte {
            case UInt8(ascii: "\\"): escaped = inString
            case UInt8(ascii: "\""): inString.toggle()
            case _ where inString: break
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ":") where depth == 1: count += 1
            default: break
            }
        }
        return count
    }

    /// Checks every entry against a data part of `dataCount` bytes. Tensors of number types that are not known here must lie in the
    /// file like all others; what they hold nobody can check, and nobody can read.
    func entries(dataCount: Int, of url: URL) throws -> (known: [String: SafeTensorsFile.Entry], unknownTypes: [String: String]) {
        var entries: [String: SafeTensorsFile.Entry] = [:], unknown: [String: String] = [:], ranges: [Range<Int>] = []
        for (name, tensor) in tensors {
            func fail(_ problem: String) -> SafeTensorsError { .init(url, "the tensor '\(name)' \(problem)") }
            guard tensor.offsets.count == 2, 0 <= tensor.offsets[0], tensor.offsets[0] <= tensor.offsets[1] else {
                throw fail("has impossible offsets \(tensor.offsets); the file is damaged")
            }
            guard tensor.offsets[1] <= dataCount else {
                throw fail("ends at byte \(tensor.offsets[1]) of \(dataCount); the file is truncated")
            }
            let bytes = tensor.offsets[0] ..< tensor.offsets[1]
            ranges.append(bytes)
            guard let dtype = DType(rawValue: tensor.dtype) else {
                unknown[name] = tensor.dtype
                continue
            }
            guard byteCount(tensor.shape, dtype) == bytes.count else {
                throw fail("is \(dtype.rawValue) \(tensor.shape) in \(bytes.count) bytes, which does not fit; the file is damaged")
            }
            entries[name] = .init(dtype: dtype, shape: tensor.shape, bytes: bytes)
        }
        // Laid end to end the tensors must cover the data exactly.
        var end = 0
        for bytes in ranges.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
            guard bytes.lowerBound == end else {
                throw SafeTensorsError(url, "tensors overlap or leave a hole at byte \(end); the file is damaged")
            }
            end = bytes.upperBound
        }
        guard end == dataCount else {
            throw SafeTensorsError(url, "\(dataCount - end) bytes belong to no tensor; the file is damaged")
        }
        return (entries, unknown)
    }

    /// Product of the shape times the size of a number; nil for a negative size or one beyond Int.
    private func byteCount(_ shape: [Int], _ dtype: DType) -> Int? {
        var product = dtype.size
        for size in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            if size < 0 || overflow { return nil }
            product = next
        }
        return product
    }
}
