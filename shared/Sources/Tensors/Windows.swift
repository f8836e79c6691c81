// Windows.swift - which pixels does each window of a convolution see, and how do they get into a matrix?
//
// All windows of a batch together would be k·k times as large as the frames. So each worker writes out some rows of pixels, as many as
// stay in its cache, multiplies them, and goes on in the same memory.

/// The windows of k×k pixels on frames [B,H,W,C].
struct Windows {
    let batch: Int, height: Int, width: Int, channels: Int, size: Int, stride: Int, padding: Int
    var outHeight: Int { (height + 2 * padding - size) / stride + 1 }
    var outWidth: Int { (width + 2 * padding - size) / stride + 1 }
    /// The numbers in a window: k·k·C.
    var length: Int { size * size * channels }

    init(of shape: [Int], size: Int, stride: Int, padding: Int) {
        (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
        (self.size, self.stride, self.padding) = (size, stride, padding)
        precondition(height + 2 * padding >= size && width + 2 * padding >= size, "a window of \(size)×\(size) does not fit on \(shape)")
    }

    /// The same when it is known how many numbers are in a window.
    init(of shape: [Int], length: Int, stride: Int, padding: Int) {
        let size = Int(Double(length / shape[3]).squareRoot().rounded())
        precondition(size * size * shape[3] == length, "no square window on \(shape) holds \(length) numbers")
        self.init(of: shape, size: size, stride: stride, padding: padding)
    }

    /// y = windows·weightᵀ + beta·y.
    func multiply(_ x: UnsafeMutablePointer<Float>, by weight: Tensor, into y: UnsafeMutablePointer<Float>, beta: Float) {
        let output = weight.size(0)
        forEachBlock(of: x, outputs: output) { _, pixels, block in
            OpenBLAS.multiply(
                pixels.count, output, length, block, lda: length, weight.pointer, ldb: length, transposeB: true,
                y + pixels.lowerBound * output, ldc: output, beta: beta, isAlone: true)
        }
    }

    /// Writes windows of `x` out as rows of a matrix `block` [pixels.count,k·k·C], some pixels of the result at a time, on all workers.
    /// `part` says whose turn it is.
    func forEachBlock(
        of x: UnsafeMutablePointer<Float>, outputs: Int,
        _ body: (_ part: Int, _ pixels: Range<Int>, _ block: UnsafeMutablePointer<Float>) -> Void
    ) {
        let rows = batch * outHeight, rowsAtOnce = max(1, Windows.blockSize / (outWidth * length))
        let minimum = OpenBLAS.isMeasuring ? rows : max(1, 250_000 / (outWidth * length * outputs))  // (the stopwatch is made for one)
        Workers.split(rows, minimum: minimum) { part, range in
            let block = Buffer(count: min(range.count, rowsAtOnce) * outWidth * length)
            for start in Swift.stride(from: range.lowerBound, to: range.upperBound, by: rowsAtOnce) {
                let end = min(start + rowsAtOnce, range.upperBound)
                for row in start ..< end { write(row, of: x, to: block.pointer + (row - start) * outWidth * length) }
                body(part, start * outWidth ..< end * outWidth, block.pointer)
            }
        }
    }

    /// Numbers in a block: 128 kB.
    private static let blockSize = 1 << 15

    /// The runs of the windows of one row of output pixels: each is `count` numbers, `source` from the start of the frames, `target` from
    /// the start of the row's windows. Where a window hangs over the edge, its runs are shorter, or missing.
    @inline(__always)
    private func forEachRun(inRow row: Int, _ body: (_ source: Int, _ target: Int, _ count: Int) -> Void) {
        let (image, top, run) = (row / outHeight, row % outHeight * stride - padding, size * channels)
        for x in 0 ..< outWidth {
            let left = x * stride - padding, first = max(0, -left), last = min(size, width - left)
            for y in max(0, -top) ..< max(0, min(size, height - top)) where first < last {
                body(((image * height + top + y) * width + left + first) * channels, (x * size + y) * run + first * channels, (last - first) * channels)
            }
        }
    }

    private func write(_ row: Int, of x: UnsafeMutablePointer<Float>, to block: UnsafeMutablePointer<Float>) {
        if padding > 0 { block.update(repeating: 0, count: outWidth * length) }
        forEachRun(inRow: row) { source, target, count in Windows.copy(x + source, to: block + target, count) }
    }

    /// dx = beta·dx + what reaches each pixel from all the windows that saw it, for weights [O,k·k·C] and dy [B,H',W',O].
    func spread(_ dy: UnsafeMutablePointer<Float>, through weight: Tensor, onto dx: UnsafeMutablePointer<Float>, beta: Float) {
        let output = weight.size(0)
        Workers.split(batch) { _, images in  // windows of one image overlap
            let block = Buffer(count: outWidth * length), image = height * width * channels
            if beta == 0 { (dx + images.lowerBound * image).update(repeating: 0, count: images.count * image) }
            for row in images.lowerBound * outHeight ..< images.upperBound * outHeight {
                OpenBLAS.multiply(
                    outWidth, length, output, dy + row * outWidth * output, lda: output, weight.pointer, ldb: length, block.pointer, ldc: length,
                    isAlone: true)
                forEachRun(inRow: row) { source, target, count in
                    let from = block.pointer + target, to = dx + source
                    for i in 0 ..< count { to[i] += from[i] }
                }
            }
        }
    }

    /// Runs are short: a call of the system's copy costs more than the copy.
    @inline(__always)
    private static func copy(_ source: UnsafeMutablePointer<Float>, to target: UnsafeMutablePointer<Float>, _ count: Int) {
        var i = 0
        while i &+ 16 <= count {
            target.setVector(at: i, source.vector(at: i))
            i &+= 16
        }
        while i < count {
            target[i] = source[i]
            i &+= 1
        }
    }
}
