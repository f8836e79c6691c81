// JointEmbedding+FrameEncoder.swift - the joint embedding as an eye: one vector a frame, or sixteen patches; and what it can say of itself.

import Episodes
import FrameCoding
import Foundation
import Pictures
import Randomness
import Tensors
import Training

extension JointEmbedding: FrameEncoder {
    public var imageSize: Int { configuration.imageSize }
    /// Each frame is seen alone; how many at once is a matter of memory.
    public var frames: Int { 64 }
    public var latentShape: (places: Int, width: Int) {
        head == nil ? (configuration.patches / 4, configuration.embeddingDimensions) : (1, configuration.vectorDimensions)
    }

    /// The frame's vector [B,T,1,D]; of `masks`, which has none, sixteen patches [B,T,16,E].
    public func latents(of frames: Tensor) -> Tensor {
        (head == nil ? coarseFeatures(of: frames) : vectors(of: frames)).reshaped([
            frames.size(0), frames.size(1), latentShape.places, latentShape.width,
        ])
    }

    public func ownMeasures(on validation: EpisodeSet) throws -> OwnMeasures {
        var own = OwnMeasures()
        let places = validation.places(length: 2)
        guard !places.isEmpty else {
            throw TrainingError("\(validation.url.relativePath): no episode has two frames; record or import longer ones")
        }
        let chosen = stride(from: 0, to: places.count, by: max(1, places.count / 256)).map { places[$0] }
        let clips = validation.clips(at: chosen, length: 2)
        let meter = meter(FramePairs(frames: clips.frames, actions: clips.actions))
        own.rows.add("spread", meter.spread, baseline: "0 (collapsed)")
        own.rows.add("still_features", meter.still)
        own.rows.add(
            "rankme", meter.rankMe, baseline: "\(head == nil ? configuration.embeddingDimensions : configuration.vectorDimensions) at most")
        if let ratio = meter.copyRatio, configuration.objective != .distortions, let actions = clips.actions {
            let shuffled = self.meter(FramePairs(frames: clips.frames, actions: actions.map { ($0 + 1) % configuration.actions }))
                .copyRatio!
            own.rows.add("copy_ratio", ratio, baseline: String(format: "1 (nothing moved), %.2f (wrong actions)", shuffled))
        }
        if configuration.objective == .distortions {
            let (told, untold, copy) = reciprocalRanks(validation)
            own.rows.add("mean_reciprocal_rank", told, baseline: String(format: "%.3f (chance), %.3f (not told), %.3f (no prediction)",
                ReciprocalRanks.chance, untold, copy))
        }
        own.pictures = [("features.png", featureSheet(validation)), ("neighbors.png", neighborSheet(validation))]
        return own
    }

    /// Frames, and under each its patches' features: their three main directions as red, green and blue.
    private func featureSheet(_ episodes: EpisodeSet) -> Image {
        let places = episodes.places(length: 1),
            chosen = stride(from: 0, to: places.count, by: max(1, places.count / 10)).prefix(10).map { places[$0] }
        let frames = episodes.clips(at: chosen, length: 1).frames, features = patchFeatures(of: frames)             // [F,N,E]
        let flat = features.reshaped([-1, features.size(2)]), colors = PrincipalComponents(flat, count: 3)(flat)    // [F·N,3]
        var low = [Float](repeating: .infinity, count: 3), high = low.map { -$0 }
        for i in 0 ..< colors.count {
            (low[i % 3], high[i % 3]) = (min(low[i % 3], colors.pointer[i]), max(high[i % 3], colors.pointer[i]))
        }
        let side = configuration.side, cell = imageSize / side
        let maps = chosen.indices.map { f -> Image in
            var map = Image(width: imageSize, height: imageSize)
            for p in 0 ..< side * side {
                let c = (0 ..< 3).map { k in
                    UInt8(255 * (colors.pointer[(f * side * side + p) * 3 + k] - low[k]) / max(high[k] - low[k], 1e-9))
                }
                map.fill(x: p % side * cell, y: p / side * cell, width: cell, height: cell, Color(c[0], c[1], c[2]))
            }
            return map
        }
        return Image.sheet(rows: [chosen.indices.map { Image(frames, frame: $0) }, maps], title: "features of patches, as colors",
            rowLabels: ["frame", "features"], scale: 2)
    }

    /// Some frames, and those of other episodes whose vectors are nearest.
    private func neighborSheet(_ episodes: EpisodeSet) -> Image {
        let all = episodes.places(length: 1), places = stride(from: 0, to: all.count, by: max(1, all.count / 600)).map { all[$0] }
        let z = Tensor.concatenated(stride(from: 0, to: places.count, by: 64).map { start in
            vectors(of: episodes.clips(at: Array(places[start ..< min(start + 64, places.count)]), length: 1).frames)
        }, axis: 0)
        func picture(_ i: Int) -> Image { episodes.episodes[places[i].episode].image(places[i].start) }
        let D = z.size(1), asked = stride(from: places.count / 16, to: places.count, by: max(1, places.count / 8)).prefix(8)
        let columns = asked.map { q -> [Image] in
            func distance(_ i: Int) -> Float {
                (0 ..< D).reduce(0) {
                    let d = z.pointer[i * D + $1] - z.pointer[q * D + $1]; return $0 + d * d
                }
            }
            let others = places.indices.filter { places[$0].episode != places[q].episode }.map { ($0, distance($0)) }.sorted { $0.1 < $1.1 }
            return [picture(q)] + others.prefix(3).map { picture($0.0) }
        }
        let rows = (0 ..< 4).map { row in columns.compactMap { row < $0.count ? $0[row] : nil } }
        return Image.sheet(
            rows: rows, title: "nearest frames of other episodes", rowLabels: ["frame", "nearest", "second", "third"], scale: 2)
    }
}
