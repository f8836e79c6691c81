// Expectation.swift - others already have an idea of the next frame: why begin with nothing?
//
// Stage 2's decoder, rolled out in pixels, aims better than this stage's tokens (chapters/pixel-regression.md); but it draws fog, and loses
// the toy. The last frame seen, carried over (Flow.swift), keeps the toy and knows nothing of what comes into view. So let them go first:
// what they expect is turned into latents by the tokenizer's encoder and laid under the masks of the guessed frame. The tokens then decide
// whom to believe, and what is left open. In use both dream beside the tokens, on from what they expected before, and so they do in
// training: what is laid under a frame was rolled out for one to twelve steps.

import Episodes
import FrameCoding
import InverseDynamics
import OpticalFlow
import Randomness
import SafeTensors
import Tensors
import Training
import VideoTokenizer

/// Stage 2's decoder, the frames that are carried over, and the tokenizer's encoder.
struct Expectation {
    let decoder: LatentActionModel, tokenizer: VideoTokenizer
    /// Nil for a model that carries nothing over.
    var flow: Flow?

    /// Of a frame's latents: N, and Z or 2Z.
    var shape: (places: Int, width: Int) {
        let (n, z) = tokenizer.latentShape
        return (n, flow == nil ? z : 2 * z)
    }

    /// What is expected after pictures [B,H,W,3], before anything was done.
    func begin(_ pictures: Tensor) -> Outlook { Outlook(drawn: pictures, carried: flow == nil ? nil : CarriedPicture(pictures)) }

    /// One step further: what B codes bring.
    func next(_ outlook: Outlook, _ codes: [Int]) -> Outlook {
        Tensor.withoutGradients {
            var next = outlook
            (next.drawn, next.age) = (decoder.next(outlook.drawn, codes: codes), outlook.age + 1)
            if let flow { next.carried?.move(flow, codes) }
            return next
        }
    }

    /// What is laid under the masks, [B,N,Z]: the latents of what is drawn; where something is carried over [B,N,2Z], with those of that.
    func latents(of outlook: Outlook) -> Tensor {
        func latents(of pictures: Tensor) -> Tensor {
            let latents = tokenizer.continuousLatents(of: pictures.reshaped([pictures.size(0), 1] + pictures.shape.dropFirst()))
            return latents.reshaped([latents.size(0), latents.size(2), latents.size(3)])
        }
        return Tensor.withoutGradients {
            let drawn = latents(of: outlook.drawn)
            return outlook.carried.map { Tensor.concatenated([drawn, latents(of: $0.over(outlook.drawn))], axis: 2) } ?? drawn
        }
    }
}

/// What is expected to be seen, some steps after what was seen last.
struct Outlook {
    /// [B,H,W,3], stage 2's own last picture: the true one at first.
    fileprivate(set) var drawn: Tensor
    fileprivate(set) var carried: CarriedPicture?
    /// In steps.
    fileprivate(set) var age = 0

    func selecting(_ rows: [Int]) -> Outlook { Outlook(drawn: drawn.rows(at: rows), carried: carried?.selecting(rows), age: age) }
}

/// What was to be expected of every frame of a split but the first ones, rolled out from earlier frames.
public struct ExpectedEpisodes {
    /// Roll-outs begin at every third frame and last twelve steps: a frame has four expectations, 1...3, 4...6, 7...9 and 10...12 steps
    /// old.
    static let stride = 3, ages = 4, oldest = stride * ages
    /// Of each episode: [F,4,N,Z or 2Z]. What is too old for the episode is the oldest that there is.
    let latents: [Tensor]

    /// Reads them from the cache or makes them.
    public init(
        _ episodes: EpisodeSet, tokens: TokenEpisodes, tokenizer: TrainedModel<VideoTokenizer>,
        actionModel: TrainedModel<LatentActionModel>, flow: Flow? = nil
    ) throws {
        let expectation = Expectation(decoder: actionModel.model, tokenizer: tokenizer.model, flow: flow), (n, z) = expectation.shape
        let models = [tokenizer.fingerprint, actionModel.fingerprint] + (flow.map { [$0.fingerprint] } ?? [])
        latents = try episodes.cached("expected-" + models.joined(separator: "-"), verb: "expecting") {
            file, name, episode in
            let values = try file.floats(name), shape = [episode.frameCount, ExpectedEpisodes.ages, n, z]
            return values.count == shape.reduce(1, *) ? Tensor(values, shape: shape) : nil
        } make: {
            ExpectedEpisodes.rolledOut($0, episodes, tokens.actions[$0], expectation)
        } write: { writer, name, tensor in
            writer.add(name, shape: tensor.shape, floats: tensor.values)
        }
    }

    private static func rolledOut(_ index: Int, _ episodes: EpisodeSet, _ actions: [Int], _ expectation: Expectation) -> Tensor {
        let count = episodes.episodes[index].frameCount, (n, z) = expectation.shape, size = n * z
        let frames = episodes.clips(at: [ClipPlace(episode: index, start: 0)], length: count).frames
        let result = Tensor(repeating: 0, shape: [count, ages, n, z])
        var starts = Array(Swift.stride(from: 0, to: count - 1, by: stride))
        var outlook = expectation.begin(frames.reshaped(Array(frames.shape.dropFirst())).rows(at: starts))    // [S,H,W,3]
        for age in 1 ... oldest {
            let going = starts.indices.filter { starts[$0] + age < count }
            (outlook, starts) = (outlook.selecting(going), going.map { starts[$0] })
            if starts.isEmpty { break }
            outlook = expectation.next(outlook, starts.map { actions[$0 + age - 1] })
            let latents = expectation.latents(of: outlook)
            for (i, start) in starts.enumerated() {
                // An old expectation also stands in for older ones that no frame was early enough for.
                let slot = (age - 1) / stride
                for later in slot ..< (start < stride ? ages : slot + 1) {
                    (result.pointer + ((start + age) * ages + later) * size).update(from: latents.pointer + i * size, count: size)
                }
            }
        }
        return result
    }

    /// Of frames 2...T of clips, each of an age that is drawn: [B,T-1,N,Z or 2Z].
    public func clips(at places: [ClipPlace], length: Int, using generator: inout SeededGenerator) -> Tensor {
        let size = latents[0].count / (latents[0].size(0) * ExpectedEpisodes.ages)
        let result = Tensor(uninitialized: [places.count, length - 1] + latents[0].shape.dropFirst(2))
        for (i, place) in places.enumerated() {
            for t in 1 ..< length {
                let row = (place.start + t) * ExpectedEpisodes.ages + generator.integer(below: ExpectedEpisodes.ages)
                (result.pointer + (i * (length - 1) + t - 1) * size).update(from: latents[place.episode].pointer + row * size, count: size)
            }
        }
        return result
    }
}
