// Image+PNG.swift - how does a PNG file become RGB bytes, and back?
//
// Through libpng's "simplified API" (png.h, section "THE SIMPLIFIED API"): it reads every kind of PNG - palette,
// gray, alpha, 1 to 16 bits, interlaced - into the one format asked for, and reports errors in a struct instead
// of jumping out of the function, which Swift could not follow.

import CPNG
import Foundation

extension Image {
    /// Reads a PNG file. Where it is transparent, `background` shows through (white, as on a page).
    ///
    /// - Throws: `PictureError` for a file that is missing, no PNG, damaged, cut short or absurdly large.
    public init(pngAt url: URL, background: Color = .white) throws {
        try self.init(pngData: readFile(url), name: url.path, background: background)
    }

    /// Reads the bytes of a PNG file; `name` stands for the file in error messages.
    public init(pngData data: Data, name: String, background: Color = .white) throws {
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
            header.format = png_uint_32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)      // RGBA, 8 bits a channel
            // 16-bit files without a gamma chunk hold sRGB values like all others; libpng would take them for linear light.
            header.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
            let count = Int(header.width) * Int(header.height) * 4
            return try [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
                guard png_image_finish_read(&header, nil, bytes.baseAddress!, 0, nil) != 0 else { throw failure(header) }
                initialized = count
            }
        }
        self.init(width: Int(header.width), height: Int(header.height), color: background)
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

    /// The bytes of a PNG file (8-bit RGB) that holds exactly these pixels.
    public func pngData() throws -> Data {
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
        return data.prefix(size)
    }

    /// Writes a PNG file, whole or not at all.
    ///
    /// - Throws: `PictureError` when the folder is missing or the disk is full; an earlier file stays as it was.
    public func writePNG(to url: URL) throws { try writeFile(pngData(), to: url) }
}

/// libpng's own words: a C string in a fixed array of 64 bytes.
private func message(_ header: png_image) -> String {
    withUnsafeBytes(of: header.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
