// ConvolutionKernel.swift - where does a convolution's time go, and how is hardly any of it lost?
//
// A 3×3 layer could be written as a matrix product: all windows side by side ("im2col"), nine times the picture, copied, copied again by
// the library into an order of its own, for few products each. Here nothing is copied but the picture once, into a frame of zeros, so that
// no window hangs over the edge. A tile of 8 × 32 results stays in registers from its first product to its last; each step loads 32 numbers
// of one factor and 8 of the other, and multiplies all with all: 256 products for 10 loads. All three products of a layer are that tile,
// with other steps from place to place (Tensor+Convolution.swift).

/// Eight rows of 32 sums: results[i] = Σ_r Σ_l x[starts[i] + r·rowStep + l·step] · w[(r·count + l)·width ..< + 32].
///
/// The names of the 16 vectors are written out: an array of them would live in memory.
@inline(never)
func sumTile(
    _ x: UnsafePointer<Float>, _ starts: UnsafePointer<Int>, rows: Int, rowStep: Int, count: Int, step: Int,
    _ w: UnsafeMutablePointer<Float>, width: Int, into results: UnsafeMutablePointer<Vector>
) {
    var (a0, a1, a2, a3, a4, a5, a6, a7) = (
        Vector.zero, Vector.zero, Vector.zero, Vector.zero, Vector.zero, Vector.zero, Vector.zero, Vector.zero
    )
    var (b0, b1, b2, b3, b4, b5, b6, b7) = (
        Vector.zero, Vector.zero, Vector.zero, Vector.zero, Vector.zero, Vector.zero, Vector.zero, Vector.zero
    )
    let (x0, x1, x2, x3) = (x + starts[0], x + starts[1], x + starts[2], x + starts[3])
    let (x4, x5, x6, x7) = (x + starts[4], x + starts[5], x + starts[6], x + starts[7])
    var w = w, row = 0
    while row < rows {
        var l = row &* rowStep
        let end = l &+ count &* step
        while l < end {
            let a = w.vector(at: 0), b = w.vector(at: 16)
            a0.addProduct(x0[l], a); b0.addProduct(x0[l], b)
            a1.addProduct(x1[l], a); b1.addProduct(x1[l], b)
            a2.addProduct(x2[l], a); b2.addProduct(x2[l], b)
            a3.addProduct(x3[l], a); b3.addProduct(x3[l], b)
            a4.addProduct(x4[l], a); b4.addProduct(x4[l], b)
            a5.addProduct(x5[l], a); b5.addProduct(x5[l], b)
            a6.addProduct(x6[l], a); b6.addProduct(x6[l], b)
            a7.addProduct(x7[l], a); b7.addProduct(x7[l], b)
            w += width
            l &+= step
        }
        row &+= 1
    }
    (results[0], results[2], results[4], results[6], results[8], results[10], results[12], results[14]) = (a0, a1, a2, a3, a4, a5, a6, a7)
    (results[1], results[3], results[5], results[7], results[9], results[11], results[13], results[15]) = (b0, b1, b2, b3, b4, b5, b6, b7)
}

/// The same for eight rows of 16 sums, in results[2·i].
@inline(never)
func sumNarrowTile(
    _ x: UnsafePointer<Float>, _ starts: UnsafePointer<Int>, rows: Int, rowStep: Int, count: Int, step: Int,
    _ w: UnsafeMutablePointer<Float>, width: Int, into results: UnsafeMutablePointer<Vector>
) {
    var (a0, a1, a2, a3, a4, a5, a6, a7) = (
        Vector.zero, Vector.zero, Vector.zero, Vector.zero, Vector.zero, Vector.zero, Vector.zero, Vector.zero
    )
    let (x0, x1, x2, x3) = (x + starts[0], x + starts[1], x + starts[2], x + starts[3])
    let (x4, x5, x6, x7) = (x + starts[4], x + starts[5], x + starts[6], x + starts[7])
    var w = w, row = 0
    while row < rows {
        var l = row &* rowStep
        let end = l &+ count &* step
        while l < end {
            let a = w.vector(at: 0)
            a0.addProduct(x0[l], a); a1.addProduct(x1[l], a); a2.addProduct(x2[l], a); a3.addProduct(x3[l], a)
            a4.addProduct(x4[l], a); a5.addProduct(x5[l], a); a6.addProduct(x6[l], a); a7.addProduct(x7[l], a)
            w += width
            l &+= step
        }
        row &+= 1
    }
    (results[0], results[2], results[4], results[6], results[8], results[10], results[12], results[14]) = (a0, a1, a2, a3, a4, a5, a6, a7)
}

/// All sums of a few rows: for each 32 columns of `w` a tile, whose `valid` first rows go to `store`(row, first column, sums, columns).
@inline(__always)
func sumRow(
    _ x: UnsafePointer<Float>, _ starts: UnsafePointer<Int>, rows: Int, rowStep: Int, count: Int, step: Int,
    _ w: UnsafeMutablePointer<Float>, width: Int, valid: Int, tile: UnsafeMutablePointer<Vector>,
    _ store: (_ row: Int, _ column: Int, _ sums: Vector) -> Void
) {
    var column = 0
    while column < width {
        let isWide = width - column >= 32
        if isWide {
            sumTile(x, starts, rows: rows, rowStep: rowStep, count: count, step: step, w + column, width: width, into: tile)
        } else {
            sumNarrowTile(x, starts, rows: rows, rowStep: rowStep, count: count, step: step, w + column, width: width, into: tile)
        }
        for row in 0 ..< valid {
            store(row, column, tile[2 * row])
            if isWide { store(row, column + 16, tile[2 * row + 1]) }
        }
        column += 32
    }
}

/// Room for the sums of a tile.
struct TileRoom {
    private let buffer = Buffer(count: 256)
    var pointer: UnsafeMutablePointer<Vector> { UnsafeMutableRawPointer(buffer.pointer).assumingMemoryBound(to: Vector.self) }
}
