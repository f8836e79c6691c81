// DType.swift - which number types can a safetensors file hold, and how does each become a Float?

import Foundation

/// The number type of a stored tensor, named as in the file's header.
public enum DType: String, Codable, CaseIterable, Sendable {
    case f64 = "F64", f32 = "F32", f16 = "F16", bf16 = "BF16"
    case i64 = "I64", i32 = "I32", i16 = "I16", i8 = "I8"
    case u64 = "U64", u32 = "U32", u16 = "U16", u8 = "U8", bool = "BOOL"

    /// Bytes a number.
    public var size: Int {
        switch self {
        case .f64, .i64, .u64: 8
        case .f32, .i32, .u32: 4
        case .f16, .bf16, .i16, .u16: 2
        case .i8, .u8, .bool: 1
        }
    }

    /// The numbers in `bytes` as Floats, or nil when this is not a floating-point type.
    func floats(_ bytes: UnsafeRawBufferPointer) -> [Float]? {
        switch self {
        case .f64: numbers(bytes, Double.self) { Float($0) }
        case .f32: numbers(bytes, Float.self) { $0 }
        case .f16: numbers(bytes, Float16.self) { Float($0) }
        // A bfloat16 is the upper half of a Float.
        case .bf16: numbers(bytes, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        default: nil
        }
    }

    /// The numbers in `bytes` as Ints, or nil when this is not one of I64, I32, I16, I8, U16, U8.
    func integers(_ bytes: UnsafeRawBufferPointer) -> [Int]? {
        switch self {
        case .i64: numbers(bytes, Int64.self) { Int($0) }
        case .i32: numbers(bytes, Int32.self) { Int($0) }
        case .i16: numbers(bytes, Int16.self) { Int($0) }
        case .i8: numbers(bytes, Int8.self) { Int($0) }
        case .u16: numbers(bytes, UInt16.self) { Int($0) }
        case .u8: numbers(bytes, UInt8.self) { Int($0) }
        default: nil
        }
    }

    /// A file may begin a tensor at any byte, hence the unaligned loads.
    private func numbers<Stored, Wanted>(
        _ bytes: UnsafeRawBufferPointer, _ type: Stored.Type, _ convert: (Stored) -> Wanted
    ) -> [Wanted] where Stored: BitwiseCopyable {
        let count = bytes.count / size
        return Array(unsafeUninitializedCapacity: count) { target, filled in
            for i in 0 ..< count {
                target.initializeElement(at: i, to: convert(bytes.loadUnaligned(fromByteOffset: i * size, as: type)))
            }
            filled = count
        }
    }
}
