// VideoPlans+Measures.swift - does a plan show what was wished for, and does that come when it is carried out?
//
// Two things can go wrong. The video may show something else than was asked for; or it may show it, and nobody could do what it shows: a
// toy that jumps, a room that turns too far. Then what comes, when the actions that were read off it are carried out, is another thing.

import Captions
import Episodes
import Foundation
import JetBot
import Pictures
import Planning
import Randomness
import RewardModel
import Tensors
import Training
import VideoDiffusion

extension VideoPlans {
    /// Of plans that are carried out to their end, without looking again.
    struct Carried {
        /// What was planned and what came, [B,T,H,W,3] each, and where the worlds ended.
        let plan: Plan, came: Tensor, ends: [World]
    }

    /// Plans from these worlds, and what comes when all of their actions are carried out.
    func carryOut(
        from starts: [World], wish: String, hearing: Set<Listener> = Set(Listener.allCases), using generator: inout SeededGenerator
    ) -> Carried {
        let camera = Camera(width: imageSize, height: imageSize), first = cameraFrames(of: starts, camera)
        let shape = [starts.count, 1] + first.shape.dropFirst()
        let plan = plan(after: first.reshaped(shape), wish: wish, hearing: hearing, using: &generator)
        var worlds = starts, came = [first.reshaped(shape)]
        for t in 0 ..< configuration.video.frames - 1 {
            for i in worlds.indices { worlds[i].step(plan.actions[i][t]) }
            came.append(cameraFrames(of: worlds, camera).reshaped(shape))
        }
        return Carried(plan: plan, came: .concatenated(came, axis: 1), ends: worlds)
    }

    /// The loss under much noise, of all that is drawn, on clips that it has not seen: told what is true of them, what is true of another,
    /// and nothing.
    /// - Throws: as `Wishes` and `ClipSampler`, of episodes that do not say where the toy was, or are too short.
    public func losses(of episodes: EpisodeSet, seed: UInt64) throws -> (told: Double, other: Double, untold: Double) {
        let T = configuration.video.frames, wishes = try Wishes(episodes), B = 64
        var clips = try ClipSampler(episodes, length: T, seed: seed), generator = SeededGenerator(seed: seed)
        let places = clips.nextPlaces(4 * B).balanced(B) { wishes.facts(at: $0, length: T).hasToy }
        let text = scorer.heard(places.map { wishes.sentence(at: $0, length: T, using: &generator) })
        let frames = episodes.clips(at: places, length: T).frames
        let z = Tensor.withoutGradients { standardized(eye.latents(of: frames), codes: codes(of: frames)) }
        func loss(_ text: Tensor) -> Double { video.error(ofLast: T - 1, of: z, told: Told(text: text)) }
        return (loss(text), loss(text.rows(at: (0 ..< B).map { ($0 + 1) % B })), loss(text * 0))
    }

    /// Wishes for places, from starts with the toy in view: how often the plan's last frame shows it there, and how often it is there in
    /// the end; what is read from frames that a camera saw and from plans; and a robot with another wish.
    /// - Throws: what reading the data folder throws.
    public func ownMeasures(in data: URL, starts: [World], seed: UInt64) throws -> ValidationReport {
        var report = ValidationReport(), generator = SeededGenerator(seed: seed)
        let rooms = try Planning.rooms(of: .train, in: data), T = configuration.video.frames
        let seen = driveStarts(in: rooms, count: starts.count, .kongInView, framesPerSecond: Float(framesPerSecond), seed: seed)
        func carried(_ wish: String, _ hearing: Set<Listener> = Set(Listener.allCases)) -> Carried {
            carryOut(from: seen, wish: wish, hearing: hearing, using: &generator)
        }
        func share(_ count: Int) -> Double { Double(count) / Double(seen.count) }
        // Where is the toy in a plan's last frame, and where when it was carried out?
        func drawn(_ carried: Carried) -> [Facts.Place?] {
            seen.indices.map { RedKong(Image(carried.plan.frames, frame: ($0 + 1) * T - 1)).map { Facts.Place(bearing: $0.bearing) } }
        }
        func came(_ carried: Carried) -> [Facts.Place?] { carried.ends.map { $0.bearing.map { Facts.Place(bearing: $0) } } }
        let own = carried(configuration.wish), silent = carried(configuration.wish, [])
        for (wish, place) in [("a toy in the center", Facts.Place.centered), ("a toy on the left", .left), ("a toy on the right", .right)] {
            let told = wish == configuration.wish ? own : carried(wish)
            for (name, places) in [("drawn", drawn), ("came", came)] {
                let (with, without) = (places(told).filter { $0 == place }.count, places(silent).filter { $0 == place }.count)
                report.add(
                    "wish_\(place)_\(name)", share(with), baseline: String(format: "%.3f, nobody wishes for anything", share(without)))
            }
        }
        // Is the toy where it was drawn, when the plan was carried out?
        let (shown, found) = (drawn(own), came(own))            // a place, or nowhere in the picture
        report.add(
            "ends_as_drawn", share(zip(shown, found).filter(==).count),
            baseline: String(
                format: "%.3f, as another start's plan; %.3f, nobody wishes for anything",
                share(seen.indices.filter { shown[($0 + 1) % seen.count] == found[$0] }.count),
                share(zip(drawn(silent), came(silent)).filter(==).count)))
        report.add("toy_drawn", share(drawn(own).filter { $0 != nil }.count), baseline: "of plans end with a toy, wherever")
        let loss = try losses(of: EpisodeSet(data, .validation), seed: seed)
        report.add("loss_told", loss.told, baseline: String(format: "%.4f, told another's; %.4f, told nothing", loss.other, loss.untold))
        // Does it come as it was drawn? PSNR of the frames after the first, beside the first held and the plan of another start.
        let planned = own.plan.frames.sliced(axis: 1, 1 ..< T), after = own.came.sliced(axis: 1, 1 ..< T)
        func psnr(_ a: Tensor) -> Double { -10 * log10(Double(a.meanSquaredError(after).item)) }
        let first = own.came.sliced(axis: 1, 0 ..< 1).expanded(to: after.shape)
        report.add(
            "plan_psnr_db", psnr(planned), baseline: String(format: "%.2f, the first frame held; %.2f, another start's plan", psnr(first),
                psnr(planned.rows(at: seen.indices.map { ($0 + 1) % seen.count }))))
        // What was done is known: is it read from what the camera saw, and from what the eye makes of that?
        let done = own.plan.actions.flatMap { $0 }
        func accuracy(_ videos: Tensor) -> Double {
            let read = actions(of: videos.clamped(0, 1)).flatMap { $0 }
            return Double(zip(read, done).filter(==).count) / Double(done.count)
        }
        report.add("read_accuracy", accuracy(own.came), baseline: "of what was done, from what the camera saw")
        report.add("read_accuracy_drawn", accuracy(eye.reconstructed(own.came)), baseline: "from what the eye draws of that")
        if configuration.codes > 0 {
            let read = codes(of: own.plan.frames), drawn = own.plan.codes.joined()
            report.add(
                "codes_agree", Double(zip(read, drawn).filter(==).count) / Double(read.count),
                baseline: "of those that are drawn beside the frames, with those that are read off the frames")
        }
        // One that wishes the toy away and never stands. And four that stand where their wish has come true, whoever heard it.
        let wish = configuration.wish
        for (name, mind) in [
            ("wished_away", mind(wishing: "an empty floor", stands: false)), ("heard", mind(wishing: wish)),
            ("only_drawn", mind(wishing: wish, hearing: [.drawing])), ("only_chosen", mind(wishing: wish, hearing: [.choosing])),
            ("unheard", mind(wishing: wish, hearing: [])),
        ] {
            let driver = PolicyDriver(OtherMind(plans: self, first: mind))
            let rate = driveEpisodes(from: seen, with: driver, camera: Camera(width: imageSize, height: imageSize)).successRate
            report.add("\(name)_drive_success", rate.rate, baseline: rate.text)
        }
        return report
    }
}

/// The same policy, in another state of mind.
private final class OtherMind: TrainedPolicy {
    let plans: VideoPlans, first: any Mind
    init(plans: VideoPlans, first: any Mind) { (self.plans, self.first) = (plans, first) }
    var imageSize: Int { plans.imageSize }
    var framesPerSecond: Double { plans.framesPerSecond }
    func mind() -> any Mind { first }
    func promised(from frames: Tensor, steps: Int, using generator: inout SeededGenerator) -> Float {
        plans.promised(from: frames, steps: steps, using: &generator)
    }
}
