// Film.swift - imagination beside reality, frame by frame.
//
// Reality is the recording, when the robot's own actions are imagined again; the simulator, when it can be driven another way
// from the same start; and else nobody knows it.

import Foundation
import Pictures
import Playing
import Randomness
import Tensors
import Training
import WorldModels

struct Film {
    enum Plan {
        /// What was done in the episode.
        case recorded([Command])
        /// What somebody wants to see done.
        case commands([Command])
    }

    let start: Start, commands: [Command]
    /// The frames that really came, one for each command; nil where nobody knows them.
    let real: [Image]?
    /// Where they are from.
    let realName: String?

    init(_ start: Start, _ plan: Plan) {
        self.start = start
        switch plan {
        case .recorded(let done):
            commands = done
            real = start.episode.map { file, next in done.indices.map { file.image(next + $0) } }
            realName = "recorded"
        case .commands(let wanted):
            commands = wanted
            var simulator = start.simulator
            real = simulator == nil ? nil : wanted.map { command in
                _ = simulator!.step(command.name)
                return simulator!.picture
            }
            realName = real.map { _ in "simulated" }
        }
    }

    /// One imagined frame for each command.
    func imagine(in world: any WorldModel, _ sampling: Sampling, seed: UInt64) -> [Image] {
        var dream = world.dream(from: start.frames, actions: start.actions), generator = SeededGenerator(seed: seed)
        return commands.map { Image(dream.step([$0.action], sampling, using: &generator), frame: 0) }
    }

    /// First the frames that the model was shown, then reality (left, where it is known) and beside it one or more imaginations under their
    /// names. A page is drawn when it is written: a thousand of them would fill a gigabyte.
    func gif(_ imagined: [(name: String, frames: [Image])], framesPerSecond: Double) throws -> Data {
        let scale = max(1, 256 / start.pictures[0].width)
        func page(_ left: Image?, _ right: [(name: String, picture: Image)], _ title: String) -> Image {
            Image.sheet(rows: [(left.map { [$0] } ?? []) + right.map(\.picture)], title: title,
                        columnLabels: (left == nil ? [] : [realName ?? ""]) + right.map(\.name), scale: scale)
        }
        let shown = start.pictures.count
        func title(_ i: Int) -> String {
            i < shown ? "start, frame \(i + 1)" : "\(i - shown + 1) of \(commands.count): \(commands[i - shown].name)"
        }
        func page(_ i: Int) -> Image {
            i < shown ? page(real == nil ? nil : start.pictures[i], imagined.map { _ in ("shown", start.pictures[i]) }, title(i))
                : page(real?[i - shown], imagined.map { ($0.name, $0.frames[i - shown]) }, title(i))
        }
        // A long name makes its page wider; in a film all are alike.
        let pages = 0 ..< shown + commands.count,
            width = Set([0, shown, pages.max { title($0).count < title($1).count }!]).map { page($0).width }.max()!
        let frames = pages.lazy.map { i -> Image in
            let page = page(i)
            var wide = Image(width: width, height: page.height)
            wide.paste(page, x: 0, y: 0)
            return wide
        }
        var delays = pages.map { _ in 1 / framesPerSecond }
        delays[pages.count - 1] += 1      // a pause before it begins again
        return try Animation.gifData(of: frames, delays: delays, by: "imagine")
    }
}
