// MaskedDynamicsTests.swift - is the model used as it was trained, and can it see what it must not see?

@testable import DynamicsModel
import Randomness
import Tensors
import VideoTokenizer
import XCTest

final class MaskedDynamicsTests: XCTestCase {
    private let model = micro(), B = 2

    /// Random true tokens, the drawing of masks for them, and actions.
    private func sample(corruption: Float = 0) -> (tokens: [Int], draw: MaskDraw, actions: [Int]) {
        var c = model.configuration, generator = SeededGenerator(seed: 5)
        c.corruption = corruption
        let tokens = (0 ..< B * c.frames * c.patches).map { _ in generator.integer(below: c.vocabulary) }
        let actions = (0 ..< B * (c.frames - 1)).map { _ in generator.integer(below: c.actions) }
        return (tokens, MaskDraw(tokens, batch: B, c, using: &generator), actions)
    }

    /// The tokens of frames 1 ... T-1 of each clip.
    private func withoutLast(_ tokens: [Int]) -> [Int] {
        let c = model.configuration, length = c.frames * c.patches
        return (0 ..< B).flatMap { tokens[$0 * length ..< ($0 + 1) * length - c.patches] }
    }

    /// `tokens` are those of whole clips.
    private func logits(_ tokens: [Int], _ guessed: [Int], _ actions: [Int]) -> [[Float]] {
        let read = withoutLast(tokens)
        return rows(Tensor.withoutGradients { model.logits(read: read, guessed: guessed, actions: actions, batch: B) })
    }

    /// Of which frame, 1 ..< T, each masked token is, for the first clip.
    private func frames(_ guessed: [Int]) -> [(clip: Int, frame: Int)] {
        let c = model.configuration
        return guessed.indices.filter { guessed[$0] == c.maskToken }
            .map { ($0 / ((c.frames - 1) * c.patches), $0 / c.patches % (c.frames - 1) + 1) }
    }

    func testAChangeIsSeenByLaterFramesOnly() {
        let (tokens, draw, actions) = sample(), c = model.configuration, before = logits(tokens, draw.guessed, actions)
        for changed in 0 ..< c.frames - 1 {
            var read = tokens
            for i in changed * c.patches ..< (changed + 1) * c.patches { read[i] = (read[i] + 1) % c.vocabulary }
            let after = logits(read, draw.guessed, actions)
            for (i, place) in frames(draw.guessed).enumerated() {
                let mayDiffer = place.clip == 0 && place.frame > changed
                XCTAssertEqual(before[i] != after[i], mayDiffer, "read frame \(changed), guessed frame \(place)")
            }
        }
    }

    func testAGuessedFrameSeesNoOtherGuessedFrame() {
        let (tokens, draw, actions) = sample(), c = model.configuration, before = logits(tokens, draw.guessed, actions)
        // A token that is not masked, in a frame that has masks too, becomes another.
        let places = Set(frames(draw.guessed).map { $0.clip * (c.frames - 1) + $0.frame - 1 })
        let i = draw.guessed.indices.first { draw.guessed[$0] != c.maskToken && places.contains($0 / c.patches) }!
        let (clip, frame) = (i / c.patches / (c.frames - 1), i / c.patches % (c.frames - 1) + 1)
        var guessed = draw.guessed
        guessed[i] = (guessed[i] + 1) % c.vocabulary
        let after = logits(tokens, guessed, actions)
        for (k, place) in frames(draw.guessed).enumerated() {
            XCTAssertEqual(before[k] != after[k], place.clip == clip && place.frame == frame, "\(place)")
        }
    }

    func testAnActionActsOnItsOwnStepAndLater() {
        let (tokens, draw, actions) = sample(), c = model.configuration, before = logits(tokens, draw.guessed, actions)
        for step in 0 ..< c.frames - 1 {
            var other = actions
            other[step] = (other[step] + 1) % c.actions
            let after = logits(tokens, draw.guessed, other)
            for (i, place) in frames(draw.guessed).enumerated() {
                XCTAssertEqual(before[i] != after[i], place.clip == 0 && place.frame >= step + 1, "action \(step), \(place)")
            }
        }
    }

    /// What training computes in one pass for all frames is what sampling computes frame by frame, with what it remembers and without.
    func testCachedEqualsUncachedEqualsTraining() {
        let (tokens, draw, actions) = sample(), c = model.configuration, (T, N) = (c.frames, c.patches)
        let trained = logits(tokens, draw.guessed, actions), places = frames(draw.guessed)
        for b in 0 ..< B {
            func frame(_ t: Int) -> [Int] {
                let start = (b * T + t) * N
                return Array(tokens[start ..< start + N])
            }
            let led: [Int?] = [nil] + (0 ..< T - 1).map { actions[b * (T - 1) + $0] }
            var cached = model.emptyMemory
            for t in 1 ..< T {
                model.read(frame(t - 1), actions: [led[t - 1]], batch: 1, into: &cached)
                var whole = model.emptyMemory
                model.read((0 ..< t).flatMap(frame), actions: Array(led[..<t]), batch: 1, into: &whole)
                let start = (b * (T - 1) + t - 1) * N, next = Array(draw.guessed[start ..< start + N])
                let masked = next.indices.filter { next[$0] == c.maskToken }
                let one = rows(model.logits(next: next, actions: [led[t]], batch: 1, after: cached, last: frame(t - 1), at: masked))
                let two = rows(model.logits(next: next, actions: [led[t]], batch: 1, after: whole, last: frame(t - 1), at: masked))
                let three = trained.indices.filter { places[$0] == (b, t) }.map { trained[$0] }
                for (x, (y, z)) in zip(one, zip(two, three)) {
                    for v in x.indices {
                        XCTAssertEqual(x[v], y[v], accuracy: 1e-4, "cached and uncached, frame \(t)")
                        XCTAssertEqual(x[v], z[v], accuracy: 1e-4, "sampling and training, frame \(t)")
                    }
                }
            }
        }
    }

    func testMasksAreDrawnForEachFrameAndOnlyMasksAreTargets() {
        let (tokens, draw, _) = sample(), c = model.configuration, (T, N) = (c.frames, c.patches)
        XCTAssertEqual(draw.read, withoutLast(tokens))
        var targets: [Int] = [], counts: Set<Int> = []
        for b in 0 ..< B {
            for t in 1 ..< T {
                let guessed = (b * (T - 1) + t - 1) * N, own = (b * T + t) * N
                let masked = (0 ..< N).filter { draw.guessed[guessed + $0] == c.maskToken }
                counts.insert(masked.count)
                for i in 0 ..< N where !masked.contains(i) { XCTAssertEqual(draw.guessed[guessed + i], tokens[own + i]) }
                targets += masked.map { tokens[own + $0] }
            }
        }
        XCTAssertEqual(draw.targets, targets, "the true tokens, not the mask")
        XCTAssertGreaterThan(counts.count, 1, "one share of masks for all frames")
    }

    func testSharesOfMasks() {
        XCTAssertEqual(MaskDraw.share("cosine", 0), 1)
        XCTAssertEqual(MaskDraw.share("cosine", 0.5), 0.70711, accuracy: 1e-4)
        XCTAssertEqual(MaskDraw.share("uniform", 0), 0.5)
        XCTAssertEqual(MaskDraw.share("uniform", 0.5), 0.75)
    }

    func testCorruptionChangesFewReadTokensAndNoTarget() {
        let (tokens, draw, _) = sample(corruption: 0.5)
        let changed = zip(draw.read, withoutLast(tokens)).filter { $0 != $1 }.count
        XCTAssertGreaterThan(changed, 0)
        XCTAssertLessThan(changed, draw.read.count / 2)
        let c = model.configuration
        for (i, token) in draw.guessed.enumerated() where token != c.maskToken {
            let (b, rest) = (i / ((c.frames - 1) * c.patches), i % ((c.frames - 1) * c.patches))
            XCTAssertEqual(token, tokens[b * c.frames * c.patches + c.patches + rest])
        }
    }

    func testLossFallsOnOneBatch() {
        let (_, draw, actions) = sample()
        assertLossFalls(micro(seed: 2), draw, actions, batch: B)
    }

    /// The digits by which codes are told apart are those that the quantizer gave them: the n-th
    /// level of a digit is the n-th smallest latent.
    func testDigitsAreTheQuantizersLevels() {
        let levels = [4, 3], quantizer = FiniteScalarQuantizer(levels: levels), latents = rows(quantizer.latents(of: Array(0 ..< 12)))
        let digits = rows(MaskedDynamics.digits(of: quantizer))
        for (code, latent) in latents.enumerated() {
            let level = zip(latent, levels).enumerated().map { d, pair in Set(latents.map { $0[d] }).sorted().firstIndex(of: pair.0)! }
            XCTAssertEqual(digits[code].indices.filter { digits[code][$0] == 1 }, [level[0], 4 + level[1]], "code \(code)")
        }
        XCTAssertEqual(digits[12], Array(repeating: 0, count: 7), "the mask token has no digits")
    }
}
