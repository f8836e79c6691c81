// Animation+Writing.swift - how do frames become a GIF that does not band or flicker?
//
// One palette for all frames, and a dither that depends on color and place alone (Palette.swift): what stands
// still in the frames stands still in the file, and need not be written again. The film repeats for ever.

import CGIF
import Foundation

private final class Output { var data = Data() }

extension Animation {
    /// The bytes of a GIF file. Exact where all frames together have at most 256 colors.
    ///
    /// - Parameter dithered: mix colors so that smooth areas show no bands. Without it the file is smaller, and noisy
    ///   frames, which do not band, are a little closer.
    /// - Parameter maker: the command that makes it, to be noted in the file.
    /// - Throws: `PictureError` when there are no frames.
    public func gifData(dithered: Bool = true, by maker: String? = nil) throws -> Data {
        try Animation.gifData(of: frames, delays: delays, dithered: dithered, by: maker)
    }

    /// The same for any collection of frames. A lazy one makes each when it is asked for it (at most three times: twice to choose the
    /// palette), and no more than one is in memory.
    public static func gifData(
        of frames: some Collection<Image>, delays: [Double], dithered: Bool = true, by maker: String? = nil
    ) throws -> Data {
        guard let first = frames.first else {
            throw PictureError("a GIF of no frames cannot be written; check what it was made of")
        }
        let (width, height) = (first.width, first.height)
        precondition(delays.count == frames.count, "\(frames.count) frames with \(delays.count) delays")
        precondition(max(width, height) < 65_536, "a GIF of \(width)x\(height)")

        let output = Output()
        var code: Int32 = 0
        guard let gif = EGifOpen(Unmanaged.passUnretained(output).toOpaque(), { gif, bytes, count in
            Unmanaged<Output>.fromOpaque(gif!.pointee.UserData).takeUnretainedValue().data.append(bytes!, count: Int(count))
            return count
        }, &code) else { throw PictureError("giflib has no memory to write a GIF") }
        var closed = false
        defer { if !closed { EGifCloseFile(gif, nil) } }
        func check(_ result: Int32) throws {
            guard result == GIF_OK else {
                throw PictureError("giflib cannot write a GIF of \(width)x\(height) (error \(gif.pointee.Error))")
            }
        }

        // The format wants a power of two of palette entries; the rest stays black.
        var palette = Palette(for: frames, dithered: dithered)
        let map = GifMakeMapObject(Int32(1) << max(1, GifBitSize(Int32(min(palette.colors.count + 1, 256)))), nil)
        defer { GifFreeMapObject(map) }
        for (i, color) in palette.colors.enumerated() {
            map!.pointee.Colors[i] = GifColorType(Red: color.r, Green: color.g, Blue: color.b)
        }
        EGifSetGifVersion(gif, true)                                            // GIF89a, which has delays
        try check(EGifPutScreenDesc(gif, Int32(width), Int32(height), 8, 0, map))

        // Netscape's extension, which every viewer knows: repeat 0 times, that is, for ever.
        try check(EGifPutExtensionLeader(gif, APPLICATION_EXT_FUNC_CODE))
        try check(EGifPutExtensionBlock(gif, 11, Array("NETSCAPE2.0".utf8)))
        try check(EGifPutExtensionBlock(gif, 3, [1, 0, 0]))
        try check(EGifPutExtensionTrailer(gif))
        try check(EGifPutComment(gif, maker.map { "\(madeHere), \($0)" } ?? madeHere))

        // An entry that no color uses means "as before": long runs of it compress well.
        let same = palette.colors.count < 256 ? UInt8(palette.colors.count) : nil
        var seconds = 0.0, written = 0, before: [UInt8] = []
        for (frame, delay) in zip(frames, delays) {
            // Hundredths of a second are coarse (30 frames a second are 3.33): round the running sum, not each frame.
            // Viewers take less than 2 for a mistake and show such frames slowly.
            seconds += delay
            let due = max(0, min(seconds * 100, 1e15)).rounded()     // a frame rate may be anything
            let hundredths = min(max(2, Int(due) - written), 65_535)
            written += hundredths
            // Disposal 1 (the frame stays), then the bit that says that there is a transparent entry.
            let flags: UInt8 = 1 << 2 | (same == nil ? 0 : 1)
            let control = [flags, UInt8(hundredths & 255), UInt8(hundredths >> 8), same ?? 0]
            precondition(frame.width == width && frame.height == height, "frames of different sizes in one GIF")
            try check(EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, 4, control))
            try check(EGifPutImageDesc(gif, 0, 0, Int32(width), Int32(height), false, nil))
            let indices = palette.indices(of: frame)
            var line = indices
            if let same { for i in before.indices where before[i] == indices[i] { line[i] = same } }
            try check(EGifPutLine(gif, &line, Int32(line.count)))
            before = indices
        }
        closed = true
        guard EGifCloseFile(gif, &code) == GIF_OK else {
            throw PictureError("giflib cannot finish a GIF of \(width)x\(height) (error \(code))")
        }
        return output.data
    }

    /// Writes a GIF file, whole or not at all.
    ///
    /// - Throws: `PictureError` when there are no frames, the folder is missing or the disk is full; an earlier file
    ///   stays as it was.
    public func writeGIF(to url: URL, dithered: Bool = true, by maker: String? = nil) throws {
        try writePicture(gifData(dithered: dithered, by: maker), to: url)
    }
}
