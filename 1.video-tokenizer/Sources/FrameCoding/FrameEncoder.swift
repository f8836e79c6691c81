// FrameEncoder.swift - what does a later stage ask of an eye, whatever it is made of?
//
// Tokens of a quantizer, sixteen vectors of a masked autoencoder, one vector of a joint embedding: all are latents [B,T,N,Z], N places of
// Z numbers a frame. Some eyes can also draw what they saw. A world model learns from latents and never asks which eye made them.

import Episodes
import Tensors
import Training

/// Frames to latents. Nothing more is needed to tell frames apart, to probe them, or to plan towards one.
public protocol FrameEncoder: AnyObject {
    /// H = W, in pixels.
    var imageSize: Int { get }
    /// T, the most frames that it looks at together.
    var frames: Int { get }
    /// r, the frames that share one row of latents; 1 for most eyes, and for all that a world model can dream with.
    var framesPerLatent: Int { get }
    /// N places of Z numbers a frame, or a row of frames.
    var latentShape: (places: Int, width: Int) { get }
    /// How many numbers were learned.
    var parameterCount: Int { get }
    /// frames [B,T,H,W,3] in 0...1, T at most `frames` -> [B,T,N,Z]; the latents of a frame depend on no later one. With r > 1 it is one
    /// row for the first frame, and one for each r after it. Records no graph.
    func latents(of frames: Tensor) -> Tensor
    /// What only an eye of this kind can say of itself, for `validate-tokenizer`.
    func ownMeasures(on validation: EpisodeSet) throws -> OwnMeasures
}

/// Frames to latents and back.
public protocol FrameAutoencoder: FrameEncoder {
    /// What the decoder remembers before the first frame.
    var emptyMemory: FrameMemory { get }
    /// Latents [B,T,N,Z] of the frames that come after those in `past` -> [B,T,H,W,3], about 0...1. Together they are at most `frames`.
    /// Records no graph.
    func decode(_ latents: Tensor, after past: inout FrameMemory) -> Tensor
}

extension FrameEncoder {
    public var framesPerLatent: Int { 1 }
    public func ownMeasures(on validation: EpisodeSet) throws -> OwnMeasures { OwnMeasures() }

    /// The N latents in rows and columns, as near to a square as N allows.
    public var latentGrid: (rows: Int, columns: Int) {
        let count = latentShape.places, rows = (1 ... count).last { count % $0 == 0 && $0 * $0 <= count }!
        return (rows, count / rows)
    }

    /// The latents of a whole episode [F,N,Z], T frames at a time.
    public func latents(ofEpisode index: Int, in episodes: EpisodeSet) -> Tensor {
        let count = episodes.episodes[index].frameCount
        let parts = stride(from: 0, to: count, by: frames).map { start in
            latents(of: episodes.clips(at: [ClipPlace(episode: index, start: start)], length: min(frames, count - start)).frames)
        }
        return Tensor.concatenated(parts, axis: 1).reshaped([count, latentShape.places, latentShape.width])
    }
}

extension FrameAutoencoder {
    /// There and back, T frames at a time: [B,F,H,W,3] -> the same as the decoder draws them. Records no graph.
    public func reconstructed(_ clips: Tensor) -> Tensor {
        .concatenated(stride(from: 0, to: clips.size(1), by: frames).map { start in
            var memory = emptyMemory
            return decode(latents(of: clips.sliced(axis: 1, start ..< min(start + frames, clips.size(1)))), after: &memory)
        }, axis: 1)
    }
}
