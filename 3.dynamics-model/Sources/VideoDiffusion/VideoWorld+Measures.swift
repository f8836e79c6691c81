// VideoWorld+Measures.swift - does it hear what was done, and is an imagined room as deep as the real one?
//
// Depth has two honest rivals: the last true distances, held; and whoever imagines pictures alone, and reads distances off them afterwards.

import Episodes
import Foundation
import JetBot
import Pictures
import Randomness
import Recording
import Tensors
import Training
import WorldModels

/// How far distances and directions are from the true ones, but for the floor: that lies where it lies in every frame.
struct SurfaceErrors {
    /// |d - d*| / d*, and the share of pixels where d/d* is between 1/1.25 and 1.25 (arXiv 1406.2283, section 4.1).
    var relative = 0.0, near = 0.0
    /// Degrees, and the share of pixels below 11.25.
    var degrees = 0.0, aligned = 0.0
    private var pixels = 0.0

    mutating func add(depth: [Float], normals: [SIMD3<Float>], truth: Surfaces) {
        let old = pixels
        var sums = SIMD4<Double>.zero, new = 0.0
        for i in depth.indices where truth.normals[i].z < 0.5 {
            new += 1
            let ratio = Double(depth[i] / truth.depth[i]), cosine = Double((normals[i] * truth.normals[i]).sum())
            let angle = acos(max(-1, min(1, cosine))) * 180 / .pi
            sums += SIMD4(abs(ratio - 1), max(ratio, 1 / ratio) < 1.25 ? 1 : 0, angle, angle < 11.25 ? 1 : 0)
        }
        func mean(_ before: Double, _ sum: Double) -> Double { (before * old + sum) / max(1, old + new) }
        (relative, near, degrees, aligned) = (mean(relative, sums[0]), mean(near, sums[1]), mean(degrees, sums[2]), mean(aligned, sums[3]))
        pixels += new
    }
}

extension VideoWorld {
    public func ownMeasures(on validation: EpisodeSet, _ sampling: Sampling) throws -> OwnMeasures {
        var own = OwnMeasures()
        let steps = 8, length = contextFrames + steps, all = validation.places(length: length)
        guard all.count >= 2 else { return own }
        let places = stride(from: 0, to: all.count, by: max(1, all.count / 24)).map { all[$0] }
        let clips = validation.clips(at: places, length: length), B = places.count
        guard let actions = clips.actions else { return own }
        var generator = SeededGenerator(seed: 3)

        let seen = clips.frames.sliced(axis: 1, 0 ..< contextFrames + 1)
        let led = (0 ..< B).map { b -> [Int?] in [nil] + actions[b * (length - 1) ..< b * (length - 1) + contextFrames].map { $0 } }
        let pictures = Tensor.withoutGradients { eye.latents(of: seen) }, z = completed(pictures, led: led, using: &generator)
        let (right, wrong) = (led, led.indices.map { led[($0 + B / 2) % B] })
        own.rows.add(
            "shuffled_actions_loss_ratio",
            video.error(ofLast: 1, of: z, told: Told(led: wrong.flatMap { $0 }))
                / video.error(ofLast: 1, of: z, told: Told(led: right.flatMap { $0 })),
            baseline: "1 (actions ignored)")
        if knowsSurfaces { measureSurfaces(clips.frames, actions, places, validation, sampling, &own, using: &generator) }
        return own
    }

    private func measureSurfaces(
        _ frames: Tensor, _ actions: [Int], _ places: [ClipPlace], _ episodes: EpisodeSet, _ sampling: Sampling, _ own: inout OwnMeasures,
        using generator: inout SeededGenerator
    ) {
        let (B, length, c) = (frames.size(0), frames.size(1), contextFrames), steps = length - c
        var shapes: [Int: [Surfaces]] = [:]
        for place in places where shapes[place.episode] == nil { shapes[place.episode] = episodes.episodes[place.episode].surfaces() }
        guard shapes.count == Set(places.map(\.episode)).count else { return }
        func truth(_ b: Int, _ t: Int) -> Surfaces { shapes[places[b].episode]![places[b].start + t] }

        var seen = SurfaceErrors(), drawn = SurfaceErrors(), imagined = SurfaceErrors(), held = SurfaceErrors(), read = SurfaceErrors()
        func taken(_ steps: Range<Int>) -> [Int] { (0 ..< B).flatMap { b in steps.map { actions[b * (length - 1) + $0] } } }
        var dream = videoDream(from: frames.sliced(axis: 1, 0 ..< c), actions: taken(0 ..< c - 1), using: &generator)
        for (b, own) in dream.surfaces().enumerated() { seen.add(depth: own.depth, normals: own.normals, truth: truth(b, c - 1)) }
        var rows: [[Image]] = Array(repeating: [], count: 6)
        for t in c ..< length {
            let picture = dream.step(taken(t - 1 ..< t), sampling, using: &generator)
            for (b, own) in dream.surfaces().enumerated() {
                imagined.add(depth: own.depth, normals: own.normals, truth: truth(b, t))
                held.add(depth: truth(b, c - 1).depth, normals: truth(b, c - 1).normals, truth: truth(b, t))
            }
            // Of the same imagined pictures, and nothing but them.
            let Z = configuration.video.latentDimensions, latents = video.latents(of: dream.z).sliced(axis: -1, 0 ..< Z)
            let alone = VideoDream(world: self, z: completed(latents, led: dream.led, using: &generator), led: dream.led)
            for (b, own) in alone.surfaces().enumerated() { read.add(depth: own.depth, normals: own.normals, truth: truth(b, t)) }
            for b in 0 ..< B {
                let shown = truth(b, t), painted = [shown.depthPicture, shown.normalPicture].map { eye.reconstructed(Tensor(film: [$0])).frame(0) }
                drawn.add(depth: Surfaces.depth(painted: painted[0]), normals: Surfaces.normals(painted: painted[1]), truth: shown)
            }
            let (depth, normals) = (dream.drawn(1), dream.drawn(2))
            let shown = truth(0, t), sheet: [Image] = [
                Image(frames, frame: t), Image(picture, frame: 0), shown.depthPicture, Image(depth, frame: 0), shown.normalPicture,
                Image(normals, frame: 0),
            ]
            for (row, image) in sheet.enumerated() { rows[row].append(image) }
        }
        let metrics: [(String, KeyPath<SurfaceErrors, Double>)] = [
            ("depth_error", \.relative), ("depth_near", \.near), ("normals_degrees", \.degrees), ("normals_near", \.aligned),
        ]
        for (name, value) in metrics {
            let beside = String(
                format: "%.3f, the last true ones held; %.3f, read off the imagined pictures; %.3f, what the eye makes of the true ones",
                held[keyPath: value], read[keyPath: value], drawn[keyPath: value])
            own.rows.add(name, imagined[keyPath: value], baseline: beside)
        }
        own.rows.add("depth_error_seen", seen.relative, baseline: "of the last frame that was seen, from pictures alone")
        own.rows.add("normals_degrees_seen", seen.degrees, baseline: "the same")
        own.pictures.append(("surfaces.png", Image.sheet(
            rows: rows, title: "\(steps) imagined frames, after \(c) that were seen",
            rowLabels: ["seen", "imagined", "distances", "imagined", "directions", "imagined"], scale: 2)))
    }
}
