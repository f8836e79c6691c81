// Animation.swift - how does a GIF file become whole frames?
//
// A GIF stores only what changed: a frame is a rectangle anywhere on the screen, in its own palette, with one
// color that leaves the screen as it is, and a word on what happens to the rectangle before the next frame
// ("disposal"). Here each frame is painted on a canvas and a copy of the canvas is kept.
//
// The format: W3C, "GIF89a Specification" (1990). giflib reads it record by record, so that sizes can be checked
// before memory is set aside; its one-call reader believes whatever the file says.

import CGIF
import Foundation

/// Frames of one size and how long each stands, in seconds.
public struct Animation: Equatable, Sendable {
    public var frames: [Image]
    public var delays: [Double]

    public init(frames: [Image], delays: [Double]) {
        precondition(frames.count == delays.count, "\(frames.count) frames with \(delays.count) delays")
        (self.frames, self.delays) = (frames, delays)
    }

    /// Frames at an even pace.
    public init(frames: [Image], framesPerSecond: Double) {
        self.init(frames: frames, delays: frames.map { _ in 1 / framesPerSecond })
    }

    /// At most so many pixels in all frames together (3 bytes each), and so many frames: a few thousand bytes of GIF can ask for gigabytes.
    static let largestTotal = 256_000_000, mostFrames = 20_000

    /// Reads a GIF file. Where nothing was painted, `background` shows (white; the file's own background color is
    /// ignored, as browsers do). A delay of 0 or 1 hundredths becomes 0.1 s, also as in browsers.
    ///
    /// - Throws: `PictureError` for a file that is missing, no GIF, damaged, cut short, without frames, or too large.
    public init(gifAt url: URL, background: Color = .white) throws {
        try self.init(gifData: pictureBytes(url), name: url.path, background: background)
    }

    /// Reads the bytes of a GIF file; `name` stands for the file in error messages.
    public init(gifData data: Data, name: String, background: Color = .white) throws {
        (frames, delays) = ([], [])
        try Animation.read(data, name: name, background: background) { frame, delay in
            frames.append(frame)
            delays.append(delay)
        }
    }

    /// Reads a GIF file frame by frame: no more than one is kept.
    public static func forEachFrame(ofGIF url: URL, background: Color = .white, _ body: (Image, _ delay: Double) throws -> Void) throws {
        try read(pictureBytes(url), name: url.path, background: background, body)
    }

    private static func read(_ data: Data, name: String, background: Color, _ body: (Image, Double) throws -> Void) throws {
        guard data.starts(with: Array("GIF8".utf8)) else { throw PictureError("\(name): not a GIF file; convert it to GIF") }
        let reader = try GIFReader(data, name: name)
        var canvas: Image?, control = GIFReader.Control(), pixels = 0, count = 0
        while let record = try reader.next(isComplete: count > 0) {
            switch record {
            case EXTENSION_RECORD_TYPE:
                try reader.readExtension(into: &control)
            case IMAGE_DESC_RECORD_TYPE:
                let part = try reader.readImageHeader()
                pixels += max(canvas.map { $0.width * $0.height } ?? 0, part.width * part.height)
                count += 1
                guard pixels <= largestTotal, count <= mostFrames else {
                    throw PictureError("\(name): more than \(largestTotal / 1_000_000) million pixels in its frames, "
                        + "or more than \(mostFrames) frames; make it smaller or cut it into pieces")
                }
                // Some files name a screen of no size, or one that is smaller than what they show: browsers take the first frame's.
                if canvas == nil {
                    var (width, height) = (Int(reader.gif.pointee.SWidth), Int(reader.gif.pointee.SHeight))
                    if part.width > width || part.height > height {
                        (width, height) = (max(width, part.x + part.width), max(height, part.y + part.height))
                    }
                    try PictureError.checkSize(width, height, of: name)
                    canvas = Image(width: width, height: height, color: background)
                }
                let before = control.disposal == 3 ? canvas : nil
                try reader.paint(part, transparent: control.transparent, on: &canvas!)
                try body(canvas!, control.delay < 2 ? 0.1 : Double(control.delay) / 100)
                switch control.disposal {
                case 2: canvas!.fill(x: part.x, y: part.y, width: part.width, height: part.height, background)
                case 3: canvas = before
                default: break                                          // 0 and 1: the frame stays
                }
                control = GIFReader.Control()                           // holds for one frame only
            default: break
            }
        }
        if count == 0 {
            try PictureError.checkSize(Int(reader.gif.pointee.SWidth), Int(reader.gif.pointee.SHeight), of: name)
            throw PictureError("\(name): a GIF without any frame; make the file again")
        }
    }
}

/// giflib's reader over bytes in memory. A class, because giflib needs a place to come back to, and so that whatever
/// way reading ends, `deinit` gives all of giflib's memory back.
private final class GIFReader {
    /// What a graphic control extension says about the frame after it.
    struct Control { var disposal = 0, delay = 0, transparent: Int? = nil }
    struct Part { var x, y, width, height: Int, interlaced: Bool }

    private(set) var gif: UnsafeMutablePointer<GifFileType>! = nil
    private let data: Data, name: String
    private var position = 0

    init(_ data: Data, name: String) throws {
        (self.data, self.name) = (data, name)
        var code: Int32 = 0
        gif = DGifOpen(Unmanaged.passUnretained(self).toOpaque(), { gif, target, count in
            Unmanaged<GIFReader>.fromOpaque(gif!.pointee.UserData).takeUnretainedValue().copy(to: target!, Int(count))
        }, &code)
        if gif == nil { throw failure(code) }
    }

    deinit { if gif != nil { DGifCloseFile(gif, nil) } }

    private func copy(to target: UnsafeMutablePointer<UInt8>, _ wanted: Int) -> Int32 {
        let count = min(wanted, data.count - position)
        data.copyBytes(to: target, from: data.startIndex + position ..< data.startIndex + position + count)
        position += count
        return Int32(count)
    }

    private func failure(_ code: Int32) -> PictureError {
        let reason = GifErrorString(code).map { String(cString: $0).lowercased() } ?? "unknown error"
        return PictureError("\(name): damaged or cut short (\(reason.trimmingCharacters(in: .punctuationCharacters))); "
            + "copy or make the file again")
    }

    private func check(_ result: Int32) throws { if result != GIF_OK { throw failure(gif.pointee.Error) } }

    /// The kind of the next record; nil at the file's end mark, or where a file that `isComplete` ends without one.
    func next(isComplete: Bool) throws -> GifRecordType? {
        // Between records some encoders leave zero bytes; nobody minds.
        while position < data.count, data[data.startIndex + position] == 0 { position += 1 }
        if isComplete && position == data.count { return nil }
        var type = UNDEFINED_RECORD_TYPE
        try check(DGifGetRecordType(gif, &type))
        return type == TERMINATE_RECORD_TYPE ? nil : type
    }

    func readExtension(into control: inout Control) throws {
        var code: Int32 = 0, block: UnsafeMutablePointer<GifByteType>? = nil
        try check(DGifGetExtension(gif, &code, &block))
        while let bytes = block {                                       // bytes[0] is their number
            if code == GRAPHICS_EXT_FUNC_CODE && bytes[0] >= 4 {
                control.disposal = Int(bytes[1] >> 2 & 7)
                control.delay = Int(bytes[2]) | Int(bytes[3]) << 8
                control.transparent = bytes[1] & 1 == 1 ? Int(bytes[4]) : nil
            }
            try check(DGifGetExtensionNext(gif, &block))
        }
    }

    func readImageHeader() throws -> Part {
        try check(DGifGetImageDesc(gif))
        let image = gif.pointee.Image
        guard image.Width > 0, image.Height > 0 else {
            throw PictureError("\(name): a frame without pixels; the file is damaged, make it again")
        }
        return Part(x: Int(image.Left), y: Int(image.Top), width: Int(image.Width), height: Int(image.Height),
                    interlaced: image.Interlace)
    }

    /// Decodes one frame's lines on to the canvas; what reaches over its edge is left away.
    func paint(_ part: Part, transparent: Int?, on canvas: inout Image) throws {
        guard let map = gif.pointee.Image.ColorMap ?? gif.pointee.SColorMap, let colors = map.pointee.Colors else {
            throw PictureError("\(name): a frame without a palette; the file is damaged, make it again")
        }
        var line = [GifPixelType](repeating: 0, count: part.width)
        let visible = min(part.width, canvas.width - part.x)
        // Interlaced files hold every 8th line first, then those half-way between, and so on.
        let passes = part.interlaced ? [(0, 8), (4, 8), (2, 4), (1, 2)] : [(0, 1)]
        for y in passes.flatMap({ Array(stride(from: $0.0, to: part.height, by: $0.1)) }) {
            try check(DGifGetLine(gif, &line, Int32(part.width)))
            guard part.y + y < canvas.height, visible > 0 else { continue }
            for x in 0 ..< visible where Int(line[x]) != transparent {
                guard line[x] < map.pointee.ColorCount else { continue } // a color that the palette lacks: as transparent
                let color = colors[Int(line[x])]
                canvas[part.x + x, part.y + y] = Color(color.Red, color.Green, color.Blue)
            }
        }
    }
}
