// VideoPlans+Measures.swift - does a plan show what was wished for, and does that come when it is carried out?
//
// Two things can go wrong. The video may show something else than was asked for; or it may show it, and nobody could do what it shows: a
// toy that jumps, a room that turns too far. Then what comes, when the actions that were read off it are carried out, is another thing.

import Foundation
import JetBot
import Pictures
import Planning
import Randomness
import RewardModel
import Tensors
import Training

extension VideoPlans {
    /// Of plans that are carried out to their end, without looking again.
    struct Carried {
        /// What was planned and what came, [B,T,H,W,3] each, and where the worlds ended.
        let plan: Plan, came: Tensor, ends: [World]
    }

    func carryOut(from starts: [World], wishes: [String]?, using generator: inout SeededGenerator) -> Carried {
        let camera = Camera(width: imageSize, height: imageSize), first = cameraFrames(of: starts, camera)
        let shape = [starts.count, 1] + first.shape.dropFirst()
        let plan = plan(after: first.reshaped(shape), wishes: wishes, using: &generator)
        var worlds = starts, came = [first.reshaped(shape)]
        for t in 0 ..< configuration.video.frames - 1 {
            for i in worlds.indices { worlds[i].step(plan.actions[i][t]) }
            came.append(cameraFrames(of: worlds, camera).reshaped(shape))
        }
        return Carried(plan: plan, came: .concatenated(came, axis: 1), ends: worlds)
    }

    /// Wishes for places, from starts with the toy in view: how often the plan's last frame shows it there, and how often it is there in
    /// the end; what is read from frames that a camera saw and from plans; and a robot with another wish.
    public func ownMeasures(in data: URL, starts: [World], seed: UInt64) throws -> ValidationReport {
        var report = ValidationReport(), generator = SeededGenerator(seed: seed)
        let rooms = try Planning.rooms(of: .train, in: data), T = configuration.video.frames
        let seen = driveStarts(in: rooms, count: starts.count, .kongInView, framesPerSecond: Float(framesPerSecond), seed: seed)
        /// The share of plans whose last frame has the toy where it was wished for, and of those that were carried out.
        func fulfilled(_ wish: String?, _ place: Facts.Place) -> (drawn: Double, came: Double, carried: Carried) {
            let carried = carryOut(from: seen, wishes: wish.map { Array(repeating: $0, count: seen.count) }, using: &generator)
            let drawn = seen.indices.filter { i in
                RedKong(Image(carried.plan.frames, frame: (i + 1) * T - 1)).map { Facts.Place(bearing: $0.bearing) == place } ?? false
            }
            let came = carried.ends.filter { $0.bearing.map { Facts.Place(bearing: $0) == place } ?? false }
            return (Double(drawn.count) / Double(seen.count), Double(came.count) / Double(seen.count), carried)
        }
        let own = fulfilled(configuration.wish, .centered)
        report.add("wish_drawn", own.drawn, baseline: "its own wish: the toy is centered in the plan's last frame")
        report.add("wish_came", own.came, baseline: "and is, when the plan is carried out")
        for (name, place, sentence) in [
            ("centered", Facts.Place.centered, "a red toy in the middle of the frame"), ("left", .left, "a red toy on the left"),
            ("right", .right, "a red toy on the right"),
        ] {
            let (told, silent) = (fulfilled(sentence, place), fulfilled(nil, place))
            report.add("wish_\(name)_drawn", told.drawn, baseline: String(format: "%.3f, nobody wishes for anything", silent.drawn))
            report.add("wish_\(name)_came", told.came, baseline: String(format: "%.3f", silent.came))
        }
        // Does it come as it was drawn? PSNR of the frames after the first, beside the first held and the plan of another start.
        let planned = own.carried.plan.frames.sliced(axis: 1, 1 ..< T), came = own.carried.came.sliced(axis: 1, 1 ..< T)
        func psnr(_ a: Tensor) -> Double { -10 * log10(Double(a.meanSquaredError(came).item)) }
        let first = own.carried.came.sliced(axis: 1, 0 ..< 1).expanded(to: came.shape)
        report.add(
            "plan_psnr_db", psnr(planned), baseline: String(format: "%.2f, the first frame held; %.2f, another start's plan", psnr(first),
                psnr(planned.rows(at: seen.indices.map { ($0 + 1) % seen.count }))))
        // What was done is known: is it read from what the camera saw, and from what the eye makes of that?
        let done = own.carried.plan.actions.flatMap { $0 }
        func accuracy(_ videos: Tensor) -> Double {
            let read = actions(of: videos.clamped(0, 1)).flatMap { $0 }
            return Double(zip(read, done).filter(==).count) / Double(done.count)
        }
        report.add("read_accuracy", accuracy(own.carried.came), baseline: "of what was done, from what the camera saw")
        report.add("read_accuracy_drawn", accuracy(eye.reconstructed(own.carried.came)), baseline: "from what the eye draws of that")
        let camera = Camera(width: imageSize, height: imageSize)
        let hundred = driveStarts(in: rooms, count: 100, .kongInView, framesPerSecond: Float(framesPerSecond), seed: seed)
        for (name, wish) in [("wished_away", "an empty floor" as String?), ("unwished", nil)] {
            let rate = driveEpisodes(from: hundred, with: PolicyDriver(Wishing(plans: self, wish: wish)), camera: camera).successRate
            report.add("\(name)_drive_success", rate.rate, baseline: rate.text)
        }
        return report
    }
}

/// The same policy with another wish.
private final class Wishing: TrainedPolicy {
    let plans: VideoPlans, wish: String?
    init(plans: VideoPlans, wish: String?) { (self.plans, self.wish) = (plans, wish) }
    var imageSize: Int { plans.imageSize }
    var framesPerSecond: Double { plans.framesPerSecond }
    func mind() -> any Mind { plans.mind(wishing: wish) }
    func promised(from frames: Tensor, steps: Int, using generator: inout SeededGenerator) -> Float {
        plans.promised(from: frames, steps: steps, using: &generator)
    }
}
