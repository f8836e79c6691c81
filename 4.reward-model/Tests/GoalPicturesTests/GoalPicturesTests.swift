// GoalPicturesTests.swift - do plans share what they share, is the exact answer exact, and does the descent go down?

@testable import GoalPictures
import Foundation
import JetBot
import JointEmbedding
import LatentPrediction
import Planning
import Randomness
import Tensors
import WorldModels
import XCTest

final class GoalPicturesTests: XCTestCase {
    private func world() -> LatentWorld {
        var e = JointEmbeddingConfiguration.tiny, generator = SeededGenerator(seed: 2)
        (e.imageSize, e.patchSize) = (16, 2)
        let eye = JointEmbedding(e, using: &generator)
        var c = LatentPredictionConfiguration.tiny
        (c.imageSize, c.places, c.width) = (16, 1, eye.latentShape.width)
        c.commands = Action.allCases.map { Command(name: $0.name, action: $0.rawValue) }
        return LatentWorld(eye: eye, model: LatentModel(c, using: &generator))
    }

    private func frames(_ batch: Int, _ count: Int, seed: UInt64 = 3) -> Tensor {
        var generator = SeededGenerator(seed: seed)
        return Tensor.uniform([batch, count, 16, 16, 3], 0, 1, using: &generator)
    }

    /// 780 steps of the model for 625 plans, and each plan's cost is what it is alone.
    func testPlansShareTheirBeginnings() {
        let world = world(), dream = world.latentDream(from: frames(2, 3), actions: [0, 1, 2, 3])
        let goals = world.latents(of: frames(2, 1, seed: 9)).reshaped([2, 1, -1]),
            same = Dictionary(uniqueKeysWithValues: (0 ..< 5).map { ($0, $0) })
        var planner = AllPlans(actions: [0, 1, 2, 3, 4], horizon: 4), generator = SeededGenerator(seed: 1)
        let all = planner.propose(using: &generator)
        XCTAssertEqual(Set(all).count, 625)
        XCTAssertEqual(all[0], [0, 0, 0, 0], "standing still first")
        XCTAssertTrue(planner.propose(using: &generator).isEmpty)
        for cost in GoalCost.allCases {
            let futures = GoalFutures(dream, goals: goals, cost: cost, modelAction: same), returns = futures.returns(of: [all, all])
            XCTAssertEqual(futures.steps, 2 * 780)
            for (robot, number) in [(0, 0), (0, 311), (1, 624), (1, 97)] {
                var alone = dream.selecting([robot]), distances: [Float] = []
                for action in all[number] { distances.append(squaredDistances(alone.advance([action]), goals.rows(at: [robot]))[0]) }
                let near = distances.indices.map { distances[$0] * (1 + 0.03 * Float($0)) }.min()!
                let expected = [.last: distances[3], .sum: distances.reduce(0, +) / 4, .nearest: near][cost]!
                XCTAssertEqual(returns[robot][number], -expected, accuracy: 1e-4 * max(1, expected))
            }
        }
    }

    /// No planner can beat the exact one; guessing comes near it.
    func testTheExactAnswerIsTheBest() {
        let world = world(), dream = world.latentDream(from: frames(3, 1), actions: [])
        let goals = world.latents(of: frames(3, 1, seed: 9)).reshaped([3, 1, -1]),
            same = Dictionary(uniqueKeysWithValues: (0 ..< 5).map { ($0, $0) })
        let futures = GoalFutures(dream, goals: goals, cost: .sum, modelAction: same)
        func best(_ planner: some Planner) -> [Float] {
            var generators = (0 ..< 3).map { SeededGenerator(seed: UInt64($0)) }
            return planner.plans(using: &generators, trying: futures.returns(of:)).map { $0.returns[$0.best] }
        }
        let exact = best(AllPlans(actions: [0, 1, 2, 3, 4], horizon: 4)),
            guessed = best(
                CrossEntropyMethod(
                    actions: [0, 1, 2, 3, 4], horizon: 4,
                    candidates: 40))
        for (e, g) in zip(exact, guessed) { XCTAssertGreaterThanOrEqual(e, g - 1e-5) }
    }

    func testDescentGoesDown() {
        let world = world(), z = world.latents(of: frames(2, 3)), goals = world.latents(of: frames(2, 1, seed: 9)).reshaped([2, 1, -1])
        let start = GradientPlans.descend(world, from: z, led: [0, 1, 2, 3], goals: goals, horizon: 3, rounds: 1)
        let end = GradientPlans.descend(world, from: z, led: [0, 1, 2, 3], goals: goals, horizon: 3, rounds: 30)
        XCTAssertEqual(end.plans.map(\.count), [3, 3])
        for (a, b) in zip(start.costs, end.costs) { XCTAssertLessThan(b, a) }
        XCTAssertTrue(
            world.model.transition.parameters.allSatisfy { $0.tensor.gradient == nil }, "the model does not learn from being asked")
    }

    func testTheGoalIsTheKongStraightAhead() {
        for seed in 1 ... 5 as ClosedRange<UInt64> {
            let start = World(room: Room(seed: 3), seed: seed, start: .kongInView), goal = facingKong(start)
            XCTAssertEqual(goal.kongPolar.bearing, 0, accuracy: 1e-3)
            XCTAssertEqual(goal.kongPolar.distance, start.kongPolar.distance, accuracy: 1e-4)
        }
    }

    func testTheGoalInAnotherRoomIsTheKongStraightAheadThere() {
        let rooms = [3, 4, 5].map { Room(seed: $0) }
        let starts = (0 ..< 6).map { World(room: rooms[$0 % 3], seed: UInt64($0 + 1), start: .kongInView) }
        let views = facingKongElsewhere(starts, among: starts)!
        for (start, view) in zip(starts, views) {
            XCTAssertNotEqual(view.room.seed, start.room.seed)
            XCTAssertEqual(view.kongPolar.bearing, 0, accuracy: 1e-3)
            func difference(_ other: World) -> Float { abs(other.kongPolar.distance - start.kongPolar.distance) }
            XCTAssertEqual(difference(view), starts.filter { $0.room.seed != start.room.seed }.map(difference).min()!, accuracy: 1e-4)
        }
        XCTAssertNil(facingKongElsewhere(starts, among: starts.filter { $0.room.seed == 3 }), "the starts in room 3 have no other")
    }

    /// Where all plans can be tried by chance, chance is exact too; who tries more finds what is no worse; a mix is not held to be a plan.
    func testSearchesBesideTheExactOne() throws {
        let camera = Camera(width: 16, height: 16)
        let starts = (1 ... 4).map { World(room: Room(seed: 3), seed: UInt64($0), start: .kongInView) }
        let (best, results) = try compareSearches(world(), from: starts, camera, horizon: 2, seed: 1)
        let cost = Dictionary(uniqueKeysWithValues: results.map { ($0.name, $0) })
        XCTAssertGreaterThan(best, 0)
        XCTAssertEqual(cost["120 plans by chance"]!.cost, 1, accuracy: 1e-4)
        XCTAssertEqual(cost["120 plans by chance"]!.sameBeginning, 1)
        for result in results where result.name != "gradient, as a mix" { XCTAssertGreaterThan(result.cost, 1 - 1e-4, result.name) }
        XCTAssertLessThanOrEqual(cost["CEM, 3 rounds of 40"]!.cost, cost["CEM, 1 round of 40"]!.cost)
        XCTAssertLessThanOrEqual(cost["CEM, 1 round of 40"]!.cost, cost["each action held: 5 plans"]!.cost)
    }

    /// With the true future, and pixels as the ruler, turning towards the picture works: the drivers' sums are right.
    func testADriverWithTrueFuturesFindsThePicture() throws {
        let camera = Camera(width: 32, height: 32),
            starts = (1 ... 4).map { World(room: Room(seed: 3), seed: UInt64($0), start: .kongInView) }
        let pictures = starts.map { cameraFrames(of: [facingKong($0)], camera) }
        let outcomes = driveEpisodes(
            from: starts, with: TrueFuturesDriver(camera: camera, horizon: 3, goals: pictures) { $0 }, camera: camera)
        let random = driveEpisodes(from: starts, with: RandomDriver(actions: Action.allCases, seed: 1), camera: camera)
        XCTAssertGreaterThan(outcomes.filter(\.success).count, random.filter(\.success).count)
        // The planner in latents runs through the same door; its model is untrained, and only has to decide.
        let goals = LatentGoals(world()), small = Camera(width: 16, height: 16)
        for search in [GoalDriver.Search.trying(AllPlans(actions: [0, 1, 2, 3, 4], horizon: 2)), .descending(horizon: 2)] {
            let driver = try GoalDriver(goals, search, goal: .pictures(starts.map { cameraFrames(of: [facingKong($0)], small) }), seed: 1)
            XCTAssertEqual(driveEpisodes(from: starts, with: driver, task: DriveTask(steps: 3), camera: small).count, 4)
        }
    }

    /// A robot on a line of numbers: action 1 goes up, 2 goes down, 0 stays. Cloning must tell the
    /// way from where it is to where it shall be.
    func testCloningLearnsTheWay() {
        var generator = SeededGenerator(seed: 4)
        let moves: [Float] = [0, 1, -1]
        let episodes = (0 ..< 20).map { _ -> (Tensor, [Int]) in
            let action = 1 + generator.integer(below: 2), actions = Array(repeating: action, count: 11)
            var at = 4 * generator.normal(), places = [at]
            for a in actions { at += moves[a]; places.append(at) }
            return (Tensor(places, shape: [12, 1, 1]), actions)
        }
        let cloning = GoalCloning(numbers: 1, actions: 3, using: &generator)
        let loss = cloning.learn(episodes.map(\.0), episodes.map(\.1), steps: 200, using: &generator)
        XCTAssertLessThan(loss, 0.3)
        let chosen = Tensor.withoutGradients { cloning(Tensor([0, 0], shape: [2, 1]), Tensor([3, -3], shape: [2, 1])) }.argmax()
        XCTAssertEqual(chosen, [1, 2])
        // Goals that lie before the frame in place of after it: the same network must answer the other way round.
        let mirrored = GoalCloning(numbers: 1, actions: 3, using: &generator)
        mirrored.learn(
            episodes.map { Tensor(Array($0.0.values.reversed()), shape: [12, 1, 1]) }, episodes.map(\.1), steps: 200, using: &generator)
        XCTAssertEqual(Tensor.withoutGradients { mirrored(Tensor([0, 0], shape: [2, 1]), Tensor([3, -3], shape: [2, 1])) }.argmax(), [2, 1])
    }

    /// A move must bring a fifth of what standing still costs, which is 1.
    func testAMoveMustBeWorthIt() throws {
        let start = World(room: Room(seed: 3), seed: 1, start: .kongInView)
        for (cost, expected) in [(Float(0.85), Action.stop), (0.79, .turnLeft)] {
            let driver = try GoalDriver(
                DrawnGoals(world()), .trying(ConstantActions(actions: [0, 1, 2, 3, 4], horizon: 1)),
                goal: .wish { _ in [1, cost, 1, 1, 1] }, seed: 1)
            driver.begin(episodes: 1)
            let situation = Situation(
                episode: 0, world: start, frames: [Array(repeating: 100, count: 16 * 16 * 3)], actions: [])
            XCTAssertEqual(driver.decide([situation]), [expected])
        }
    }

    /// A world that draws is compared by its drawings, and plans towards a picture through the same driver.
    func testAWorldThatDrawsPlansTowardsAPicture() throws {
        let world = DrawnGoals(world()), camera = Camera(width: 16, height: 16)
        let starts = (1 ... 2).map { World(room: Room(seed: 3), seed: UInt64($0), start: .kongInView) }
        let goals = starts.map { cameraFrames(of: [facingKong($0)], camera) }
        XCTAssertEqual(world.compared(goals[0]).shape, [1, 16, 16, 3])
        let driver = try GoalDriver(world, .trying(ConstantActions(actions: [0, 1, 2, 3, 4], horizon: 2)), goal: .pictures(goals), seed: 1)
        let first = driveEpisodes(from: starts, with: driver, task: DriveTask(steps: 3), camera: camera)
        driver.restart()
        XCTAssertEqual(
            driveEpisodes(from: starts, with: driver, task: DriveTask(steps: 3), camera: camera).map(\.actions), first.map(\.actions))
        // What is drawn is what is compared: the future that is the goal costs nothing.
        let seen = frames(1, 1)
        var dream = world.goalDream(from: seen, actions: [])
        let next = dream.advance([3])
        let futures = GoalFutures(world.goalDream(from: seen, actions: []), goals: next, cost: .last, modelAction: [0: 0, 3: 3])
        let returns = futures.returns(of: [[[0], [3]]])[0]
        XCTAssertEqual(returns[1], 0, accuracy: 1e-9)
        XCTAssertLessThan(returns[0], 0)
    }

    func testTheNearestMoment() {
        XCTAssertEqual(GoalCost.nearest([4, 1, 9]), 1.03, accuracy: 1e-6)
        XCTAssertEqual(GoalCost.nearest([1, 1, 1]), 1, "what can be done now is not put off")
        XCTAssertEqual(GoalCost.sum([4, 1, 1]), 2)
        XCTAssertEqual(GoalCost.last([4, 1, 9]), 9)
    }
}
