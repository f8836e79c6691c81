// MotionMapsTests.swift - do eight matrices that compete find the motions of a world, without being told?

import Layers
import Randomness
import Tensors
@testable import InverseDynamics
import XCTest

final class MotionMapsTests: XCTestCase {
    /// Three motions, four maps: what wins tells what was done.
    func testTheyFindTheMotions() {
        var generator = SeededGenerator(seed: 4)
        let maps = MotionMaps(codes: 4, side: 8, using: &generator)
        let muon = Muon(maps.parameters.filter { $0.tensor.shape.count == 2 }),
            adamW = AdamW(maps.parameters.filter { $0.tensor.shape.count == 1 })
        for step in 0 ..< 150 {
            let errors = maps.errors(slidingWorld(64, 2, using: &generator).frames)
            maps.loss(errors, temperature: max(0, 0.3 * (1 - Float(step) / 90))).backward()
            let rate = warmUpCosine(step: step, of: 150, peak: 0.05, warmUp: 10)
            muon.step(learningRate: rate)
            adamW.step(learningRate: rate / 10)
        }
        let (frames, actions) = slidingWorld(300, 2, using: &generator)
        var table = CodeTable(codes: 4, actions: 3)
        table.add(MotionMaps.winners(Tensor.withoutGradients { maps.errors(frames) }), actions)
        XCTAssertGreaterThan(table.accuracy(naming: table.names), 0.95, "\(table.counts)")
        XCTAssertGreaterThan(table.normalizedMutualInformation, 0.75, "\(table.counts)")
    }

    /// At temperature 0 the losers are left alone; above it they learn a little.
    func testTheWinnerTakesAll() {
        var generator = SeededGenerator(seed: 4)
        let maps = MotionMaps(codes: 4, side: 8, using: &generator), frames = slidingWorld(1, 2, using: &generator).frames
        let errors = maps.errors(frames), winner = MotionMaps.winners(errors)[0]
        XCTAssertEqual(errors.shape, [1, 4])
        func sizes(_ temperature: Float) -> [Float] {
            let loss = maps.loss(maps.errors(frames), temperature: temperature)
            loss.backward()
            defer { for p in maps.parameters { p.tensor.clearGradient() } }
            return maps.maps.map { $0.weight.gradient!.values.reduce(0) { $0 + abs($1) } }
        }
        for (map, size) in sizes(0).enumerated() {
            if map == winner { XCTAssertGreaterThan(size, 0) } else { XCTAssertEqual(size, 0, "map \(map) lost and must not learn") }
        }
        XCTAssertTrue(sizes(0.3).allSatisfy { $0 > 0 })
    }

    /// Each transition is judged from its own two frames.
    func testErrorsBelongToTheirTransition() {
        var generator = SeededGenerator(seed: 4)
        let maps = MotionMaps(codes: 3, side: 8, using: &generator), video = noise(2, 4), together = maps.errors(video)
        XCTAssertEqual(together.shape, [6, 3])
        for b in 0 ..< 2 { for t in 0 ..< 3 {
            let alone = maps.errors(video.sliced(axis: 0, b ..< b + 1).sliced(axis: 1, t ..< t + 2))
            for k in 0 ..< 3 { XCTAssertEqual(alone.values[k], together.values[(b * 3 + t) * 3 + k], accuracy: 1e-4) }
        } }
    }
}
