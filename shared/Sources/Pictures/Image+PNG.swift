// Image+PNG.swift - how does a PNG file become RGB bytes, and back?
//
// Through libpng's "simplified API" (png.h, section "THE SIMPLIFIED API"): it reads every kind of PNG - palette,
// gray, alpha, 1 to 16 bits, interlaced - into the one format asked for, and reports errors in a struct instead
// of jumping out of the function, which Swift could not follow.

import CPNG
import Foundation

extension Image {
    /// Reads a PNG file. Where it is transparent, `background` shows through (white, as on a page); with nil transparency is
    /// left away, and the colors show that were hidden under it.
    ///
    /// - Throws: `PictureError` for a file that is missing, no PNG, damaged, cut short or absurdly large.
    public init(pngAt url: URL, background: Color? = .white) throws {
        try self.init(pngData: pictureBytes(url), name: url.path, background: background)
    }

    /// Reads the bytes of a PNG file; `name` stands for the file in error messages.
    public init(pngData data: Data, name: String, background: Color? = .white) throws {
        guard data.starts(with: [0x89, 0x50, 0x4E, 0x47]) else {
            throw PictureError("\(name): not a PNG file; convert it to PNG")
        }
        var header = png_image()
        header.version = png_uint_32(PNG_IMAGE_VERSION)
        defer { png_image_free(&header) }
        func failure(_ header: png_image) -> PictureError {
            PictureError("\(name): damaged or cut short (\(message(header))); copy or make the file again")
        }

        let rgba: [UInt8] = try data.withUnsafeBytes { file in
            // libpng keeps the pointer between the two calls, so both stand in one closure.
            guard png_image_begin_read_from_memory(&header, file.baseAddress!, file.count) != 0 else {
                throw failure(header)
            }
            try PictureError.checkSize(Int(header.width), Int(header.height), of: name)
            if file.count > 28, file[24] == 16, file[28] == 1 { return try deepInterlaced(&header, file, name) }
            header.format = png_uint_32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)      // RGBA, 8 bits a channel
            // 16-bit files without a gamma chunk hold sRGB values like all others; libpng would take them for linear light.
            header.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
            let count = Int(header.width) * Int(header.height) * 4
            return try [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
                guard png_image_finish_read(&header, nil, bytes.baseAddress!, 0, nil) != 0 else { throw failure(header) }
                initialized = count
            }
        }
        self.init(width: Int(header.width), height: Int(header.height))
        guard let background else {
            pixels = [UInt8](unsafeUninitializedCapacity: pixels.count) { pixels, count in
                for i in 0 ..< rgba.count / 4 { for c in 0 ..< 3 { pixels[3 * i + c] = rgba[4 * i + c] } }
                count = rgba.count / 4 * 3
            }
            return
        }
        // over: background + (color - background) · alpha, on the sRGB values, as browsers and Pillow do it.
        // (libpng's own compositing works in linear light and would give other grays at soft edges.)
        let behind = [Int(background.r), Int(background.g), Int(background.b)]
        pixels.withUnsafeMutableBufferPointer { pixels in
            for i in 0 ..< pixels.count / 3 {
                let alpha = Int(rgba[4 * i + 3])
                for c in 0 ..< 3 {
                    pixels[3 * i + c] = UInt8((Int(rgba[4 * i + c]) * alpha + behind[c] * (255 - alpha) + 127) / 255)
                }
            }
        }
    }

    /// The bytes of a PNG file (8-bit RGB) that holds exactly these pixels, and says who made it: this workbook, and which of its
    /// commands if it is named.
    public func pngData(by maker: String? = nil) throws -> Data {
        var header = png_image()
        header.version = png_uint_32(PNG_IMAGE_VERSION)
        header.width = png_uint_32(width)
        header.height = png_uint_32(height)
        header.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
        // Room for the worst case (nothing compresses), so that one call is enough; the first `size` bytes count.
        var size = pixels.count + pixels.count / 32 + height + 4096
        var data = Data(count: size)
        let written = data.withUnsafeMutableBytes {
            png_image_write_to_memory(&header, $0.baseAddress!, &size, 0, pixels, 0, nil)
        }
        guard written != 0 else {
            throw PictureError("a picture of \(width)x\(height) cannot be written as PNG: \(message(header))")
        }
        // After the signature (8 bytes) and the header (25): a chunk of text.
        let text = Data("tEXtSoftware\0".utf8) + Data((maker.map { "\(madeHere), \($0)" } ?? madeHere).utf8)
        func bigEndian(_ number: UInt32) -> Data { withUnsafeBytes(of: number.bigEndian) { Data($0) } }
        return data.prefix(33) + bigEndian(UInt32(text.count - 4)) + text + bigEndian(crc32(text)) + data[33 ..< size]
    }

    /// Writes a PNG file, whole or not at all.
    ///
    /// - Throws: `PictureError` when the folder is missing or the disk is full; an earlier file stays as it was.
    public func writePNG(to url: URL, by maker: String? = nil) throws { try writePicture(pngData(by: maker), to: url) }
}

/// Interlaced files of 16 bits a channel: asked for 8 bits, libpng 1.6.39 returns wrong pixels (its issue 853); asked for all 16
/// it does not, and we round them ourselves. Numbers come as they are in the file when nothing in it speaks of light ("gamma").
/// - Returns: RGBA.
private func deepInterlaced(_ header: inout png_image, _ file: UnsafeRawBufferPointer, _ name: String) throws -> [UInt8] {
    guard file[25] == 0 || file[25] == 2, !["tRNS", "gAMA", "iCCP", "cHRM", "sRGB"].contains(where: { hasChunk($0, file) }) else {
        throw PictureError("\(name): interlaced, with 16 bits a channel and transparency or a color profile, which libpng reads wrongly; "
            + "save it without interlacing")
    }
    header.format = png_uint_32(PNG_FORMAT_FLAG_LINEAR | PNG_FORMAT_FLAG_COLOR)
    let count = Int(header.width) * Int(header.height)
    var deep = [UInt16](repeating: 0, count: count * 3)
    guard png_image_finish_read(&header, nil, &deep, 0, nil) != 0 else {
        throw PictureError("\(name): damaged or cut short (\(message(header))); copy or make the file again")
    }
    return [UInt8](unsafeUninitializedCapacity: count * 4) { bytes, initialized in
        for i in 0 ..< count {
            for c in 0 ..< 3 { bytes[4 * i + c] = UInt8((Int(deep[3 * i + c]) * 255 + 32895) >> 16) }   // as libpng rounds
            bytes[4 * i + 3] = 255
        }
        initialized = count * 4
    }
}

/// Whether a chunk of this kind stands before the pixels.
private func hasChunk(_ kind: String, _ file: UnsafeRawBufferPointer) -> Bool {
    var place = 8
    while place + 8 <= file.count {
        let length = Int(UInt32(bigEndian: file.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
        let name = String(decoding: file[place + 4 ..< place + 8], as: UTF8.self)
        if name == kind { return true }
        if name == "IDAT" { return false }
        place += 12 + length
    }
    return false
}

/// The check sum of a PNG chunk (ISO 3309, PNG specification, annex D).
private func crc32(_ data: Data) -> UInt32 {
    ~data.reduce(~0) { sum, byte in
        (0 ..< 8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? 0xEDB8_8320 ^ sum >> 1 : sum >> 1 }
    }
}

/// libpng's own words: a C string in a fixed array of 64 bytes.
private func message(_ header: png_image) -> String {
    withUnsafeBytes(of: header.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
