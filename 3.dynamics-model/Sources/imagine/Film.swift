// Film.swift - imagination beside reality, frame by frame.
//
// Reality is the recording, when the robot's own actions are imagined again; the simulator, when it can be driven another way
// from the same start; and else nobody knows it.

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
    /// names.
    func animation(_ imagined: [(name: String, frames: [Image])], framesPerSecond: Double) -> Animation {
        let scale = max(1, 256 / start.pictures[0].width)
        func page(_ left: Image?, _ right: [(name: String, picture: Image)], _ title: String) -> Image {
            Image.sheet(rows: [(left.map { [$0] } ?? []) + right.map(\.picture)], title: title,
                        columnLabels: (left == nil ? [] : [realName ?? ""]) + right.map(\.name), scale: scale)
        }
        var pages = start.pictures.enumerated().map { i, picture in
            page(real == nil ? nil : picture, imagined.map { _ in ("shown", picture) }, "start, frame \(i + 1)")
        }
        for (i, command) in commands.enumerated() {
            pages.append(page(real?[i], imagined.map { ($0.name, $0.frames[i]) }, "\(i + 1) of \(commands.count): \(command.name)"))
        }
        // A long name makes its page wider; in a film all are alike.
        let width = pages.map(\.width).max()!
        pages = pages.map { page in
            var wide = Image(width: width, height: page.height)
            wide.paste(page, x: 0, y: 0)
            return wide
        }
        var animation = Animation(frames: pages, framesPerSecond: framesPerSecond)
        animation.delays[pages.count - 1] += 1      // a pause before it begins again
        return animation
    }
}
