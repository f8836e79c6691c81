// VideoWorld+Measures.swift - does it hear what was done, and is an imagined room as deep as the real one?
//
// Depth has two honest rivals: the last true distances, held; and the same imagined pictures with distances read off them afterwards.

import Episodes
import Foundation
import JetBot
import Pictures
import Randomness
import Recording
import Tensors
import Training
import WorldModels

/// How far distances and directions are from the true ones, where no floor is: that lies where it lies in every frame.
struct SurfaceErrors {
    /// Sums over pixels: |d - d*| / d*, whether d/d* is between 1/1.25 and 1.25 (arXiv 1406.2283, section 4.1), degrees between the
    /// directions, and whether they are below 11.25.
    private var sums = SIMD4<Double>.zero, pixels = 0.0

    var relative: Double { sums[0] / max(1, pixels) }
    var near: Double { sums[1] / max(1, pixels) }
    var degrees: Double { sums[2] / max(1, pixels) }
    var aligned: Double { sums[3] / max(1, pixels) }

    mutating func add(_ shapes: (depth: [Float], normals: [SIMD3<Float>]), truth: Surfaces) {
        // (What looks up is the floor, or the lid of something.)
        for i in truth.depth.indices where truth.normals[i].z < 0.5 {
            let ratio = Double(shapes.depth[i] / truth.depth[i]), cosine = Double((shapes.normals[i] * truth.normals[i]).sum())
            let angle = acos(max(-1, min(1, cosine))) * 180 / .pi
            sums += SIMD4(abs(ratio - 1), max(ratio, 1 / ratio) < 1.25 ? 1 : 0, angle, angle < 11.25 ? 1 : 0)
            pixels += 1
        }
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

        let led = (0 ..< B).map { b -> [Int?] in [nil] + actions[b * (length - 1) ..< b * (length - 1) + contextFrames].map { $0 } }
        let seen = eye.latents(ofFilms: clips.frames.sliced(axis: 1, 0 ..< contextFrames + 1))
        let z = completed(seen, led: led), others = led.indices.map { led[($0 + B / 2) % B] }
        func error(_ led: [[Int?]]) -> Double { video.error(ofLast: 1, of: z, told: Told(led: led.flatMap { $0 })) }
        own.rows.add("shuffled_actions_loss_ratio", error(others) / error(led), baseline: "1 (actions ignored)")
        if knowsSurfaces { measureSurfaces(clips.frames, actions, places, validation, sampling, &own) }
        return own
    }

    private func measureSurfaces(
        _ frames: Tensor, _ actions: [Int], _ places: [ClipPlace], _ episodes: EpisodeSet, _ sampling: Sampling, _ own: inout OwnMeasures
    ) {
        var generator = SeededGenerator(seed: 3)
        let (B, length, c) = (frames.size(0), frames.size(1), contextFrames), steps = length - c
        var shapes: [Int: [Surfaces]] = [:]
        for place in places where shapes[place.episode] == nil { shapes[place.episode] = episodes.episodes[place.episode].surfaces() }
        guard shapes.count == Set(places.map(\.episode)).count else { return }
        func truth(_ b: Int, _ t: Int) -> Surfaces { shapes[places[b].episode]![places[b].start + t] }

        var seen = SurfaceErrors(), drawn = SurfaceErrors(), imagined = SurfaceErrors(), held = SurfaceErrors(), read = SurfaceErrors()
        func taken(_ steps: Range<Int>) -> [Int] { (0 ..< B).flatMap { b in steps.map { actions[b * (length - 1) + $0] } } }
        var dream = videoDream(from: frames.sliced(axis: 1, 0 ..< c), actions: taken(0 ..< c - 1))
        for (b, shapes) in dream.surfaces().enumerated() { seen.add(shapes, truth: truth(b, c - 1)) }
        // The clip in whose room most changes is worth a picture.
        func change(_ b: Int) -> Float {
            zip(truth(b, c - 1).depth, truth(b, length - 1).depth).reduce(0) { $0 + abs(log($1.0 / $1.1)) }
        }
        let shown = (0 ..< B).max { change($0) < change($1) }!
        var rows: [[Image]] = Array(repeating: [], count: 6)
        for t in c ..< length {
            let picture = dream.step(taken(t - 1 ..< t), sampling, using: &generator)
            for (b, shapes) in dream.surfaces().enumerated() {
                imagined.add(shapes, truth: truth(b, t))
                held.add((truth(b, c - 1).depth, truth(b, c - 1).normals), truth: truth(b, t))
            }
            // Of the same imagined pictures, and nothing but them.
            let Z = configuration.video.latentDimensions, latents = video.latents(of: dream.z).sliced(axis: -1, 0 ..< Z)
            let alone = VideoDream(world: self, z: completed(latents, led: dream.led, doubt: configuration.doubt), led: dream.led)
            for (b, shapes) in alone.surfaces().enumerated() { read.add(shapes, truth: truth(b, t)) }
            for b in 0 ..< B {
                let film = (t - c + 1 ... t).map { truth(b, $0) }, painted = [film.map(\.depthPicture), film.map(\.normalPicture)].map {
                    eye.reconstructed(Tensor(film: $0)).clamped(0, 1).frame(c - 1)
                }
                drawn.add((Surfaces.depth(painted: painted[0]), Surfaces.normals(painted: painted[1])), truth: film[c - 1])
            }
            let (depth, normals) = (dream.drawn(1), dream.drawn(2))
            let came = truth(shown, t), sheet: [Image] = [
                Image(frames, frame: shown * length + t), Image(picture, frame: shown), came.depthPicture, Image(depth, frame: shown),
                came.normalPicture, Image(normals, frame: shown),
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
            rowLabels: ["came", "imagined", "distances", "imagined", "directions", "imagined"], scale: 2)))
    }
}
