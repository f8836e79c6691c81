// GoalSheets.swift - what was dreamed on the way to a picture, and what came of it: for people to look at.

import Foundation
import GoalPictures
import JetBot
import Pictures
import Planning
import Randomness
import Tensors
import Training
import WorldModels

/// Pictures of a few robots.
struct GoalSheets {
    let world: any GoalWorld, planner: any Planner, starts: [World], camera: Camera

    private var goals: [Image] { starts.map { camera.image(of: facingKong($0)) } }

    /// What they see at the start, what they are to see, and where they ended; and the way as a film, the goals below.
    func drives(by driver: GoalDriver) -> (sheet: Image, film: Animation) {
        var now = starts.map(camera.image(of:)), views = [now]
        driver.restart()
        let outcomes = driveEpisodes(from: starts, with: driver, camera: camera) { situations, _ in
            for situation in situations { now[situation.episode] = camera.image(of: situation.world) }
            views.append(now)
        }
        views.append(outcomes.map { camera.image(of: $0.end) })
        let captions = outcomes.map { $0.success ? "\($0.actions.count) steps" : "missed" }
        let sheet = Image.sheet(
            rows: [views[0], goals, views.last!], title: "a goal is a picture", rowLabels: ["start", "goal", "end"],
            captions: Array(repeating: "", count: 2 * starts.count) + captions, scale: 2)
        let film = views.dropFirst().map { Image.sheet(rows: [$0, goals], rowLabels: ["sees", "goal"], scale: 2) }
        return (sheet, Animation(frames: film, delays: film.indices.map { $0 == film.count - 1 ? 2.5 : 0.5 }))
    }

    /// The best plan of each at its start, as the world draws it, and the goal; below each picture the distance that decides.
    /// - Throws: `TrainingError` when the model does not know which of its actions is which.
    func plans(seed: UInt64) throws -> Image {
        let B = starts.count, frames = cameraFrames(of: starts, camera), seen = frames.reshaped([B, 1] + frames.shape.dropFirst())
        let wanted = world.compared(starts.map(facingKong), camera)
        let number = try world.model.numberByAction(Action.allCases)
        let futures = GoalFutures(world.goalDream(from: seen, actions: []), goals: wanted, cost: .nearest, modelAction: number)
        var generators = (0 ..< B).map { SeededGenerator(seed: seed, stream: UInt64($0)) }
        let plans = planner.plans(using: &generators, trying: futures.returns(of:)).map { $0.sequences[$0.best] }

        func captions(_ compared: Tensor, _ names: [String]) -> [String] {
            zip(squaredDistances(compared, wanted), names).map { String(format: "%.2f ", $0) + $1 }
        }
        var columns = [starts.map(camera.image(of:))], texts = [captions(world.compared(frames), starts.map { _ in "" })]
        var drawn = Tensor.withoutGradients { world.model.dream(from: seen, actions: []) }
        var compared = world.goalDream(from: seen, actions: [])
        Tensor.withoutGradients { drawn.catchUp() }
        for step in plans[0].indices {
            let actions = plans.map { number[$0[step]]! }
            let next = Tensor.withoutGradients {
                drawn.step(actions, Sampling(steps: world.model.planningSteps, temperature: 0), using: &generators[0])
            }
            columns.append((0 ..< B).map { Image(next.rows(at: [$0]), frame: 0) })
            let short = plans.map { Action(rawValue: $0[step])!.name.replacingOccurrences(of: "turn ", with: "") }
            texts.append(captions(compared.advance(actions), short))
        }
        columns.append(goals)
        texts.append(starts.map { _ in "" })
        return Image.sheet(
            rows: (0 ..< B).map { b in columns.map { $0[b] } }, title: "plans towards a picture, as dreamed, and how far from it",
            columnLabels: ["now"] + plans[0].indices.map { "step \($0 + 1)" } + ["goal"],
            captions: (0 ..< B).flatMap { b in texts.map { $0[b] } }, scale: 2)
    }
}
