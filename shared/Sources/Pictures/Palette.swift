// Palette.swift - which 256 colors stand for all the others, and how do they mix without bands?
//
// Choosing: the box of all colors is split again and again, always the one with the largest error, at its mean
// (after Heckbert's median cut, SIGGRAPH 1982); then a few rounds of k-means move each color to the middle of those
// it stands for.
//
// Mixing: ordered dither. Error diffusion would let one noisy pixel shift the pattern of the whole rest of the frame,
// and still areas would crawl from frame to frame. Here a pixel depends on its own color and place alone.

/// Up to 256 colors that approximate those of some pictures.
struct Palette {
    private(set) var colors: [Color]
    /// Each of the pictures' colors is one of the palette's: nothing to approximate.
    let isExact: Bool
    private let dithered: Bool
    private let points: [SIMD4<Float>], search: Search
    private var mixtures: [Color: Mixture] = [:]

    /// 4x4 palette entries, from dark to light, whose average comes near to one color.
    private typealias Mixture = SIMD16<UInt8>

    /// At most 256 colors when those are all there are, otherwise 255 chosen ones: a GIF has a use for a spare entry.
    init(for images: some Collection<Image>, dithered: Bool = true) {
        self.dithered = dithered
        let limit = 256
        var distinct = Set<Color>()
        scan: for image in images {
            var last: Color? = nil                                              // runs of one color are quick
            for i in 0 ..< image.width * image.height where image.color(i) != last {
                last = image.color(i)
                if distinct.insert(last!).inserted && distinct.count > limit { break scan }
            }
        }
        isExact = distinct.count <= limit
        if isExact {
            colors = distinct.sorted { ($0.r, $0.g, $0.b) < ($1.r, $1.g, $1.b) }
            points = colors.map(\.point)
        } else {
            let samples = Palette.histogram(images)
            points = Palette.refined(Palette.split(samples, into: limit - 1), for: samples, rounds: 8)
            colors = points.map { Color(UInt8($0.x + 0.5), UInt8($0.y + 0.5), UInt8($0.z + 0.5)) }
        }
        search = Search(points)
        if isExact { for (i, color) in colors.enumerated() { mixtures[color] = Mixture(repeating: UInt8(i)) } }
    }

    // MARK: Choosing

    private typealias Sample = (point: SIMD4<Float>, weight: Float)

    /// The pictures' colors, those that agree in their upper 6 bits taken together. The weight is the square root of
    /// how often they occur: a small red thing in a large gray room keeps reds of its own.
    private static func histogram(_ images: some Collection<Image>) -> [Sample] {
        // Red, green, blue, how many. In whole numbers: a Float stops counting at 2²⁴.
        var sums = [SIMD4<Int>](repeating: SIMD4(), count: 1 << 18)
        for image in images {
            for i in 0 ..< image.width * image.height {
                let color = image.color(i)
                sums[Int(color.r >> 2) << 12 | Int(color.g >> 2) << 6 | Int(color.b >> 2)] &+= SIMD4(
                    Int(color.r), Int(color.g), Int(color.b), 1)
            }
        }
        return sums.filter { $0.w > 0 }.map { sum in
            let count = Float(sum.w)
            return (SIMD4(Float(sum.x), Float(sum.y), Float(sum.z), 0) / count, count.squareRoot())
        }
    }

    private struct Box {
        var samples: [Sample], mean: SIMD4<Float>, error: SIMD4<Float>
        init(_ samples: [Sample]) {
            let weight = samples.reduce(0) { $0 + $1.weight }
            let mean = samples.reduce(SIMD4()) { $0 + $1.point * $1.weight } / max(weight, 1e-9)
            (self.samples, self.mean) = (samples, mean)
            error = samples.reduce(SIMD4()) { $0 + ($1.point - mean) * ($1.point - mean) * $1.weight }
        }
    }

    private static func split(_ samples: [Sample], into limit: Int) -> [SIMD4<Float>] {
        var boxes = [Box(samples)]
        while boxes.count < limit {
            let worst = boxes.indices.max { boxes[$0].error.sum() < boxes[$1].error.sum() }!
            let box = boxes[worst]
            let axis = (0 ..< 3).max { box.error[$0] < box.error[$1] }!
            let low = box.samples.filter { $0.point[axis] <= box.mean[axis] }
            let high = box.samples.filter { $0.point[axis] > box.mean[axis] }
            if low.isEmpty || high.isEmpty { break }
            boxes[worst] = Box(low)
            boxes.append(Box(high))
        }
        return boxes.map(\.mean)
    }

    /// k-means: every sample goes to its nearest point, every point to the mean of its samples.
    private static func refined(_ start: [SIMD4<Float>], for samples: [Sample], rounds: Int) -> [SIMD4<Float>] {
        var points = start
        for _ in 0 ..< rounds {
            let search = Search(points)
            var sums = [SIMD4<Float>](repeating: SIMD4(), count: points.count)
            for (point, weight) in samples {
                sums[search.nearest(point)] += (point + SIMD4(0, 0, 0, 1)) * weight
            }
            for (i, sum) in sums.enumerated() where sum.w > 0 {
                points[i] = sum / sum.w
                points[i].w = 0
            }
        }
        return points
    }

    // MARK: Mixing

    /// Bayer's 4x4 order: each next threshold lies as far as can be from those before it.
    private static let order: [Int] = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5]

    /// The palette entry of every pixel, `[H, W]`.
    mutating func indices(of image: Image) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: image.width * image.height)
        var last: Color? = nil, mixture = Mixture()
        for y in 0 ..< image.height {
            for x in 0 ..< image.width {
                let i = y * image.width + x, color = image.color(i)
                if color != last { mixture = mixtures[color] ?? self.mixture(for: color) }
                last = color
                result[i] = mixture[Palette.order[y % 4 * 4 + x % 4]]
            }
        }
        return result
    }

    /// Sixteen choices of the nearest entry, each for the color plus what the choices before it fell short of (Knoll's
    /// pattern dithering, US patent 6,606,166, expired). Sorted, so that neighboring thresholds hold similar entries.
    private mutating func mixture(for color: Color) -> Mixture {
        // Of what is missing, so much is made up for: all of it would mix far-away colors into a coarse grain.
        let strength: Float = dithered ? 0.4 : 0
        let wanted = color.point
        var missing = SIMD4<Float>(), chosen: [Int] = []
        for _ in 0 ..< 16 {
            let index = search.nearest(wanted + missing * strength)
            missing += wanted - points[index]
            chosen.append(index)
        }
        let lightness = SIMD4<Float>(0.299, 0.587, 0.114, 0)
        chosen.sort { (points[$0] * lightness).sum() < (points[$1] * lightness).sum() }
        var mixture = Mixture()
        for (i, index) in chosen.enumerated() { mixture[i] = UInt8(index) }
        mixtures[color] = mixture
        return mixture
    }
}

private extension Color {
    var point: SIMD4<Float> { SIMD4(Float(r), Float(g), Float(b), 0) }
}

private extension Image {
    func color(_ i: Int) -> Color { Color(pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) }
}

/// Finds the nearest of up to 256 points, 16 at a time.
private struct Search {
    private var reds: [SIMD16<Float>], greens: [SIMD16<Float>], blues: [SIMD16<Float>]

    init(_ points: [SIMD4<Float>]) {
        let groups = (points.count + 15) / 16
        (reds, greens, blues) = ([], [], [])
        for group in 0 ..< groups {                                             // the last is filled up with the last point
            let members = (0 ..< 16).map { points[min(group * 16 + $0, points.count - 1)] }
            reds.append(SIMD16(members.map(\.x)))
            greens.append(SIMD16(members.map(\.y)))
            blues.append(SIMD16(members.map(\.z)))
        }
    }

    func nearest(_ point: SIMD4<Float>) -> Int {
        var smallest = SIMD16<Float>(repeating: .infinity), groups = SIMD16<Int32>(repeating: 0)
        for group in reds.indices {
            let r = reds[group] - point.x, g = greens[group] - point.y, b = blues[group] - point.z
            let distance = r * r + g * g + b * b
            let nearer = distance .< smallest
            groups.replace(with: Int32(group), where: nearer)
            smallest.replace(with: distance, where: nearer)
        }
        let least = smallest.min()
        let lane = (0 ..< 16).first { smallest[$0] == least }!
        return Int(groups[lane]) * 16 + lane
    }
}
