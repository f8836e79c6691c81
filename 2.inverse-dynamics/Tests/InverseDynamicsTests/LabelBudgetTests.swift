// LabelBudgetTests.swift - are n labels n labels, and is every transition of an episode labeled once?

import Episodes
import Layers
import Randomness
import Tensors
@testable import InverseDynamics
import XCTest

final class LabelBudgetTests: XCTestCase {
    /// The honest test: with all actions outside of the budget replaced by nonsense, the training is bit for bit the same.
    func testNoOtherActionIsTouched() throws {
        let honest = try LabelBudget(slidingEpisodes(self), count: 8, seed: 3)
        let kept = Set(honest.places.map { [$0.episode, $0.start] })
        let poisoned = try LabelBudget(slidingEpisodes(self) { episode, actions in
            for t in actions.indices where !kept.contains([episode, t]) { actions[t] = (actions[t] + 1) % 3 }
        }, count: 8, seed: 3)
        XCTAssertEqual(try weights(honest), try weights(poisoned))
    }

    private func weights(_ budget: LabelBudget) throws -> [Float] {
        var generator = SeededGenerator(seed: 1), shape = ActionConfiguration.micro
        shape.frames = 2
        let model = InverseDynamicsModel(
            .init(encoder: shape, actionNames: ["0", "1", "2"], labels: budget.actions.count), using: &generator)
        let optimizer = AdamW(model.parameters)
        for _ in 0 ..< 3 {
            let (pairs, actions) = budget.next(batch: 8, using: &generator)
            model(pairs).crossEntropy(actions).backward()
            optimizer.step(learningRate: 1e-2)
        }
        return model.parameters.flatMap(\.tensor.values)
    }

    func testBudgets() throws {
        let set = try slidingEpisodes(self)       // 3 episodes of 10 frames
        let all = try LabelBudget(set, count: nil, seed: 3), few = try LabelBudget(set, count: 5, seed: 3),
            more = try LabelBudget(set, count: 12, seed: 3)
        XCTAssertEqual(all.actions.count, 27)
        XCTAssertEqual(Set(all.places.map { [$0.episode, $0.start] }).count, 27, "none twice")
        XCTAssertEqual(Array(more.places.prefix(5)), few.places, "a larger budget holds the smaller")
        XCTAssertNotEqual(try LabelBudget(set, count: 5, seed: 4).places, few.places)
        for (place, action) in zip(all.places, all.actions) { XCTAssertEqual(action, set.episodes[place.episode].actions![place.start]) }
        XCTAssertThrowsError(try LabelBudget(set, count: 28, seed: 3)) { XCTAssertTrue("\($0)".contains("27 transitions"), "\($0)") }
        XCTAssertThrowsError(try LabelBudget(slidingEpisodes(self, withActions: false), count: 1, seed: 3)) {
            XCTAssertTrue("\($0)".contains("latent"), "\($0)")
        }
    }

    /// actions[t] takes frame t to frame t+1: a model of pairs learns it. One step aside, there would be nothing to learn.
    func testTheInverseModelLearnsTheWorld() {
        var generator = SeededGenerator(seed: 2), shape = ActionConfiguration.micro
        shape.frames = 2
        let model = InverseDynamicsModel(.init(encoder: shape, actionNames: ["stop", "left", "right"], labels: 0), using: &generator)
        let optimizer = AdamW(model.parameters)
        for step in 0 ..< 300 {
            let (pairs, actions) = slidingWorld(32, 2, using: &generator)
            model(pairs).crossEntropy(actions).backward()
            clipGradients(of: model.parameters, to: 1)
            optimizer.step(learningRate: warmUpCosine(step: step, of: 300, peak: 5e-3, warmUp: 20))
        }
        let (pairs, actions) = slidingWorld(200, 2, using: &generator)
        let right = zip(model.actions(of: pairs), actions).filter { $0 == $1 }.count
        XCTAssertGreaterThan(right, 180)
    }

    func testEveryTransitionIsCoveredOnce() {
        for length in 2 ... 8 {
            for frames in length ... 30 {
                var covered: [Int] = []
                for (start, fresh) in coveringPlaces(frames: frames, length: length) {
                    XCTAssertTrue(start >= 0 && start + length <= frames, "a clip of \(length) at \(start) in \(frames)")
                    covered += Array(start ..< start + length - 1).suffix(fresh)
                }
                XCTAssertEqual(covered, Array(0 ..< frames - 1), "\(frames) frames in clips of \(length)")
            }
        }
    }

    func testEpisodesGetOneLabelATransition() throws {
        let set = try slidingEpisodes(self, length: 11), model = microModel(stirred: true)
        let codes = model.codes(ofEpisode: 1, in: set)
        XCTAssertEqual(codes.count, 10)
        XCTAssertEqual(Array(codes.prefix(3)), model.codes(of: set.clips(at: [ClipPlace(episode: 1, start: 0)], length: 4).frames))
    }
}
